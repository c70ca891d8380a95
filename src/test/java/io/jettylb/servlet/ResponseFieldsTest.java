package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.FieldCorpus;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Response fields arrive byte for byte (traps J1, J13, J27, J31). */
class ResponseFieldsTest {

    @Test
    void aCorpusOfFieldsArrivesAsItWasSent() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\n" + String.join("\r\n", FieldCorpus.FIELDS)
                        + "\r\nContent-Length: 2\r\n\r\nok");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.head().split(" *\r\n")).containsSubsequence(FieldCorpus.FIELDS);
        }
    }

    @Test
    void serverAndDateOfTheOriginStandAlone() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\nServer: origin/1\r\n"
                        + "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            String head = RawClient.get(server.port(), "/").head();
            assertThat(head).containsOnlyOnce("Server: origin/1\r\n").containsOnlyOnce("Server:");
            assertThat(head)
                    .containsOnlyOnce("Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n")
                    .containsOnlyOnce("Date:");
        }
    }

    @Test
    void fieldsOfTheHopStayBehind() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(
                        "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\n"
                                + "X-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nContent-Length: 0\r\nX-End: 1\r\n\r\n");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            String head = RawClient.get(server.port(), "/").head();
            assertThat(head).contains("X-End: 1").doesNotContain("X-Hop", "Keep-Alive", "Proxy-Connection");
        }
    }

    @Test
    void valuesThatDifferInCaseOnlyAreNotMixedUpBetweenResponses() throws Exception {
        String[] tags = {"\"AbC\"", "\"aBC\"", "\"ABC\""};
        int[] count = {0};
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nETag: " + tags[count[0]++ % 3]
                            + "\r\nContent-Type: text/X-" + tags[(count[0] + 2) % 3].charAt(1)
                            + "\r\nContent-Length: 0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 9; i++) {
                client.send("GET", "/");
                RawClient.Response response = client.read();
                assertThat(response.field("etag")).isEqualTo(tags[i % 3]);
                assertThat(response.field("content-type")).isEqualTo("text/X-" + tags[i % 3].charAt(1));
            }
        }
    }

    @Test
    void codingsThatAreNoTokensArriveToo() throws Exception {
        String[] codings = {"Content-Encoding: a", "Content-Encoding: b, \"never closed", "Content-Encoding: c"};
        try (RawUpstream upstream = RawUpstream.always(
                        "HTTP/1.1 200 OK\r\n" + String.join("\r\n", codings) + "\r\nContent-Length: 2\r\n\r\nok");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.head().split("\r\n")).containsSubsequence(codings);
            assertThat(response.body()).isEqualTo("ok");
        }
    }
}
