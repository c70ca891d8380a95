package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who broke it pays for it (traps J25, J40, J41, J42, F10). */
class BlameTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void aMalformedChunkIsTheClientsFault() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri(), upstream.uri())))) {
            for (int i = 0; i < 20; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send("POST", "/", "Transfer-Encoding: chunked");
                    client.send("5\r\nhello\r\nnot a size\r\n");
                    assertThat(client.readHead()).startsWith("HTTP/1.1 400");
                }
            }
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible());
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
        }
    }

    @Test
    void aClientThatLeavesBlamesNobody() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.body();
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 200; i++) {
                        exchange.send("1000\r\n" + "x".repeat(4096) + "\r\n");
                    }
                    exchange.send("0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri(), upstream.uri())))) {
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(server.port());
                if (i % 2 == 0) {
                    client.send("POST", "/", "Content-Length: 1000");
                    client.send("some of it");
                } else {
                    client.send("GET", "/");
                    client.readHead();
                }
                client.reset();
            }
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible());
        }
    }

    @Test
    void aResponseCutShortIsNeverShownAsComplete() throws Exception {
        String[] cut = {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        };
        for (String response : cut) {
            try (RawUpstream upstream = new RawUpstream(exchange -> {
                        exchange.send(response);
                        return false;
                    });
                    BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                    RawClient client = new RawClient(server.port())) {
                client.send("GET", "/");
                String all = client.readToEnd();
                assertThat(all).doesNotContain("\r\n0\r\n");
                assertThat(all.startsWith("HTTP/1.1 502") || all.contains("hello"))
                        .as(all)
                        .isTrue();
                server.awaitIdle();
            }
        }
    }

    private static void assertVisiblyCut(String all) {
        assertThat(all).doesNotContain("\r\n0\r\n");
        boolean cut = all.contains("hello") && (all.contains("chunked") || all.contains("Content-Length: 10"));
        assertThat(cut || all.startsWith("HTTP/1.1 502")).as(all).isTrue();
    }

    @Test
    void anUnreadableResponseIs502() throws Exception {
        String[] bad = {
            "NOT HTTP\r\n\r\n",
            "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 101 Switching\r\n\r\n",
            ""
        };
        for (String response : bad) {
            try (RawUpstream upstream = new RawUpstream(exchange -> {
                        exchange.send(response);
                        return false;
                    });
                    BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
                RawClient.Response answer = RawClient.get(server.port(), "/");
                assertThat(answer.status()).as(response).isEqualTo(502);
                assertThat(answer.body()).isEqualTo("502 Bad Gateway: The upstream failed.\n");
                server.awaitIdle();
            }
        }
    }

    @Test
    void aHeadOverTheLimitIs502() throws Exception {
        String[] bad = {
            "HTTP/1.1 200 OK\r\nX-Big: " + "x".repeat(1 << 20) + "\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n" + "X-Many: 0123456789\r\n".repeat(5000) + "Content-Length: 0\r\n\r\n",
        };
        for (String response : bad) {
            try (RawUpstream upstream = RawUpstream.always(response);
                    BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(502);
                server.awaitIdle();
            }
        }
    }

    @Test
    void contentOfAResponseThatHasNoneIsNotItsContent() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            RawClient.Response answer = RawClient.get(server.port(), "/");
            assertThat(answer.status()).isIn(204, 502);
            assertThat(RawClient.get(server.port(), "/").status()).isIn(204, 502);
            server.awaitIdle();
        }
    }

    @Test
    void interimResponsesAreSurvived() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                        + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            for (int i = 0; i < 3; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
        }
    }

    @Test
    void anExpectationIsMetEvenIfTheUpstreamIgnoresIt() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 4", "Expect: 100-continue");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100");
            client.send("body");
            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(upstream.takeBody()).isEqualTo("body");
        }
    }

    @Test
    void anEarlyAnswerIsDelivered() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    return exchange.in().read() >= 0;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 100000");
            client.send("the first part");
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.body()).isEqualTo("big");
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible());
        }
    }
}
