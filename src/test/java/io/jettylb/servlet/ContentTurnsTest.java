package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.RetryConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpChannelState;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

/** An attempt that takes over while content of the client's is under way. */
class ContentTurnsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String TEN = "0123456789";

    private static void readTen(RawUpstream.Exchange exchange) throws IOException {
        assertThat(exchange.in().readNBytes(TEN.length())).hasSize(TEN.length());
    }

    /** Counts who reads from a client although its content has been asked for and has not come. */
    private static final class Turns extends Handler.Wrapper {
        private final AtomicInteger outOfTurn = new AtomicInteger();
        private volatile boolean asked;

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            return super.handle(
                    new Request.Wrapper(request) {
                        @Override
                        public Content.Chunk read() {
                            if (asked) {
                                outOfTurn.incrementAndGet();
                            }
                            return super.read();
                        }

                        @Override
                        public void demand(Runnable demandCallback) {
                            asked = true;
                            super.demand(() -> {
                                asked = false;
                                demandCallback.run();
                            });
                        }
                    },
                    response,
                    callback);
        }
    }

    /** Jetty closes a connection of HTTP/1.1 that somebody waits for content of when the response is complete. */
    @Test
    void theSecondAttemptWaitsForContentThatTheFirstHasAskedFor() throws Exception {
        Turns turns = new Turns();
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        try (RawUpstream first = new RawUpstream(exchange -> {
                    readTen(exchange);
                    BalancedServer.await("more is asked for", () -> turns.asked);
                    exchange.reset();
                    return false;
                });
                RawUpstream second = new RawUpstream(exchange -> {
                    readTen(exchange);
                    news.add("begun");
                    readTen(exchange);
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(
                        Configs.config(
                                Configs.balanced(Configs.pool(List.of(first.uri(), second.uri())), "first")
                                        .with(new RetryConfig(2)),
                                Configs.mount("/", false)),
                        true)) {
            server.server().insertHandler(turns);
            server.server().start();
            try (RawClient client = new RawClient(server.port())) {
                for (int i = 0; i < 3; i++) {
                    client.send("PUT", "/", "Content-Length: 20");
                    client.send(TEN);
                    assertThat(news.poll(20, TimeUnit.SECONDS)).isEqualTo("begun");
                    client.send(TEN);
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            assertThat(turns.outOfTurn).hasValue(0);
            server.awaitIdle();
        }
    }

    private static final class LateChannel extends HttpChannelState {
        private final CountDownLatch come;
        private final CountDownLatch go;

        LateChannel(ConnectionMetaData connection, CountDownLatch come, CountDownLatch go) {
            super(connection);
            this.come = come;
            this.go = go;
        }

        @Override
        public Runnable onContentAvailable() {
            come.countDown();
            try {
                assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return super.onContentAvailable();
        }
    }

    /** Between the news that there is content and its taking: the container would take it for the next request. */
    @Test
    void contentThatComesWhenTheResponseIsCompleteIsNoRequest() throws Exception {
        CountDownLatch come = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<HttpConnection> latest = new AtomicReference<>();
        HttpConnectionFactory slow = new HttpConnectionFactory() {
            @Override
            public Connection newConnection(Connector connector, EndPoint endPoint) {
                latest.set(new HttpConnection(getHttpConfiguration(), connector, endPoint) {
                    @Override
                    protected HttpChannel newHttpChannel(Server server, HttpConfiguration configuration) {
                        return new LateChannel(this, come, go);
                    }
                });
                return configure(latest.get(), connector, endPoint);
            }
        };
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    if (exchange.head().startsWith("POST")) {
                        BalancedServer.await("more has come", () -> come.getCount() == 0);
                        exchange.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    } else {
                        exchange.send(OK);
                    }
                    return true;
                });
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            server.connector().setConnectionFactories(List.of(slow));
            server.server().start();
            String rest = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
            try (RawClient client = new RawClient(server.port())) {
                client.send("POST", "/", "Content-Length: " + (TEN.length() + rest.length()));
                BalancedServer.await(
                        "content is waited for",
                        () -> !upstream.heads().isEmpty() && latest.get().isFillInterested());
                client.send(rest);
                assertThat(client.read().status()).isEqualTo(413);
                assertThat(client.readToEnd()).isEmpty();
            } catch (SocketException closed) {
                // With a reset, since not everything was read.
                assertThat(closed).hasMessageContaining("reset");
            } finally {
                go.countDown();
            }
            server.awaitIdle();
            assertThat(upstream.heads()).hasSize(1);
        }
    }
}
