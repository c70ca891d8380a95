package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What filters make of a request or a response is what goes on. */
class WrappedFilterTest {

    private static final String OK =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nContent-Type: text/x\r\n\r\nhello";

    private static BalancedServer behind(RawUpstream upstream, boolean async, Class<? extends Filter> type)
            throws Exception {
        BalancedServer server = new BalancedServer(
                Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true);
        FilterHolder filter = new FilterHolder(type);
        filter.setAsyncSupported(async);
        ((ServletContextHandler) server.contexts().getHandlers().get(0))
                .addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
        server.server().start();
        return server;
    }

    private static String gunzip(String latin1) throws IOException {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return new String(new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIdentityFilterIsBelieved(boolean async) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, async, WrappingFilters.Identity.class)) {
            assertThat(RawClient.get(server.port(), "/a?b", "Authorization: secret", "X-Repeated: 1", "X-Repeated: 2")
                            .body())
                    .isEqualTo("hello");
            assertThat(upstream.heads().get(0))
                    .startsWith("GET /a?b HTTP/1.1\r\nHost: client.example\r\n")
                    .contains("X-User: jane\r\n", "X-Repeated: 1\r\nX-Repeated: 2\r\n")
                    .contains("X-Forwarded-For: 203.0.113.7\r\n", "for=203.0.113.7;")
                    .doesNotContain("secret", "Transfer-Encoding", "Content-Length");
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void contentPassesAnIdentityFilter(boolean async) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, async, WrappingFilters.Identity.class);
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 3; i++) {
                client.send("POST", "/", "Content-Length: 11");
                client.send("hello ");
                client.send("world");
                assertThat(client.read().body()).isEqualTo("hello");
                assertThat(upstream.takeBody()).isEqualTo("hello world");
            }
            assertThat(upstream.heads().get(0)).contains("Content-Length: 11", "X-User: jane");
        }
    }

    @Test
    void oneOverriddenMethodIsEnough() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, true, WrappingFilters.OneMethod.class)) {
            RawClient.get(server.port(), "/", "X-Tenant: sent", "X-Other: sent");
            assertThat(upstream.heads().get(0)).contains("X-Tenant: changed\r\n", "X-Other: sent\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFilterMayReplaceTheRequestsContent(boolean async) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, async, WrappingFilters.Doubling.class);
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 4");
            client.send("body");
            assertThat(client.read().body()).isEqualTo("hello");
            assertThat(upstream.takeBody()).isEqualTo("BBOODDYY");
            client.send("POST", "/", "Transfer-Encoding: chunked");
            client.send("3\r\nabc\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("hello");
            assertThat(upstream.takeBody()).isEqualTo("AABBCC");
            client.send("GET", "/");
            assertThat(client.read().body()).isEqualTo("hello");
            assertThat(upstream.takeBody()).isEmpty();
            assertThat(upstream.heads().get(2)).doesNotContain("Transfer-Encoding", "Content-Length");
            String big = "x".repeat(200_000);
            client.send("PUT", "/", "Content-Length: 200000");
            client.send(big);
            assertThat(client.read().body()).isEqualTo("hello");
            assertThat(upstream.takeBody()).isEqualTo("X".repeat(400_000));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFilterMayCompressTheResponse(boolean async) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, async, WrappingFilters.Compressing.class);
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 3; i++) {
                client.send("GET", "/");
                RawClient.Response response = client.read();
                assertThat(response.field("content-encoding")).isEqualTo("gzip");
                assertThat(response.field("x-a")).isEqualTo("1");
                assertThat(response.field("content-type")).isEqualTo("text/x");
                assertThat(gunzip(response.body())).isEqualTo("hello");
            }
            client.send("POST", "/", "Content-Length: 3");
            client.send("abc");
            assertThat(gunzip(client.read().body())).isEqualTo("hello");
            assertThat(upstream.takeBody()).isEmpty();
        }
    }

    @Test
    void aCompressedStreamArrivesAsItIsSent() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
                    try {
                        assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    exchange.send("6\r\nsecond\r\n0\r\n\r\n");
                    return true;
                });
                BalancedServer server = behind(upstream, false, WrappingFilters.Marking.class);
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            client.readHead();
            assertThat(client.readBytes(8)).isEqualTo("5\r\nfirst");
            seen.countDown();
            assertThat(client.readBytes(18)).isEqualTo("\r\n6\r\nsecond\r\n0\r\n\r\n");
        }
    }

    @Test
    void aFilterMayChangeTheResponsesFields() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, true, WrappingFilters.Marking.class)) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.field("x-a")).isEqualTo("1; seen");
            assertThat(response.field("content-length")).isEqualTo("5");
            assertThat(response.body()).isEqualTo("hello");
            RawClient.Response head = RawClient.once(server.port(), "HEAD", "/");
            assertThat(head.status()).isEqualTo(200);
        }
    }

    @Test
    void aCutResponseStaysCutThroughAFilterThatFinishesIt() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                    return false;
                });
                BalancedServer server = behind(upstream, false, WrappingFilters.Compressing.class);
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/", "Connection: close");
            // Has nothing left when the upstream fails, it is our answer; else the message must not end in good order.
            String all = client.readToEnd();
            if (all.startsWith("HTTP/1.1 502")) {
                assertThat(all).doesNotContain("gzip").endsWith("502 Bad Gateway: The upstream failed.\n");
            } else {
                assertThat(all).startsWith("HTTP/1.1 200").contains("chunked").doesNotEndWith("0\r\n\r\n");
            }
            server.awaitIdle();
        }
    }

    @Test
    void aResponseCutInTheMiddleStaysCutThroughAFilterThatFinishesIt() throws Exception {
        StringBuilder noise = new StringBuilder();
        new Random(1).ints(300_000, 0, 256).forEach(b -> noise.append((char) b));
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + noise);
                    return false;
                });
                BalancedServer server = behind(upstream, false, WrappingFilters.Compressing.class);
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/", "Connection: close");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 200").doesNotEndWith("\r\n0\r\n\r\n");
            server.awaitIdle();
        }
    }

    @Test
    void anAnswerOfOursGoesThroughTheFilterToo() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = behind(upstream, false, WrappingFilters.Compressing.class)) {
            upstream.close();
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(gunzip(response.body())).startsWith("503");
        }
    }

    @Test
    void clientsThatLeaveFreeTheServletsThread() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 500; i++) {
                        exchange.send("1000\r\n" + "x".repeat(4096) + "\r\n");
                    }
                    return false;
                });
                BalancedServer server = behind(upstream, false, WrappingFilters.Marking.class)) {
            for (int i = 0; i < 60; i++) {
                RawClient client = new RawClient(server.port());
                client.send("GET", "/");
                client.readHead();
                client.reset();
            }
            server.awaitIdle();
            // More than the server has threads: none is stuck.
            assertThat(server.status()).allMatch(u -> u.eligible());
        }
    }
}
