package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.AddressRange;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.junit.jupiter.api.Test;

/** What upstreams say about places arrives in the client's space (trap F14). */
class RewritingResponsesTest {

    private static final String PLACES = "Location: http://client.example/x?u=http://client.example/y\r\n"
            + "X-Between: /x\r\n"
            + "Content-Location: /x\r\n"
            + "refresh: 5; url=/x\r\n"
            + "Set-Cookie: a=\"b c\"; Path=/; HttpOnly\r\n"
            + "Set-Cookie: d=e; path=/x; Domain=127.0.0.1\r\n"
            + "Link: </x>; rel=next\r\n";

    private static String answer(String fields) {
        return "HTTP/1.1 201 Created\r\n" + fields + "Content-Length: 0\r\n\r\n";
    }

    private static String head(RawUpstream upstream, URI uri, HostPolicy host, String mount, boolean strip, String path)
            throws Exception {
        PoolConfig pool = Configs.pool(List.of(uri), "round-robin", host, Configs.TIMEOUTS);
        try (upstream;
                BalancedServer server = new BalancedServer(pool, Configs.mount(mount, strip))) {
            return RawClient.get(server.port(), path).head();
        }
    }

    @Test
    void aStrippedMountComesBack() throws Exception {
        RawUpstream upstream = RawUpstream.always(answer(PLACES));
        String head = head(upstream, upstream.uri(), Configs.CLIENT_HOST, "/api", true, "/api/q");
        assertThat(upstream.heads().get(0)).startsWith("GET /q HTTP/1.1\r\n");
        assertThat(head.split("\r\n"))
                .containsSubsequence(
                        "Location: http://client.example/api/x?u=http://client.example/y",
                        "X-Between: /x",
                        "Content-Location: /api/x",
                        "refresh: 5; url=/api/x",
                        "Set-Cookie: a=\"b c\"; Path=/api; HttpOnly",
                        "Set-Cookie: d=e; path=/api/x",
                        "Link: </x>; rel=next");
    }

    @Test
    void withoutStrippingEverythingStays() throws Exception {
        RawUpstream upstream = RawUpstream.always(answer(PLACES + "Location: /api/x\r\n"));
        String head = head(upstream, upstream.uri(), Configs.CLIENT_HOST, "/api", false, "/api/q");
        assertThat(head.split("\r\n")).containsSubsequence(PLACES.split("\r\n")).contains("Location: /api/x");
    }

    @Test
    void theBasePathGoesAway() throws Exception {
        RawUpstream upstream = RawUpstream.always(answer("Location: /base/api/x\r\nSet-Cookie: a=b; Path=/base/api\r\n"
                + "Content-Location: /elsewhere\r\nSet-Cookie: c=d; Path=/elsewhere\r\n"));
        String head = head(upstream, upstream.uri("/base"), Configs.CLIENT_HOST, "/api", false, "/api/q");
        assertThat(upstream.heads().get(0)).startsWith("GET /base/api/q HTTP/1.1\r\n");
        assertThat(head.split("\r\n"))
                .contains(
                        "Location: /api/x",
                        "Set-Cookie: a=b; Path=/api",
                        "Content-Location: /elsewhere",
                        "Set-Cookie: c=d; Path=/elsewhere");
    }

    @Test
    void theUpstreamsOriginIsNotShown() throws Exception {
        RawUpstream own = RawUpstream.always("");
        URI uri = own.uri();
        own.close();
        RawUpstream upstream = new RawUpstream(
                exchange -> {
                    exchange.send(answer("Location: " + uri + "/x\r\nContent-Location: http://a.example:81/x\r\n"
                            + "Set-Cookie: a=b; Domain=a.example\r\n"));
                    return true;
                },
                uri.getPort());
        HostPolicy host = new HostPolicy(HostPolicy.Kind.NAME, "a.example:81");
        String head = head(upstream, uri, host, "/", false, "/q");
        assertThat(head.split("\r\n"))
                .contains(
                        "Location: http://client.example/x",
                        "Content-Location: http://client.example/x",
                        "Set-Cookie: a=b");
    }

    @Test
    void theMountItselfIsAskedForWithoutASlash() throws Exception {
        for (String[] row : new String[][] {{"/api", "Location: /api/x"}, {"/api/", "Location: x"}}) {
            RawUpstream upstream = RawUpstream.always(answer("Location: x\r\n"));
            assertThat(head(upstream, upstream.uri(), Configs.CLIENT_HOST, "/api", true, row[0])
                            .split("\r\n"))
                    .contains(row[1]);
        }
    }

    @Test
    void theOriginIsTheOneThatATrustedProxyNames() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(answer("Location: http://client.example/x\r\n"))) {
            PoolConfig pool = Configs.pool(List.of(upstream.uri()));
            ForwardedConfig forwarded = new ForwardedConfig(
                    true,
                    true,
                    List.of(AddressRange.parse("127.0.0.1")),
                    ForwardedConfig.Family.X_FORWARDED,
                    null,
                    null);
            LbConfig config = new LbConfig(List.of(Configs.mount("/api", true)), Map.of(pool.name(), pool), forwarded);
            try (BalancedServer server = new BalancedServer(config)) {
                assertThat(RawClient.get(
                                        server.port(),
                                        "/api/",
                                        "Host: client.example",
                                        "X-Forwarded-Host: shop.example",
                                        "X-Forwarded-Proto: https")
                                .field("location"))
                        .isEqualTo("https://shop.example/api/x");
            }
        }
    }

    @Test
    void overHttp2ItIsTheSame() throws Exception {
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.setFollowRedirects(false);
        client.start();
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    String host = exchange.head().split("\r\n")[1].substring("Host: ".length());
                    exchange.send(answer("Location: http://" + host + "/x\r\nSet-Cookie: a=b; Path=/\r\n"));
                    return true;
                });
                BalancedServer server =
                        new BalancedServer(Configs.pool(List.of(upstream.uri())), Configs.mount("/api", true))) {
            ContentResponse response = client.GET("http://127.0.0.1:" + server.port() + "/api/q");
            assertThat(response.getHeaders().get("Location")).isEqualTo("http://127.0.0.1:" + server.port() + "/api/x");
            assertThat(response.getHeaders().get("Set-Cookie")).isEqualTo("a=b; Path=/api");
            assertThat(response.getHeaders().get("Via")).isEqualTo("1.1 lb");
        } finally {
            client.stop();
        }
    }
}
