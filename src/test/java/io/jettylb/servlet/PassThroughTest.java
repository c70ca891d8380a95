package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A request goes through and its response comes back, as they are. */
class PassThroughTest {

    @Test
    void aGetIsAnsweredByTheUpstream() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            RawClient.Response response = RawClient.get(server.port(), "/a/b?c=d", "X-Req: Value  with  spaces");
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("hello");
            assertThat(response.field("x-a")).isEqualTo("1");
            assertThat(upstream.heads())
                    .singleElement()
                    .asString()
                    .startsWith("GET /a/b?c=d HTTP/1.1\r\nHost: client.example\r\n")
                    .contains("X-Req: Value  with  spaces\r\n")
                    .doesNotContain("User-Agent")
                    .doesNotContain("Accept-Encoding");
            server.awaitIdle();
        }
    }

    @Test
    void connectionsAreKeptOnBothSides() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 50; i++) {
                client.send("GET", "/" + i);
                assertThat(client.read().body()).isEqualTo("hello");
            }
            assertThat(upstream.heads()).hasSize(50);
        }
    }

    @Test
    void aPostStreamsItsContent() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 11");
            client.send("hello ");
            client.send("world");
            assertThat(client.read().status()).isEqualTo(201);
            assertThat(upstream.takeBody()).isEqualTo("hello world");
            client.send("POST", "/", "Transfer-Encoding: chunked");
            client.send("3\r\nabc\r\n0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(201);
            assertThat(upstream.takeBody()).isEqualTo("abc");
            assertThat(upstream.heads().get(0)).contains("Content-Length: 11").doesNotContain("Content-Type");
            assertThat(upstream.heads().get(1)).containsIgnoringCase("Transfer-Encoding: chunked");
        }
    }
}
