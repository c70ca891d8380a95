package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.RetryConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
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
}
