package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Connections of upstreams that end when or how they should not (trap J30). */
class BrokenConnectionsTest {

    @Test
    void contentThatEndsWithAResetIsCut() throws Exception {
        String big = "x".repeat(300_000);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + big);
                    // What is unread makes the close a reset.
                    exchange.reset();
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertThat(client.readToEnd()).doesNotEndWith("0\r\n\r\n");
            server.awaitIdle();
        }
    }

    @Test
    void chunksWithoutTheirEndAreCut() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertThat(client.readToEnd())
                    .satisfiesAnyOf(
                            all -> assertThat(all).startsWith("HTTP/1.1 502"),
                            all -> assertThat(all).startsWith("HTTP/1.1 200").doesNotEndWith("0\r\n\r\n"));
            server.awaitIdle();
        }
    }

    @Test
    void chunksWithTheirEndAreWholeHoweverSoonTheConnectionEnds() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 200; i++) {
                client.send("GET", "/");
                assertThat(client.read().body()).isEqualTo("ok");
            }
        }
    }

    /** The upstream has seen enough: it answers and closes, which breaks what is still on its way to it. */
    @RepeatedTest(20)
    void anAnswerToAnUploadThatIsBrokenOffIsDelivered() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.in().readNBytes(1000);
                    exchange.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\ntoo");
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 100000000");
            Thread sender = new Thread(() -> send(client));
            sender.start();
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.body()).isEqualTo("too");
            client.close();
            sender.join();
            server.awaitIdle();
        }
    }

    private static void send(RawClient client) {
        String part = "x".repeat(64 * 1024);
        try {
            for (int i = 0; i < 1000; i++) {
                client.send(part);
            }
        } catch (java.io.IOException closed) {
            // As soon as the response is here, nobody reads the rest.
            return;
        }
    }
}
