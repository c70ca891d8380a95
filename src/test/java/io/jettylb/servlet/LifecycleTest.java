package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HostPolicy;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.junit.jupiter.api.Test;

/** Exchanges end, whatever happens, and nothing of them stays. */
class LifecycleTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final URI REFUSED = URI.create("http://127.0.0.1:1");

    private static io.jettylb.config.PoolConfig pool(Duration idle, URI... upstreams) {
        HostPolicy host = Configs.CLIENT_HOST;
        return Configs.pool(
                List.of(upstreams),
                "round-robin",
                host,
                new TimeoutsConfig(Duration.ofSeconds(3), Duration.ofSeconds(60), idle, Duration.ZERO, Duration.ZERO));
    }

    @Test
    void aResponseThatStallsAfterTheClientPausedEnds() throws Exception {
        BlockingQueue<Integer> arrived = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
                    for (int i = 0; i < 10; i++) {
                        arrived.add(exchange.in().read());
                    }
                    return exchange.in().read() >= 0;
                });
                BalancedServer server = new BalancedServer(pool(Duration.ofMillis(700), upstream.uri()));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 10");
            client.send("12345");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(client.readBytes(8)).isEqualTo("5\r\nfirst");
            // Each part is sent when the one before is through: the proxy has been waiting for the client in between.
            for (char part : "1234567890".toCharArray()) {
                if (part == '0' || part > '5') {
                    client.send(String.valueOf(part));
                }
                assertThat(arrived.poll(10, TimeUnit.SECONDS)).isEqualTo((int) part);
            }
            assertThat(client.readToEnd()).doesNotContain("\r\n0\r\n");
            server.awaitIdle();
        }
    }

    @Test
    void aStopAndAStartLeaveItWorking() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            server.server().stop();
            server.server().start();
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            server.awaitIdle();
        }
    }

    private static String http2(BalancedServer server, String content, boolean end) throws Exception {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        StringBuilder got = new StringBuilder();
        HTTP2Client client = new HTTP2Client();
        client.start();
        try {
            Session session = client.connect(
                            new InetSocketAddress("127.0.0.1", server.port()), new Session.Listener() {})
                    .get(10, TimeUnit.SECONDS);
            MetaData.Request head = new MetaData.Request(
                    "POST",
                    HttpURI.from("http://127.0.0.1:" + server.port() + "/"),
                    HttpVersion.HTTP_2,
                    HttpFields.EMPTY);
            Promise.Completable<Stream> promise = new Promise.Completable<>();
            ByteBuffer data = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
            ((org.eclipse.jetty.http2.HTTP2Session) session)
                    .newStream(
                            new org.eclipse.jetty.http2.HTTP2Stream.FrameList(
                                    new HeadersFrame(head, null, false), new DataFrame(data, end), null),
                            promise,
                            new Stream.Listener() {
                                @Override
                                public void onHeaders(Stream answering, HeadersFrame frame) {
                                    got.append(((MetaData.Response) frame.getMetaData()).getStatus());
                                    answering.demand();
                                }

                                @Override
                                public void onDataAvailable(Stream answering) {
                                    Stream.Data part = answering.readData();
                                    if (part != null) {
                                        got.append(' ')
                                                .append(StandardCharsets.UTF_8.decode(
                                                        part.frame().getByteBuffer()));
                                        part.release();
                                        if (part.frame().isEndStream()) {
                                            outcome.complete(got.toString());
                                            return;
                                        }
                                    }
                                    answering.demand();
                                }

                                @Override
                                public void onReset(Stream broken, ResetFrame frame, Callback callback) {
                                    callback.succeeded();
                                    outcome.complete(got + " reset " + frame.getError());
                                }
                            });
            return outcome.get(10, TimeUnit.SECONDS);
        } finally {
            client.stop();
        }
    }

    @Test
    void contentThatNobodyReadIsReleased() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(Duration.ofSeconds(30), REFUSED))) {
            for (int i = 0; i < 30; i++) {
                assertThat(http2(server, "content", true)).startsWith("503");
            }
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void anEarlyAnswerIsDeliveredOverHttp2() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    return exchange.in().read() >= 0;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            for (int i = 0; i < 20; i++) {
                assertThat(http2(server, "content", false)).isEqualTo("413 big");
            }
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void aClientThatWaitsLongerThanItsConnectionMayBeIdleGetsTheAnswer() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    arrived.countDown();
                    try {
                        if (!released.await(20, TimeUnit.SECONDS)) {
                            return false;
                        }
                    } catch (InterruptedException e) {
                        return false;
                    }
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            server.connector().setIdleTimeout(300);
            server.server().start();
            try (RawClient client = new RawClient(server.port())) {
                client.send("GET", "/");
                assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
                // When a connection that came later is closed because nothing happens there, this one has been idle,
                // too.
                try (RawClient later = new RawClient(server.port())) {
                    assertThat(later.readToEnd()).isEmpty();
                }
                released.countDown();
                assertThat(client.read().body()).isEqualTo("ok");
            }
        }
    }
}
