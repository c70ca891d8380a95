package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.RetryConfig;
import io.jettylb.testing.Answer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Connection;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.URI;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that is sent twice where HTTP/2 is spoken. */
class ReplayHttp2Test {

    private static PoolConfig pool(URI first, URI second) {
        return Configs.balanced(Configs.pool(List.of(first, second)), "first");
    }

    private static Http2Upstream echo() throws Exception {
        return Http2Upstream.answering((request, response, callback) -> Content.Source.asString(
                request,
                java.nio.charset.StandardCharsets.ISO_8859_1,
                org.eclipse.jetty.util.Promise.from(
                        text -> Content.Sink.write(response, true, text, callback), callback::failed)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3000, 6000})
    void aClientOfHttp2WithoutALength(int broken) throws Exception {
        BlockingQueue<String> news = new LinkedBlockingQueue<>();
        HTTP2Client http2 = new HTTP2Client();
        http2.start();
        try (RawUpstream first = new RawUpstream(exchange -> {
                    // The head of a chunk is as good as its content.
                    exchange.in().readNBytes(broken);
                    exchange.reset();
                    news.add("broken");
                    return false;
                });
                RawUpstream second = new RawUpstream(exchange -> {
                    String body = exchange.body();
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(first.uri(), second.uri()));
                Http2Connection connection = new Http2Connection(http2, server.port(), null)) {
            Http2Connection.Exchange exchange = connection.send("PUT", "/", HttpFields.EMPTY, false, () -> {});
            exchange.data("a".repeat(3000), false);
            exchange.data("b".repeat(3000), false);
            assertThat(news.poll(15, TimeUnit.SECONDS)).isEqualTo("broken");
            exchange.data("c".repeat(3000), true);
            Answer answer = exchange.await();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("a".repeat(3000) + "b".repeat(3000) + "c".repeat(3000));
            server.awaitIdle();
        } finally {
            http2.stop();
        }
    }

    @Test
    void aStreamThatIsRefusedAfterItsContentWasSentIsRepeatedWhateverItsMethod() throws Exception {
        Http2Upstream refusing = Http2Upstream.raw(new ServerSessionListener() {
            @Override
            public Stream.Listener onNewStream(Stream stream, HeadersFrame frame) {
                stream.demand();
                return new Stream.Listener() {
                    @Override
                    public void onDataAvailable(Stream content) {
                        Stream.Data data = content.readData();
                        if (data != null) {
                            data.release();
                            content.reset(
                                    new ResetFrame(content.getId(), ErrorCode.REFUSED_STREAM_ERROR.code),
                                    Callback.NOOP);
                        }
                    }
                };
            }

            @Override
            public void onAccept(Session session) {
                // Nothing to say.
            }
        });
        String content = "x".repeat(5000);
        try (refusing;
                Http2Upstream second = echo();
                BalancedServer server =
                        new BalancedServer(Configs.spoken(pool(refusing.uri(), second.uri()), Protocol.H2C)
                                .with(new RetryConfig(2)));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: " + content.length());
            client.send(content);
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo(content);
            assertThat(server.status()).filteredOn("eligible", true).hasSize(2);
            server.awaitIdle();
        }
    }

    @Test
    void anErrorOverHttp2IsRepeatedWithTheContent() throws Exception {
        String content = "y".repeat(40_000);
        try (Http2Upstream busy = Http2Upstream.answering((request, response, callback) -> {
                    response.setStatus(503);
                    Content.Sink.write(response, true, "busy", callback);
                });
                Http2Upstream second = echo();
                BalancedServer server =
                        new BalancedServer(Configs.spoken(pool(busy.uri(), second.uri()), Protocol.H2C));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 5; i++) {
                client.send("PUT", "/", "Content-Length: " + content.length());
                client.send(content);
                RawClient.Response response = client.read();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).isEqualTo(content);
            }
            assertThat(busy.received()).hasSize(5);
            server.awaitIdle();
        }
    }
}
