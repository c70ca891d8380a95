package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawUpstream;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that speak HTTP/2 (traps J2, J5, J28, J29). */
class Http2Test {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private HttpClient client;

    /** Any name leads to this machine, so that the authority can be one that is no address. */
    private static final class Here implements SocketAddressResolver {
        public void resolve(String host, int port, Promise<List<InetSocketAddress>> promise) {
            promise.succeeded(List.of(new InetSocketAddress("127.0.0.1", port)));
        }

        /** The method's form in Jetty 12.1. */
        public void resolve(
                String host, int port, Map<String, Object> context, Promise<List<InetSocketAddress>> promise) {
            resolve(host, port, promise);
        }
    }

    @BeforeEach
    void startClient() throws Exception {
        client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.setSocketAddressResolver(new Here());
        client.start();
    }

    @AfterEach
    void stopClient() throws Exception {
        client.stop();
    }

    private Request request(BalancedServer server, String path) {
        return client.newRequest("127.0.0.1", server.port()).path(path).timeout(20, TimeUnit.SECONDS);
    }

    @Test
    void aGetHasNoContentUpstream() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            ContentResponse response = request(server, "/a?b=c").send();
            assertThat(response.getStatus()).isEqualTo(200);
            assertThat(response.getContentAsString()).isEqualTo("ok");
            assertThat(upstream.heads().get(0))
                    .startsWith("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n")
                    .contains("X-Forwarded-Host: 127.0.0.1:" + server.port() + "\r\n")
                    .contains("host=\"127.0.0.1:" + server.port() + "\"")
                    .doesNotContain("Content-Length", "Transfer-Encoding");
        }
    }

    @Test
    void anUploadWithoutLengthArrives() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            AsyncRequestContent content = new AsyncRequestContent();
            CompletableFuture<Result> done = new CompletableFuture<>();
            request(server, "/").method("POST").body(content).send(done::complete);
            content.write(
                    ByteBuffer.wrap("first ".getBytes(StandardCharsets.UTF_8)), org.eclipse.jetty.util.Callback.NOOP);
            content.flush();
            content.write(
                    ByteBuffer.wrap("second".getBytes(StandardCharsets.UTF_8)), org.eclipse.jetty.util.Callback.NOOP);
            content.close();
            assertThat(done.get(20, TimeUnit.SECONDS).getResponse().getStatus()).isEqualTo(200);
            assertThat(upstream.takeBody()).isEqualTo("first second");
            assertThat(upstream.heads().get(0)).containsIgnoringCase("Transfer-Encoding: chunked");
        }
    }

    @Test
    void anUploadWithLengthKeepsIt() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            byte[] body = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
            assertThat(request(server, "/")
                            .method("PUT")
                            .body(new BytesRequestContent(body))
                            .send()
                            .getStatus())
                    .isEqualTo(200);
            assertThat(upstream.takeBody()).hasSize(100_000);
            assertThat(upstream.heads().get(0)).contains("Content-Length: 100000\r\n");
        }
    }

    @Test
    void theHostOfTheClientIsSentOn() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            client.newRequest("shop.example", server.port()).send();
            assertThat(upstream.heads().get(0).split("\r\n"))
                    .filteredOn(line -> line.startsWith("Host:"))
                    .containsExactly("Host: shop.example:" + server.port());
        }
    }

    @Test
    void cookieCrumbsBecomeOneField() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            request(server, "/")
                    .headers(h -> h.add("Cookie", "a=1").add("Cookie", "b=2").add("Cookie", "c=3"))
                    .send();
            assertThat(upstream.heads().get(0)).containsOnlyOnce("Cookie: ").contains("Cookie: a=1; b=2; c=3\r\n");
        }
    }

    /** The container forgets it then. */
    @Test
    void aResetThatComesBeforeTheServletReturnsEndsTheAttemptToo() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        FilterHolder slow = new FilterHolder((request, response, chain) -> {
            chain.doFilter(request, response);
            try {
                left.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new ServletException(e);
            }
        });
        slow.setAsyncSupported(true);
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(silent.uri())), Configs.mount("/", false)), true)) {
            ((ServletContextHandler) server.contexts().getHandlers().get(0))
                    .addFilter(slow, "/*", EnumSet.of(DispatcherType.REQUEST));
            server.server().start();
            Request request = request(server, "/");
            CompletableFuture<Result> done = new CompletableFuture<>();
            request.send(done::complete);
            BalancedServer.await(
                    "the request is upstream", () -> !silent.heads().isEmpty());
            request.abort(new InterruptedException("gone"));
            done.get(20, TimeUnit.SECONDS);
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible());
        } finally {
            left.countDown();
        }
    }

    /** The container tells it to nobody: neither a look at the content nor a listener has found it. */
    @Test
    void aResetJustBeforeAnybodyListensIsNoticed() throws Exception {
        AtomicInteger listeners = new AtomicInteger(Integer.MIN_VALUE);
        AtomicReference<Request> leaving = new AtomicReference<>();
        FilterHolder last = new FilterHolder((request, response, chain) -> {
            listeners.set(0);
            chain.doFilter(request, response);
        });
        last.setAsyncSupported(true);
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(silent.uri())), Configs.mount("/", false)), true)) {
            ((ServletContextHandler) server.contexts().getHandlers().get(0))
                    .addFilter(last, "/*", EnumSet.of(DispatcherType.REQUEST));
            server.server().setHandler(new Handler.Wrapper(server.server().getHandler()) {
                @Override
                public boolean handle(
                        org.eclipse.jetty.server.Request request,
                        org.eclipse.jetty.server.Response response,
                        org.eclipse.jetty.util.Callback callback)
                        throws Exception {
                    var wrapped = new org.eclipse.jetty.server.Request.Wrapper(request) {
                        @Override
                        public void addFailureListener(Consumer<Throwable> listener) {
                            // The first is the asynchronous context.
                            if (listeners.incrementAndGet() == 2) {
                                leaving.get().abort(new InterruptedException("gone"));
                                BalancedServer.await(
                                        "the reset",
                                        () -> Content.Chunk.isFailure(
                                                getWrapped().read()));
                            }
                            super.addFailureListener(listener);
                        }
                    };
                    return super.handle(wrapped, response, callback);
                }
            });
            server.server().start();
            leaving.set(request(server, "/"));
            CompletableFuture<Result> done = new CompletableFuture<>();
            leaving.get().send(done::complete);
            assertThat(done.get(20, TimeUnit.SECONDS).isFailed()).isTrue();
            server.awaitIdle();
            assertThat(silent.heads()).isEmpty();
            assertThat(server.status()).allMatch(u -> u.eligible());
        }
    }

    @Test
    void aResetByTheClientEndsTheAttemptAtOnce() throws Exception {
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(silent.uri(), silent.uri())))) {
            Request request = request(server, "/");
            CompletableFuture<Result> done = new CompletableFuture<>();
            request.send(done::complete);
            BalancedServer.await(
                    "the request is upstream", () -> !silent.heads().isEmpty());
            request.abort(new InterruptedException("gone"));
            done.get(20, TimeUnit.SECONDS);
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible());
        }
    }

    @Test
    void aResponseCutShortIsNotComplete() throws Exception {
        try (RawUpstream cut = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(cut.uri())))) {
            CompletableFuture<Result> done = new CompletableFuture<>();
            request(server, "/").send(done::complete);
            Result result = done.get(20, TimeUnit.SECONDS);
            assertThat(result.isFailed() || result.getResponse().getStatus() == 502)
                    .isTrue();
            server.awaitIdle();
        }
    }
}
