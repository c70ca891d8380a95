package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Upstreams that speak HTTP/2 without TLS. */
class Http2UpstreamTest {

    private static final ConnectionsConfig ONE = new ConnectionsConfig(1, Duration.ofSeconds(4), 100);

    private HttpClient client;

    @BeforeEach
    void startClient() throws Exception {
        client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
    }

    @AfterEach
    void stopClient() throws Exception {
        client.stop();
    }

    private static PoolConfig pool(Http2Upstream... upstreams) {
        return pool(ONE, upstreams);
    }

    private static PoolConfig pool(ConnectionsConfig connections, Http2Upstream... upstreams) {
        PoolConfig pool =
                Configs.pool(Arrays.stream(upstreams).map(Http2Upstream::uri).toList());
        return Configs.spoken(pool, Protocol.H2C, connections);
    }

    private static void ok(Response response, Callback callback) {
        response.write(true, ByteBuffer.wrap("ok".getBytes(StandardCharsets.UTF_8)), callback);
    }

    private Request request(BalancedServer server, String path) {
        return client.newRequest("127.0.0.1", server.port()).path(path).timeout(20, TimeUnit.SECONDS);
    }

    @Test
    void aRequestArrivesAsItIs() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    response.getHeaders().add("X-Quoted", "\"a\", {b}");
                    response.getHeaders().add("Set-Cookie", "a=1");
                    response.getHeaders().add("Set-Cookie", "b=2");
                    ok(response, callback);
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            RawClient.Response answer = RawClient.get(
                    server.port(),
                    "/a%20b;v=1?q={x}&r=",
                    "Host: Shop.example:80",
                    "Cookie: a=1; b=2",
                    "Connection: X-Hop",
                    "X-Hop: gone",
                    "TE: gzip",
                    "X-Empty:");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(answer.head())
                    .containsIgnoringCase("X-Quoted: \"a\", {b}\r\n")
                    .contains("Set-Cookie: a=1\r\n", "Set-Cookie: b=2\r\n");
            Http2Upstream.Received received = upstream.received().get(0);
            assertThat(received.line()).isEqualTo("GET /a%20b;v=1?q=%7Bx%7D&r= HTTP/2.0");
            assertThat(received.authority()).isEqualTo("Shop.example:80");
            assertThat(received.fields().stream().map(String::toLowerCase))
                    .contains("cookie: a=1; b=2", "x-empty: ", "x-forwarded-host: shop.example:80")
                    .noneMatch(field -> field.startsWith("x-hop")
                            || field.startsWith("connection")
                            || field.startsWith("te:")
                            || field.startsWith("content-length"));
        }
    }

    @Test
    void headAndEmptyResponsesAreAsTheyWere() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    String path = request.getHttpURI().getPath();
                    response.setStatus(Integer.parseInt(path.substring(1)));
                    if (path.equals("/200")) {
                        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, 5);
                    }
                    callback.succeeded();
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            assertThat(request(server, "/200")
                            .method("HEAD")
                            .send()
                            .getHeaders()
                            .getField("Content-Length"))
                    .matches(field -> field.getValue().equals("5"));
            assertThat(request(server, "/204").send().getStatus()).isEqualTo(204);
            assertThat(request(server, "/304").send().getStatus()).isEqualTo(304);
        }
    }

    @Test
    void uploadsStreamWithAndWithoutLength() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) ->
                        // Echoes.
                        Content.copy(request, response, callback));
                BalancedServer server = new BalancedServer(pool(upstream))) {
            byte[] body = "x".repeat(1_500_000).getBytes(StandardCharsets.UTF_8);
            ContentResponse known = request(server, "/known")
                    .method("PUT")
                    .body(new BytesRequestContent(body))
                    .send();
            assertThat(known.getContent()).hasSize(body.length);
            AsyncRequestContent content = new AsyncRequestContent();
            CompletableFuture<Result> done = new CompletableFuture<>();
            request(server, "/unknown").method("POST").body(content).send(done::complete);
            content.write(ByteBuffer.wrap(body), Callback.NOOP);
            content.close();
            assertThat(done.get(20, TimeUnit.SECONDS).getResponse().getStatus()).isEqualTo(200);
            assertThat(upstream.received().get(0).fields()).anyMatch("content-length: 1500000"::equalsIgnoreCase);
            assertThat(upstream.received().get(1).fields())
                    .noneMatch(field -> field.toLowerCase().startsWith("content-length"));
        }
    }

    @Test
    void requestsShareOneConnection() throws Exception {
        int requests = 50;
        CountDownLatch all = new CountDownLatch(requests);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    held.add(() -> ok(response, callback));
                    all.countDown();
                });
                BalancedServer server =
                        new BalancedServer(pool(new ConnectionsConfig(8, Duration.ofSeconds(4), 100), upstream))) {
            List<CompletableFuture<Result>> done = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                CompletableFuture<Result> one = new CompletableFuture<>();
                request(server, "/" + i).send(one::complete);
                done.add(one);
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(upstream.connections()).isEqualTo(1);
            held.forEach(Runnable::run);
            for (CompletableFuture<Result> one : done) {
                assertThat(one.get(20, TimeUnit.SECONDS).getResponse().getStatus())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void noMoreRequestsShareAConnectionThanAllowed() throws Exception {
        CountDownLatch all = new CountDownLatch(6);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    held.add(() -> ok(response, callback));
                    all.countDown();
                });
                BalancedServer server =
                        new BalancedServer(pool(new ConnectionsConfig(8, Duration.ofSeconds(4), 2), upstream))) {
            List<CompletableFuture<Result>> done = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                CompletableFuture<Result> one = new CompletableFuture<>();
                request(server, "/" + i).send(one::complete);
                done.add(one);
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(upstream.connections()).isGreaterThanOrEqualTo(3);
            held.forEach(Runnable::run);
            for (CompletableFuture<Result> one : done) {
                assertThat(one.get(20, TimeUnit.SECONDS).isSucceeded()).isTrue();
            }
        }
    }

    @Test
    void aQuietStreamOutlivesTheIdleTimeOfConnectionsAndAnUnusedConnectionDoesNot() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    response.write(false, ByteBuffer.wrap(new byte[] {'a'}), Callback.NOOP);
                    request.getComponents()
                            .getScheduler()
                            .schedule(() -> ok(response, callback), 600, TimeUnit.MILLISECONDS);
                });
                BalancedServer server =
                        new BalancedServer(pool(new ConnectionsConfig(1, Duration.ofMillis(50), 100), upstream))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("aok");
            BalancedServer.await("no connection", () -> upstream.connections() == 0);
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("aok");
        }
    }

    @Test
    void aClientThatLeavesEndsTheStreamAtOnceAndNoOther() throws Exception {
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        CountDownLatch arrived = new CountDownLatch(2);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    if (request.getHttpURI().getPath().equals("/left")) {
                        request.addFailureListener(failure -> {
                            ended.complete(failure);
                            callback.failed(failure);
                        });
                    } else {
                        held.add(() -> ok(response, callback));
                    }
                    arrived.countDown();
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            CompletableFuture<Result> other = new CompletableFuture<>();
            request(server, "/stays").send(other::complete);
            Request left = request(server, "/left");
            left.send(result -> {});
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
            left.abort(new InterruptedException("left"));
            assertThat(ended.get(20, TimeUnit.SECONDS)).isNotNull();
            held.forEach(Runnable::run);
            assertThat(other.get(20, TimeUnit.SECONDS).getResponse().getStatus())
                    .isEqualTo(200);
            server.awaitIdle();
            assertThat(server.status().get(0).eligible()).isTrue();
        }
    }

    @Test
    void aHeadThatTheUpstreamDoesNotAcceptHarmsNobodyElse() throws Exception {
        HttpConfiguration narrow = new HttpConfiguration();
        narrow.setRequestHeaderSize(2048);
        CountDownLatch arrived = new CountDownLatch(1);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        try (Http2Upstream upstream = Http2Upstream.answering(narrow, (request, response, callback) -> {
                    held.add(() -> ok(response, callback));
                    arrived.countDown();
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            CompletableFuture<Result> other = new CompletableFuture<>();
            request(server, "/other").send(other::complete);
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(RawClient.get(server.port(), "/", "X-Large: " + "x".repeat(3_000))
                            .status())
                    .isEqualTo(431);
            held.forEach(Runnable::run);
            assertThat(other.get(20, TimeUnit.SECONDS).getResponse().getStatus())
                    .isEqualTo(200);
            assertThat(upstream.received()).hasSize(1);
            assertThat(server.status().get(0).eligible()).isTrue();
        }
    }

    @Test
    void aLargeHeadPassesInBothDirections() throws Exception {
        String large = "x".repeat(6_000);
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
                    response.getHeaders().put("X-Back", request.getHeaders().get("X-Large"));
                    ok(response, callback);
                });
                BalancedServer server = new BalancedServer(pool(upstream))) {
            assertThat(RawClient.get(server.port(), "/", "X-Large: " + large).head())
                    .containsIgnoringCase("X-Back: " + large + "\r\n");
        }
    }

    @Test
    void aProbeSpeaksHttp2Too() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> ok(response, callback));
                BalancedServer server = new BalancedServer(Configs.probed(pool(upstream)))) {
            BalancedServer.await("up", () -> server.status().get(0).eligible());
            assertThat(upstream.received())
                    .anySatisfy(received -> assertThat(received.line()).isEqualTo("GET /health HTTP/2.0"));
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
        }
    }

    @Test
    void everyBufferComesBack() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering(
                        (request, response, callback) -> Content.copy(request, response, callback));
                BalancedServer server = new BalancedServer(pool(upstream))) {
            for (int i = 0; i < 20; i++) {
                assertThat(request(server, "/")
                                .method("POST")
                                .body(new BytesRequestContent(new byte[100_000]))
                                .send()
                                .getContent())
                        .hasSize(100_000);
            }
            client.stop();
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }
}
