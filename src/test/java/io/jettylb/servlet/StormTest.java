package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HedgeConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.proxy.RetryBudgets;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.EventsHandler;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients and upstreams that do anything at any time, for some seconds. Whatever they do, every exchange ends, every
 * buffer comes back, and a client gets its own response or none.
 */
class StormTest {

    private static final long SEED = 20_261_122;
    private static final Duration LENGTH = Duration.ofSeconds(4);
    private static final String BIG = "x".repeat(40_000);

    private static final TimeoutsConfig TIMEOUTS = new TimeoutsConfig(
            Duration.ofSeconds(1),
            Duration.ofMillis(300),
            Duration.ofMillis(400),
            Duration.ofSeconds(3),
            Duration.ofSeconds(3));

    private static final ThreadLocal<String> KIND = new ThreadLocal<>();

    private static long random(Random random, int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }

    private static void pause(long millis) throws IOException {
        try {
            // Nothing counts this down: it is a pause that an interrupt ends.
            new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Echoes the path in a field and in the content, or misbehaves. */
    private static RawUpstream upstream(Random random) {
        return new RawUpstream(exchange -> {
            String path = exchange.head().split(" ")[1];
            String ok = "HTTP/1.1 200 OK\r\nX-Path: " + path + "\r\n";
            switch ((int) random(random, 12)) {
                case 0 -> {
                    exchange.reset();
                    return false;
                }
                case 1 -> {
                    return false;
                }
                case 2 -> {
                    pause(random(random, 600));
                    exchange.send(ok + "Content-Length: " + path.length() + "\r\n\r\n" + path);
                    return false;
                }
                case 3 -> {
                    exchange.send(ok + "Transfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 10; i++) {
                        pause(random(random, 10));
                        exchange.send("9c40\r\n" + BIG + "\r\n");
                    }
                    exchange.reset();
                    return false;
                }
                case 4 -> {
                    exchange.send(ok + "Content-Length: 100000\r\n\r\n" + BIG);
                    return random(random, 2) == 0 && exchange.in().read() < -1;
                }
                case 5 -> {
                    exchange.send("HTTP/1.1 413 Too Large\r\nX-Path: " + path + "\r\nContent-Length: " + path.length()
                            + "\r\n\r\n" + path);
                    return random(random, 2) == 0 && exchange.in().read() < -1;
                }
                case 6 -> {
                    exchange.body();
                    exchange.send("HTTP/1.1 103 Hints\r\n\r\n" + ok + "Transfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 30; i++) {
                        exchange.send("9c40\r\n" + BIG + "\r\n");
                    }
                    exchange.send(Integer.toHexString(path.length()) + "\r\n" + path + "\r\n0\r\n\r\n");
                    return true;
                }
                default -> {
                    exchange.body();
                    exchange.send(ok + "Content-Length: " + path.length() + "\r\n\r\n" + path);
                    return true;
                }
            }
        });
    }

    /** A response is the upstream's for this path, or our own error. */
    private static void judge(String where, String path, int status, HttpFields fields, Queue<String> wrong) {
        String echoed = null;
        // Not fields.get: in an immutable view Jetty finds fields there that were cleared, too.
        for (HttpField field : fields) {
            echoed = field.is("X-Path") ? field.getValue() : echoed;
        }
        boolean ours = status >= 500 || status == 400 || status == 408;
        if (ours ? echoed != null : !path.equals(echoed)) {
            wrong.add(where + ": " + path + " got " + status + " for " + echoed);
        }
    }

    private record Head(int status, HttpFields fields) {}

    /**
     * Sees every response as it leaves the server, also those that a client does not wait for; and not what is written
     * when the container has just ended the request, and cleared its fields.
     */
    private static Handler witness(Handler handler, Queue<String> wrong, AtomicInteger seen) {
        Map<String, Head> heads = new ConcurrentHashMap<>();
        return new EventsHandler(handler) {
            @Override
            protected void onResponseBegin(org.eclipse.jetty.server.Request request, int status, HttpFields headers) {
                if (status >= 200) {
                    heads.put(request.getHttpURI().getPath(), new Head(status, HttpFields.build(headers)));
                }
            }

            @Override
            protected void onResponseWriteComplete(org.eclipse.jetty.server.Request request, Throwable failure) {
                String path = request.getHttpURI().getPath();
                Head head = heads.remove(path);
                if (head != null && failure == null) {
                    seen.incrementAndGet();
                    judge("server", path, head.status(), head.fields(), wrong);
                }
            }
        };
    }

    /** One HTTP/1.1 client: a few requests on a connection, some of them at once, and sometimes it is gone. */
    private static void http1(int port, Random random, String name) throws IOException {
        KIND.set("");
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < 5; i++) {
                String path = "/" + name + "-" + i;
                int kind = (int) random(random, 10);
                KIND.set(i + " kind " + kind + " after " + KIND.get());
                if (kind == 0) {
                    client.send("POST", path, "Transfer-Encoding: chunked");
                    client.send("5\r\nhello\r\n" + (random(random, 2) == 0 ? "no size\r\n" : ""));
                    pause(random(random, 30));
                    client.reset();
                    return;
                }
                if (kind == 1) {
                    client.send("GET", path);
                    pause(random(random, 30));
                    client.reset();
                    return;
                }
                if (kind == 2) {
                    client.send("POST", path, "Content-Length: 9", "Expect: 100-continue");
                    pause(random(random, 30));
                    client.send("some body");
                    client.readHead();
                    return;
                }
                if (kind < 5) {
                    client.send("PUT", path, "Content-Length: " + BIG.length());
                    client.send(BIG.substring(1));
                    pause(random(random, 30));
                    client.send("x");
                } else {
                    client.send("GET", path);
                    if (kind == 5) {
                        client.send("GET", path);
                    }
                }
                for (int k = kind == 5 ? 2 : 1; k > 0; k--) {
                    RawClient.Response response = client.read();
                    if (response.field("x-path") != null) {
                        assertThat(response.field("x-path")).isEqualTo(path);
                    }
                    if ("close".equals(response.field("connection"))) {
                        return;
                    }
                }
            }
        }
    }

    /** One HTTP/2 request, often aborted. */
    private static void http2(HttpClient client, int port, Random random, String path, Queue<String> wrong)
            throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        Request request = client.newRequest("127.0.0.1", port).path(path);
        AsyncRequestContent content = random(random, 3) == 0 ? new AsyncRequestContent() : null;
        if (content != null) {
            request.method("POST").body(content);
        }
        request.send(result -> {
            // Not the listener of the fields: Jetty's client calls it for a request aborted after a 103, too, with the
            // status of a response of which it has read no field yet.
            if (result.isSucceeded()) {
                Response response = result.getResponse();
                judge("client", path, response.getStatus(), response.getHeaders(), wrong);
            }
            done.countDown();
        });
        if (content != null) {
            content.write(ByteBuffer.wrap(BIG.getBytes()), Callback.NOOP);
            pause(random(random, 20));
            if (random(random, 2) == 0) {
                content.close();
            }
        }
        if (content != null || random(random, 2) == 0) {
            pause(random(random, 40));
            request.abort(new IOException("gone"));
        }
        if (!done.await(20, TimeUnit.SECONDS)) {
            wrong.add(path + " hangs");
        }
    }

    private static PoolConfig pool(URI one, URI two, boolean hedged) {
        RetryConfig retry = hedged
                ? new RetryConfig(3)
                        .with(new RetryBudgetConfig(1, 1_000))
                        .with(new HedgeConfig(Duration.ofMillis(1), 0))
                : RetryConfig.DEFAULT;
        List<URI> uris = List.of(one, two, URI.create("http://127.0.0.1:1"));
        return Configs.pool(uris, "round-robin", Configs.CLIENT_HOST, TIMEOUTS).with(retry);
    }

    /** With second attempts after a millisecond, too: nearly each request that may be hedged is. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyExchangeEnds(boolean hedged) throws Exception {
        Random random = new Random(SEED);
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicInteger seen = new AtomicInteger();
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.setMaxConnectionsPerDestination(8);
        client.start();
        try (RawUpstream one = upstream(random);
                RawUpstream two = upstream(random);
                BalancedServer server = new BalancedServer(
                        Configs.config(pool(one.uri(), two.uri(), hedged), Configs.mount("/", false)), true)) {
            server.server().setHandler(witness(server.contexts(), wrong, seen));
            server.server().start();
            long end = System.nanoTime() + LENGTH.toNanos();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                String name = "c" + i;
                boolean h2 = i % 2 == 0;
                running.add(threads.submit(() -> {
                    for (int n = 0; System.nanoTime() - end < 0; n++) {
                        if (h2) {
                            http2(client, server.port(), random, "/" + name + "-" + n, wrong);
                        } else {
                            try {
                                http1(server.port(), random, name + "-" + n);
                            } catch (java.net.SocketTimeoutException hang) {
                                wrong.add(name + " hangs " + KIND.get());
                            } catch (IOException | NumberFormatException cut) {
                                // A response that was cut is one.
                                continue;
                            }
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
            assertThat(wrong).isEmpty();
            assertThat(seen).as("responses").hasPositiveValue();
            server.awaitIdle();
            if (hedged) {
                assertThat(RetryBudgets.of(server).granted())
                        .as("second attempts")
                        .isPositive();
            }
            BalancedServer.await(
                    "the budget is free", () -> RetryBudgets.of(server).active() == 0);
            client.stop();
            server.awaitNoLeaks();
        } finally {
            client.stop();
            threads.shutdownNow();
        }
    }
}
