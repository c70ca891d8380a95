package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.StickyConfig.Fallback;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients stay with the upstream that served them first. */
class StickyTest {

    private static final StickyConfig STICKY =
            new StickyConfig("LB", "a secret of some length", Duration.ZERO, Duration.ZERO, Fallback.REBALANCE);

    private final List<RawUpstream> upstreams = new ArrayList<>();

    @BeforeEach
    void startUpstreams() {
        for (int i = 0; i < 3; i++) {
            upstreams.add(upstream("u" + i, 0));
        }
    }

    @AfterEach
    void stopUpstreams() throws Exception {
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
    }

    /** It says who it is, and sets cookies of its own. */
    private static RawUpstream upstream(String id, int port) {
        return new RawUpstream(
                exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nSet-Cookie: app=\"1 " + id + "\"; Path=/\r\n"
                            + (exchange.head().contains("/own ") ? "Set-Cookie: LB=own; Path=/\r\n" : "")
                            + "Set-Cookie: other=2\r\nContent-Length: 2\r\n\r\n" + id);
                    return true;
                },
                port);
    }

    private PoolConfig pool(StickyConfig sticky) {
        List<URI> uris = upstreams.stream().map(RawUpstream::uri).toList();
        return Configs.sticky(Configs.pool(uris), sticky);
    }

    private static List<String> setCookies(RawClient.Response response) {
        return Arrays.stream(response.head().split("\r\n"))
                .filter(line -> line.startsWith("Set-Cookie: "))
                .map(line -> line.substring("Set-Cookie: ".length()))
                .toList();
    }

    /** What a browser would send back of our cookie; null if the response does not set it. */
    private static String cookie(RawClient.Response response) {
        return setCookies(response).stream()
                .filter(value -> value.startsWith("LB="))
                .reduce((first, last) -> last)
                .map(value -> value.split(";")[0])
                .orElse(null);
    }

    private void kill(String id) throws Exception {
        upstreams.get(Integer.parseInt(id.substring(1))).close();
    }

    @Test
    void aClientStaysAndTheCookieIsSetOnce() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            Set<String> used = new HashSet<>();
            for (int client = 0; client < 3; client++) {
                RawClient.Response first = RawClient.get(server.port(), "/");
                assertThat(setCookies(first)).hasSize(3);
                assertThat(setCookies(first).get(2)).matches("LB=[A-Za-z0-9_-]{76}; Path=/; HttpOnly; SameSite=Lax");
                try (RawClient kept = new RawClient(server.port())) {
                    for (int i = 0; i < 100; i++) {
                        kept.send("GET", "/", "Cookie: app=x; " + cookie(first));
                        RawClient.Response response = kept.read();
                        assertThat(response.body()).isEqualTo(first.body());
                        assertThat(setCookies(response))
                                .containsExactly("app=\"1 " + first.body() + "\"; Path=/", "other=2");
                    }
                }
                used.add(first.body());
            }
            assertThat(used).hasSize(3);
            assertThat(upstreams.get(0).heads().get(1)).contains("Cookie: app=x; LB=");
        }
    }

    @Test
    void withoutTheBlockThereIsNoCookie() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(null))) {
            assertThat(cookie(RawClient.get(server.port(), "/"))).isNull();
        }
    }

    @Test
    void ourCookieComesLastAndIsKeptIfTheUpstreamSetsOneOfTheSameName() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            RawClient.Response first = RawClient.get(server.port(), "/own");
            assertThat(setCookies(first)).hasSize(4).contains("LB=own; Path=/");
            assertThat(cookie(first)).isNotEqualTo("LB=own");
            for (int i = 0; i < 5; i++) {
                RawClient.Response next = RawClient.get(server.port(), "/own", "Cookie: " + cookie(first));
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(setCookies(next)).hasSize(4);
                assertThat(setCookies(next).get(3)).startsWith("LB=").doesNotContain("own");
            }
        }
    }

    @Test
    void aClientWhoseUpstreamDiedGetsAnotherAndStaysThere() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            RawClient.Response first = RawClient.get(server.port(), "/");
            kill(first.body());
            RawClient.Response second = RawClient.get(server.port(), "/", "Cookie: " + cookie(first));
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.body()).isNotEqualTo(first.body());
            assertThat(cookie(second)).isNotNull().isNotEqualTo(cookie(first));
            for (int i = 0; i < 10; i++) {
                RawClient.Response next = RawClient.get(server.port(), "/", "Cookie: " + cookie(second));
                assertThat(next.body()).isEqualTo(second.body());
                assertThat(cookie(next)).isNull();
            }
            server.awaitIdle();
        }
    }

    @Test
    void ifThatIsWantedItIsNotReboundButTold() throws Exception {
        StickyConfig fail = new StickyConfig("LB", "secret", Duration.ZERO, Duration.ZERO, Fallback.FAIL);
        try (BalancedServer server = new BalancedServer(pool(fail))) {
            RawClient.Response first = RawClient.get(server.port(), "/");
            kill(first.body());
            // The first one may still find the connection that was kept, and be lost with it: that is a 502.
            BalancedServer.await("it is known to be dead", () -> statusOf(server, "Cookie: " + cookie(first)) == 503);
            for (int i = 0; i < 5; i++) {
                RawClient.Response refused = RawClient.get(server.port(), "/", "Cookie: " + cookie(first));
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.field("retry-after")).isNotNull();
                assertThat(setCookies(refused)).isEmpty();
            }
            assertThat(RawClient.get(server.port(), "/").status())
                    .as("others are served")
                    .isEqualTo(200);
            int index = Integer.parseInt(first.body().substring(1));
            upstreams.set(index, upstream(first.body(), upstreams.get(index).port()));
            BalancedServer.await("it is back", () -> statusOf(server, "Cookie: " + cookie(first)) == 200);
            RawClient.Response back = RawClient.get(server.port(), "/", "Cookie: " + cookie(first));
            assertThat(back.body()).isEqualTo(first.body());
            assertThat(cookie(back)).isNull();
        }
    }

    private static int statusOf(BalancedServer server, String field) {
        try {
            return RawClient.get(server.port(), "/", field).status();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aConnectionThatWasClosedMeanwhileDoesNotCostTheSession() throws Exception {
        AtomicInteger resets = new AtomicInteger();
        // Answers one request on each connection and resets it when the second begins.
        RawUpstream.Script forgetful = exchange -> {
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            if (exchange.in().read() >= 0) {
                resets.incrementAndGet();
                exchange.reset();
            }
            return false;
        };
        try (RawUpstream one = new RawUpstream(forgetful);
                RawUpstream two = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
                BalancedServer server =
                        new BalancedServer(Configs.sticky(Configs.pool(List.of(one.uri(), two.uri())), STICKY))) {
            RawClient.Response first = RawClient.get(server.port(), "/");
            if (!first.body().equals("ok")) {
                first = RawClient.get(server.port(), "/");
            }
            for (int i = 0; i < 20; i++) {
                RawClient.Response next = RawClient.get(server.port(), "/", "Cookie: " + cookie(first));
                assertThat(next.body()).isEqualTo("ok");
                assertThat(cookie(next)).isNull();
                server.awaitIdle();
            }
            assertThat(resets).hasPositiveValue();
        }
    }

    @Test
    void forgedCookiesAreIgnored() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            String valid = cookie(RawClient.get(server.port(), "/"));
            Set<String> used = new HashSet<>();
            for (String forged : List.of(
                    "LB=",
                    "LB=u0",
                    "LB=" + "A".repeat(76),
                    "LB=" + "A".repeat(6_000),
                    valid.substring(0, valid.length() - 1) + (valid.endsWith("A") ? "B" : "A"),
                    "LB=\"unbalanced; x",
                    "LB=%00; =; ;;\u00e9")) {
                RawClient.Response response = RawClient.get(server.port(), "/", "Cookie: " + forged);
                assertThat(response.status()).as(forged).isEqualTo(200);
                assertThat(cookie(response)).as(forged).isNotNull().hasSize("LB=".length() + 76);
                used.add(response.body());
            }
            assertThat(used).hasSize(3);
        }
    }

    @Test
    void ourOwnErrorsBindNobody() throws Exception {
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(setCookies(response)).isEmpty();
        }
    }

    @Test
    void eachMountHasItsOwnPathAndEachPoolItsOwnTokens() throws Exception {
        PoolConfig p = pool(STICKY);
        PoolConfig q = Configs.named("q", p);
        LbConfig config = new LbConfig(
                List.of(
                        Configs.mount("/shop", false),
                        Configs.mount("/shop/old", false),
                        new io.jettylb.config.MountConfig("/carts", List.of(), false, "q")),
                Map.of("p", p, "q", q),
                new ForwardedConfig(true, true));
        try (BalancedServer server = new BalancedServer(config)) {
            RawClient.Response shop = RawClient.get(server.port(), "/shop/a");
            assertThat(setCookies(shop).get(2)).contains("; Path=/shop; ");
            assertThat(setCookies(RawClient.get(server.port(), "/shop")).get(2)).contains("; Path=/shop; ");
            RawClient.Response old = RawClient.get(server.port(), "/shop/old/a");
            assertThat(setCookies(old).get(2)).contains("; Path=/shop/old; ");
            assertThat(RawClient.get(server.port(), "/shop/old/", "Cookie: " + cookie(shop))
                            .body())
                    .as("the same pool")
                    .isEqualTo(shop.body());
            RawClient.Response carts = RawClient.get(server.port(), "/carts/a", "Cookie: " + cookie(shop));
            assertThat(cookie(carts)).as("another pool").isNotNull();
            RawClient.Response both =
                    RawClient.get(server.port(), "/shop/b", "Cookie: " + cookie(carts) + "; " + cookie(shop));
            assertThat(both.body()).isEqualTo(shop.body());
            assertThat(cookie(both)).isNull();
        }
    }

    @Test
    void theCookieIsSecureWhereTheRequestIs() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            server.connector()
                    .getConnectionFactory(HttpConnectionFactory.class)
                    .getHttpConfiguration()
                    .addCustomizer(new ForwardedRequestCustomizer());
            RawClient.Response plain = RawClient.get(server.port(), "/");
            assertThat(setCookies(plain).get(2)).endsWith("; HttpOnly; SameSite=Lax");
            RawClient.Response secure = RawClient.get(server.port(), "/", "X-Forwarded-Proto: https");
            assertThat(setCookies(secure).get(2)).endsWith("; HttpOnly; SameSite=Lax; Secure");
        }
    }

    @Test
    void http2ClientsStayToo() throws Exception {
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
        try (BalancedServer server = new BalancedServer(pool(STICKY))) {
            ContentResponse first = client.newRequest("127.0.0.1", server.port())
                    .timeout(20, TimeUnit.SECONDS)
                    .send();
            String cookie =
                    first.getHeaders().getValuesList("Set-Cookie").get(2).split(";")[0];
            client.getHttpCookieStore().clear();
            for (int i = 0; i < 10; i++) {
                ContentResponse next = client.newRequest("127.0.0.1", server.port())
                        .headers(fields -> fields.add("Cookie", "a=1")
                                .add("Cookie", cookie)
                                .add("Cookie", "b=2"))
                        .timeout(20, TimeUnit.SECONDS)
                        .send();
                client.getHttpCookieStore().clear();
                assertThat(next.getContentAsString()).isEqualTo(first.getContentAsString());
                assertThat(next.getHeaders().getValuesList("Set-Cookie")).hasSize(2);
            }
        } finally {
            client.stop();
        }
    }
}
