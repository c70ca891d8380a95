package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawClient;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that use HTTP/2 in other ways than to answer. */
class Http2FramesTest {

    private static final int SHARING = 4;

    /** What to do with the streams of a session, which are numbered from 1 over all sessions. */
    private interface Script {
        void stream(int number, Stream stream) throws Exception;
    }

    private static Http2Upstream upstream(Script script) throws Exception {
        AtomicInteger streams = new AtomicInteger();
        return Http2Upstream.raw(new ServerSessionListener() {
            @Override
            public Map<Integer, Integer> onPreface(Session session) {
                return Map.of(SettingsFrame.MAX_CONCURRENT_STREAMS, 10);
            }

            @Override
            public Stream.Listener onNewStream(Stream stream, HeadersFrame frame) {
                try {
                    script.stream(streams.incrementAndGet(), stream);
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
                return Stream.Listener.AUTO_DISCARD;
            }
        });
    }

    private static PoolConfig pool(Http2Upstream... upstreams) {
        PoolConfig pool =
                Configs.pool(List.of(upstreams).stream().map(Http2Upstream::uri).toList());
        return Configs.spoken(pool, Protocol.H2C, new ConnectionsConfig(4, Duration.ofSeconds(4), 100));
    }

    private static void head(Stream stream, boolean last, String... fields) {
        HttpFields.Mutable headers = HttpFields.build();
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        MetaData.Response response = new MetaData.Response(200, null, HttpVersion.HTTP_2, headers);
        stream.headers(new HeadersFrame(stream.getId(), response, null, last), Callback.NOOP);
    }

    private static void data(Stream stream, String text, boolean last) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        stream.data(new DataFrame(stream.getId(), bytes, last), Callback.NOOP);
    }

    private static void reset(Stream stream, ErrorCode code) {
        stream.reset(new ResetFrame(stream.getId(), code.code), Callback.NOOP);
    }

    private static void goAway(Stream stream, int lastStream) {
        ((HTTP2Session) stream.getSession())
                .goAway(new GoAwayFrame(lastStream, ErrorCode.NO_ERROR.code, null), Callback.NOOP);
    }

    private static RawClient.Response request(BalancedServer server, String method, String content) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            client.send(method, "/", "Content-Length: " + content.length());
            client.send(content);
            return client.read();
        }
    }

    @Test
    void aRefusedStreamIsRepeatedWhateverItsMethod() throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    if (number == 1) {
                        reset(stream, ErrorCode.REFUSED_STREAM_ERROR);
                    } else {
                        head(stream, true, "x-stream", String.valueOf(number));
                    }
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            RawClient.Response answer = request(server, "POST", "");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("x-stream")).isEqualTo("2");
            server.awaitIdle();
            assertThat(server.status().get(0).eligible()).isTrue();
        }
    }

    @Test
    void whereAllStreamsAreRefusedNobodyIsBlamedAndNothingWasSent() throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> reset(stream, ErrorCode.REFUSED_STREAM_ERROR));
                BalancedServer server = new BalancedServer(pool(upstream))) {
            RawClient.Response answer = request(server, "POST", "");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.field("retry-after")).isEqualTo("1");
        }
    }

    @Test
    void whatAConnectionBeingClosedDidNotTakeGoesToAnother() throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    if (number == 1) {
                        goAway(stream, 0);
                    } else {
                        head(stream, true, "x-stream", String.valueOf(number));
                    }
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            RawClient.Response answer = request(server, "POST", "");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("x-stream")).isEqualTo("2");
        }
    }

    @Test
    void whatAConnectionBeingClosedHasTakenIsFinishedThere() throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    if (number == 1) {
                        goAway(stream, stream.getId());
                        head(stream, true, "x-stream", "1");
                    }
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            assertThat(request(server, "POST", "").field("x-stream")).isEqualTo("1");
        }
    }

    /** As servers are stopped in good order: first no new streams, then the number of the last one. */
    @Test
    void manyThatAConnectionBeingClosedHasTakenAreFinishedThere() throws Exception {
        List<Stream> taken = new CopyOnWriteArrayList<>();
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    if (number == 1 || taken.size() == SHARING) {
                        head(stream, true);
                        return;
                    }
                    taken.add(stream);
                    if (taken.size() == SHARING) {
                        goAway(stream, Integer.MAX_VALUE);
                        goAway(stream, stream.getId());
                    }
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            assertThat(request(server, "GET", "").status()).isEqualTo(200);
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < SHARING; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> status(server), task -> new Thread(task).start()));
            }
            BalancedServer.await("all are upstream", () -> taken.size() == SHARING);
            // By now the connection is known to end: it gets nothing new.
            assertThat(request(server, "GET", "").status()).isEqualTo(200);
            for (int i = 0; i < SHARING; i++) {
                int left = SHARING - 1 - i;
                head(taken.get(i), true);
                BalancedServer.await("the answer", () -> server.status().get(0).inFlight() == left);
            }
            for (CompletableFuture<Integer> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(200);
            }
        }
    }

    /** As each gRPC response ends; the connection ends with it. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void theLastResponseOfAConnectionIsWholeWithItsTrailers(String method) throws Exception {
        MetaData trailers = new MetaData(HttpVersion.HTTP_2, HttpFields.build().put("grpc-status", "0"));
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    goAway(stream, stream.getId());
                    head(stream, false);
                    data(stream, "all of it", false);
                    stream.headers(new HeadersFrame(stream.getId(), trailers, null, true), Callback.NOOP);
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            for (int i = 0; i < 20; i++) {
                RawClient.Response answer = request(server, method, "");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("all of it");
            }
            assertThat(server.status().get(0).ejections()).isZero();
        }
    }

    /** It has arrived as a whole before the client takes it, and nothing more will come of this connection. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLastResponseOfAConnectionIsWholeForASlowClient(boolean closed) throws Exception {
        String much = "x".repeat(16_000);
        CountDownLatch sent = new CountDownLatch(1);
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    goAway(stream, stream.getId());
                    head(stream, false);
                    for (int i = 0; i < 11; i++) {
                        data(stream, much, false);
                    }
                    ByteBuffer last = ByteBuffer.wrap(much.getBytes(StandardCharsets.UTF_8));
                    stream.data(new DataFrame(stream.getId(), last, true), Callback.from(() -> {
                        if (closed) {
                            ((HTTP2Session) stream.getSession()).getEndPoint().shutdownOutput();
                        }
                        sent.countDown();
                    }));
                });
                BalancedServer server =
                        new BalancedServer(Configs.config(pool(upstream), Configs.mount("/", false)), true)) {
            server.connector().setAcceptedSendBufferSize(4096);
            server.server().start();
            try (Socket client = new Socket()) {
                client.setReceiveBufferSize(4096);
                client.connect(new InetSocketAddress("127.0.0.1", server.port()));
                client.setSoTimeout(20_000);
                client.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
                String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertThat(answer).startsWith("HTTP/1.1 200").endsWith("\r\n0\r\n\r\n");
                assertThat(answer.chars().filter(c -> c == 'x').count()).isEqualTo(12 * 16_000);
            }
            server.awaitIdle();
            assertThat(server.status().get(0).ejections()).isZero();
        }
    }

    private static int status(BalancedServer server) {
        try {
            return request(server, "POST", "").status();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @ParameterizedTest
    @CsvSource({"GET, 4", "POST, 2"})
    void aResetStreamIsBrokenAndRepeatedThereOnlyIfThatChangesNothing(String method, int all) throws Exception {
        AtomicInteger streams = new AtomicInteger();
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    streams.set(number);
                    if (number == 1) {
                        head(stream, true);
                    } else {
                        reset(stream, ErrorCode.INTERNAL_ERROR);
                    }
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            assertThat(request(server, "GET", "").status()).isEqualTo(200);
            assertThat(request(server, method, "").status()).isEqualTo(502);
            assertThat(streams).hasValue(all);
        }
    }

    @Test
    void aResponseThatIsResetIsCut() throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    head(stream, false);
                    ByteBuffer bytes = ByteBuffer.wrap("begin".getBytes(StandardCharsets.UTF_8));
                    stream.data(
                            new DataFrame(stream.getId(), bytes, false),
                            Callback.from(() -> reset(stream, ErrorCode.CANCEL_STREAM_ERROR), failure -> {}));
                });
                BalancedServer server = new BalancedServer(pool(upstream));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertCut(client);
        }
    }

    /** The client library ends such a stream and tells nobody: it is the idle timeout that sees it. */
    @ParameterizedTest
    @CsvSource({"10, short", "3, longer"})
    void contentThatIsNotAsLongAsItsLengthIsCut(int length, String content) throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    head(stream, false, "content-length", String.valueOf(length));
                    data(stream, content, true);
                });
                BalancedServer server = new BalancedServer(impatient(upstream));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertCut(client);
        }
    }

    /** Whatever there is of a response, the connection ends before it does. */
    private static void assertCut(RawClient client) throws IOException {
        RawClient.Response answer;
        try {
            answer = client.read();
        } catch (EOFException cut) {
            assertThat(cut).hasMessageContaining("end of stream");
            return;
        }
        if (answer.status() == 200) {
            assertThat(answer.body().length()).isLessThan(Integer.parseInt(answer.field("content-length")));
        } else {
            assertThat(answer.status()).isBetween(502, 504);
        }
    }

    private static PoolConfig impatient(Http2Upstream upstream) {
        TimeoutsConfig timeouts = new TimeoutsConfig(
                Duration.ofSeconds(3),
                Duration.ofSeconds(60),
                Duration.ofMillis(500),
                Duration.ZERO,
                Duration.ofHours(1));
        PoolConfig pool = Configs.pool(List.of(upstream.uri()), "round-robin", Configs.CLIENT_HOST, timeouts);
        return Configs.spoken(pool, Protocol.H2C);
    }

    @Test
    void anEarlyAnswerArrivesWhole() throws Exception {
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    head(stream, false, "x-early", "yes");
                    data(stream, "enough", true);
                    reset(stream, ErrorCode.NO_ERROR);
                });
                BalancedServer server = new BalancedServer(pool(upstream));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 1000000");
            client.send("begin");
            RawClient.Response answer = client.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("enough");
        }
    }

    @Test
    void anEarlyAnswerThatNobodyReadsLeavesNothingBehind() throws Exception {
        String much = "x".repeat(16_000);
        CountDownLatch answered = new CountDownLatch(1);
        try (Http2Upstream upstream = upstream((number, stream) -> {
                    head(stream, false, "x-early", "yes");
                    for (int i = 0; i < 12; i++) {
                        data(stream, much, false);
                    }
                    data(stream, much, true);
                    reset(stream, ErrorCode.NO_ERROR);
                    answered.countDown();
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("POST", "/", "Content-Length: 1000000");
                client.send("begin");
                assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
            }
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }
}
