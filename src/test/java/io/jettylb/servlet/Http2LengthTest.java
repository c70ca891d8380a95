package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
import org.junit.jupiter.api.Test;

/**
 * HTTP/2 requests whose content is not as long as their {@code content-length} (RFC 9113, 8.1.1). Sent on as HTTP/1.1,
 * the missing bytes would be taken from the next request on that connection.
 */
class Http2LengthTest {

    /** Answers at once, and reads the announced content afterwards: what many servers do with a GET. */
    private static RawUpstream hasty() {
        return new RawUpstream(exchange -> {
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            exchange.body();
            return true;
        });
    }

    private static String outcome(BalancedServer server, String method, String content, boolean trailers)
            throws Exception {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        HTTP2Client client = new HTTP2Client();
        client.start();
        try {
            Session session = client.connect(
                            new InetSocketAddress("127.0.0.1", server.port()), new Session.Listener() {})
                    .get(10, TimeUnit.SECONDS);
            MetaData.Request head = new MetaData.Request(
                    method,
                    HttpURI.from("http://127.0.0.1:" + server.port() + "/"),
                    HttpVersion.HTTP_2,
                    HttpFields.build().put("content-length", "5"));
            Stream stream = session.newStream(new HeadersFrame(head, null, !trailers), new Stream.Listener() {
                        @Override
                        public void onHeaders(Stream answering, HeadersFrame frame) {
                            outcome.complete("" + ((MetaData.Response) frame.getMetaData()).getStatus());
                        }

                        @Override
                        public void onReset(Stream broken, ResetFrame frame, Callback callback) {
                            callback.succeeded();
                            outcome.complete("reset");
                        }
                    })
                    .get(10, TimeUnit.SECONDS);
            if (trailers) {
                sent(stream.data(new DataFrame(stream.getId(), ByteBuffer.wrap(content.getBytes()), false)));
                MetaData trailer = new MetaData(
                        HttpVersion.HTTP_2, HttpFields.build().put("x", "y").asImmutable());
                sent(stream.headers(new HeadersFrame(stream.getId(), trailer, null, true)));
            }
            return outcome.get(10, TimeUnit.SECONDS);
        } finally {
            client.stop();
        }
    }

    /** It is, or the server has answered and reset the stream before. */
    private static void sent(CompletableFuture<Stream> write) throws Exception {
        write.handle((stream, failure) -> stream).get(10, TimeUnit.SECONDS);
    }

    @Test
    void aLengthWithoutContentIsRefused() throws Exception {
        try (RawUpstream upstream = hasty();
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            assertThat(outcome(server, "GET", "", false)).isIn("400", "reset");
            assertThat(RawClient.get(server.port(), "/next").body()).isEqualTo("ok");
            assertThat(upstream.heads()).singleElement().asString().startsWith("GET /next ");
            server.awaitIdle();
        }
    }

    @Test
    void aLengthThatTrailersCutShortIsNotCompleted() throws Exception {
        try (RawUpstream upstream = hasty();
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            outcome(server, "POST", "hey", true);
            server.awaitIdle();
            assertThat(RawClient.get(server.port(), "/next").body()).isEqualTo("ok");
            assertThat(upstream.heads()).allMatch(head -> head.startsWith("POST / ") || head.startsWith("GET /next "));
            server.awaitIdle();
        }
    }
}
