package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Responses before the response, and contents that wait to be asked for (traps J22, J23). */
class InterimTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String HINTS =
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n" + "Connection: X-Hop\r\nX-Hop: 1\r\n\r\n";

    @Test
    void hintsArriveBeforeTheResponseIsThere() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send(HINTS);
                    await(seen);
                    exchange.send("HTTP/1.1 102 Processing\r\n\r\n" + OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 103 ")
                    .contains("Link: </a.css>; rel=preload\r\n")
                    .doesNotContain("X-Hop", "Date", "Content-Length");
            seen.countDown();
            assertThat(client.readHead()).startsWith("HTTP/1.1 102 ");
            assertThat(client.read().body()).isEqualTo("ok");
            client.send("GET", "/");
            assertThat(client.readHead()).startsWith("HTTP/1.1 103 ");
            assertThat(client.read().body()).isEqualTo("ok");
        }
    }

    @Test
    void aClientOfHttp10GetsTheResponseOnly() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(HINTS + OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 200").doesNotContain(" 103 ");
        }
    }

    @Test
    void aFloodIsNotPassedOn() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(HINTS.repeat(200) + OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            int hints = 0;
            String head = client.readHead();
            while (head.startsWith("HTTP/1.1 103")) {
                hints++;
                head = client.readHead();
            }
            assertThat(head).startsWith("HTTP/1.1 200");
            assertThat(hints).isBetween(1, 16);
        }
    }

    @Test
    void anUpstreamThatFailsAfterHintsIsA502() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send(HINTS);
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(502);
            server.awaitIdle();
        }
    }

    @Test
    void theUpstreamIsAskedWhetherItWantsTheContent() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 100 Continue\r\n\r\n");
                    exchange.body();
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 2; i++) {
                client.send("POST", "/", "Content-Length: 4", "Expect: 100-continue");
                assertThat(client.readHead()).startsWith("HTTP/1.1 100");
                client.send("body");
                assertThat(client.read().body()).isEqualTo("ok");
                assertThat(upstream.takeBody()).isEqualTo("body");
                assertThat(upstream.heads().get(i)).containsOnlyOnce("Expect: 100-continue\r\n");
            }
        }
    }

    @Test
    void theUpstreamMayRefuseTheContent() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno");
                    return exchange.in().read() < -1;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: 1000000", "Expect: 100-continue");
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(417);
            assertThat(response.body()).isEqualTo("no");
            server.awaitIdle();
            assertThat(server.status().get(0).ejections()).isZero();
        }
    }

    @Test
    void anUpstreamThatReadsWithoutAskingGetsTheContent() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n>>\r\n");
                    String body = exchange.body();
                    exchange.send("4\r\n" + body + "\r\n0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 4", "Expect: 100-continue");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            client.send("body");
            assertThat(client.readBytes(21)).isEqualTo("2\r\n>>\r\n4\r\nbody\r\n0\r\n\r\n");
        }
    }

    @Test
    void anExpectationOfHttp10IsIgnored() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 100 Continue\r\n\r\n" + OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nok");
            assertThat(upstream.heads().get(0)).doesNotContain("Expect");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
