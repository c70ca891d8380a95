package io.jettylb.servlet.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.Answer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Connection;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.junit.jupiter.api.Test;

/**
 * Thousands of requests that are malformed, or whose client leaves at any moment. Whatever they do, no upstream pays for
 * it, every attempt ends, every buffer comes back, and nothing that was hidden in a request becomes one.
 */
class BadClientsTest {

    private static final long SEED = Long.getLong("lb.seed", 20_261_122);
    private static final int REQUESTS = Integer.getInteger("lb.bad.requests", 10_000);
    private static final int THREADS = 16;
    private static final String BIG = "x".repeat(100_000);

    /**
     * Answers with more than fits into the buffers of a connection, or with little, in two parts.
     *
     * @param continues whether it asks for content that is offered; else that is a second lost each time
     */
    private static RawUpstream upstream(boolean continues) {
        return new RawUpstream(exchange -> {
            if (continues && exchange.head().contains("100-continue")) {
                exchange.send("HTTP/1.1 100 Continue\r\n\r\n");
            }
            exchange.body();
            boolean big = exchange.head().length() % 2 == 0 && !exchange.head().startsWith("HEAD");
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + (big ? BIG.length() : 2) + "\r\n\r\n");
            if (!exchange.head().startsWith("HEAD")) {
                exchange.send(big ? BIG : "ok");
            }
            return true;
        });
    }

    @Test
    void nobodyPaysForThem() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        HTTP2Client http2 = new HTTP2Client();
        http2.start();
        try (RawUpstream one = upstream(true);
                RawUpstream two = upstream(false);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(one.uri(), two.uri())))) {
            AtomicInteger next = new AtomicInteger();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(() -> {
                    try (Http2Connection connection = new Http2Connection(http2, server.port(), null)) {
                        for (int n = next.getAndIncrement(); n < REQUESTS; n = next.getAndIncrement()) {
                            oneOf(n, server.port(), connection);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get(30, TimeUnit.MINUTES);
            }
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible() && u.up() && u.ejections() == 0);
            for (int i = 0; i < 4; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            }
            assertThat(one.heads()).noneMatch(head -> head.contains("smuggled"));
            assertThat(two.heads()).noneMatch(head -> head.contains("smuggled"));
            http2.stop();
            server.awaitNoLeaks();
        } finally {
            http2.stop();
            threads.shutdownNow();
        }
    }

    /** The same for the same number, whichever thread does it. */
    private static void oneOf(int number, int port, Http2Connection connection) throws Exception {
        Random random = new Random(SEED + number);
        switch (number % 5) {
            case 0 -> http1(port, random, aborted(random));
            case 1 -> http1(port, random, BadRequests.GOOD.get(random.nextInt(BadRequests.GOOD.size())));
            case 2 -> http1(port, random, BadRequests.http2(random));
            case 3 -> reset(connection, random);
            default -> http1(port, random, BadRequests.WRONG.get(random.nextInt(BadRequests.WRONG.size())));
        }
    }

    private static String aborted(Random random) {
        String good = BadRequests.GOOD.get(random.nextInt(BadRequests.GOOD.size()));
        return good.substring(0, 1 + random.nextInt(good.length() - 1));
    }

    /** Sends, reads a part of the response or nothing at all, and is gone. */
    private static void http1(int port, Random random, String bytes) throws IOException {
        // Not more than the shortest response has: the rest of it would not come.
        int readable = random.nextInt(60);
        try (RawClient client = new RawClient(port)) {
            int split = random.nextInt(bytes.length());
            client.send(bytes.substring(0, split));
            client.send(bytes.substring(split));
            if (BadRequests.GOOD.contains(bytes) && random.nextBoolean()) {
                client.readBytes(readable);
            }
            if (random.nextBoolean()) {
                client.reset();
            }
        } catch (java.net.SocketException refused) {
            // The server may close the connection as soon as it has seen enough.
            assertThat(refused).isNotNull();
        }
    }

    /** A stream that the client resets: before its content, in it, or while the response comes. */
    private static void reset(Http2Connection connection, Random random) throws Exception {
        int when = random.nextInt(5);
        Http2Connection.Exchange exchange =
                connection.send(when == 0 ? "GET" : "POST", "/h2", HttpFields.EMPTY, when == 0, () -> {});
        if (when > 1) {
            exchange.data("some content", when == 2);
        }
        if (when == 2 && random.nextBoolean()) {
            Answer answer = exchange.await();
            assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        } else {
            exchange.reset();
        }
    }
}
