package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

/** Fields behind the content, in both directions (trap J4). */
class TrailersTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String WITH_TRAILERS =
            "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n0\r\nX-Sum: \"a, b\"\r\nSet-Cookie: a=b\r\nContent-Length: 3\r\nx-own: 1\r\n\r\n";

    /** An upstream that keeps the bytes of chunked requests, with their end. */
    private static RawUpstream keeping(LinkedBlockingQueue<String> contents) {
        return new RawUpstream(exchange -> {
            StringBuilder all = new StringBuilder();
            InputStream in = exchange.in();
            while (!all.toString().endsWith("\r\n\r\n") || !all.toString().contains("\r\n0\r\n")) {
                int b = in.read();
                if (b < 0) {
                    break;
                }
                all.append((char) b);
            }
            contents.add(all.toString());
            exchange.send(OK);
            return true;
        });
    }

    @Test
    void ofAResponse() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(WITH_TRAILERS);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 2; i++) {
                client.send("GET", "/", "TE: trailers, deflate", "Connection: TE");
                assertThat(client.readHead()).contains("Trailer: X-Sum\r\n", "Transfer-Encoding: chunked\r\n");
                assertThat(client.readBytes("5\r\nhello\r\n0\r\nX-Sum: \"a, b\"\r\nx-own: 1\r\n\r\n".length()))
                        .isEqualTo("5\r\nhello\r\n0\r\nX-Sum: \"a, b\"\r\nx-own: 1\r\n\r\n");
            }
            assertThat(upstream.heads().get(0)).contains("TE: trailers\r\n").contains("Connection: TE\r\n");
        }
    }

    @Test
    void noneAreAskedForUnlessTheClientDoes() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            RawClient.get(server.port(), "/", "TE: deflate;q=0.5");
            assertThat(upstream.heads().get(0))
                    .doesNotContainIgnoringCase("\nTE:")
                    .doesNotContain("Connection");
        }
    }

    @Test
    void ofAResponseToAClientThatCannotTakeThem() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(WITH_TRAILERS);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readToEnd()).endsWith("\r\n\r\nhello");
        }
    }

    @Test
    void ofARequest() throws Exception {
        LinkedBlockingQueue<String> contents = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = keeping(contents);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Transfer-Encoding: chunked", "Trailer: X-Sum");
            client.send(
                    "5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: b\r\nHost: c\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(contents.poll(10, TimeUnit.SECONDS)).isEqualTo("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
            client.send("POST", "/", "Transfer-Encoding: chunked");
            client.send("5\r\nagain\r\n0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(contents.poll(10, TimeUnit.SECONDS)).isEqualTo("5\r\nagain\r\n0\r\n\r\n");
        }
    }

    @Test
    void overHttp2() throws Exception {
        LinkedBlockingQueue<String> contents = new LinkedBlockingQueue<>();
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
        try (RawUpstream keeping = keeping(contents);
                RawUpstream answering = RawUpstream.always(WITH_TRAILERS);
                BalancedServer up = new BalancedServer(Configs.pool(List.of(keeping.uri())));
                BalancedServer down = new BalancedServer(Configs.pool(List.of(answering.uri())))) {
            AsyncRequestContent content = new AsyncRequestContent();
            CompletableFuture<Result> done = new CompletableFuture<>();
            client.newRequest("127.0.0.1", up.port())
                    .method("POST")
                    .body(content)
                    .trailersSupplier(() -> HttpFields.build().put("x-sum", "2"))
                    .send(done::complete);
            content.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)), Callback.NOOP);
            content.flush();
            // Closed before it is sent, it would have a length.
            BalancedServer.await("request under way", () -> !keeping.heads().isEmpty());
            content.close();
            assertThat(done.get(20, TimeUnit.SECONDS).getResponse().getStatus()).isEqualTo(200);
            assertThat(contents.poll(10, TimeUnit.SECONDS)).endsWith("\r\n0\r\nx-sum: 2\r\n\r\n");

            HttpFields trailers = client.newRequest("127.0.0.1", down.port())
                    .headers(fields -> fields.put("TE", "trailers"))
                    .send()
                    .getTrailers();
            assertThat(trailers.get("X-Sum")).isEqualTo("\"a, b\"");
            assertThat(trailers.size()).isEqualTo(2);
        } finally {
            client.stop();
        }
    }
}
