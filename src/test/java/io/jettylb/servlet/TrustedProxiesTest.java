package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.AddressRange;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.ForwardedConfig.Family;
import io.jettylb.config.LbConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

/** Whose word about the client is passed on (traps F12, J5). */
class TrustedProxiesTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String[] LOOPBACK = {"127.0.0.0/8", "::1"};
    private static final String OURS = "for=127.0.0.1;proto=http;host=client.example";

    private static LbConfig config(RawUpstream upstream, Family prefer, String... trusted) {
        ForwardedConfig forwarded = new ForwardedConfig(
                true, true, Arrays.stream(trusted).map(AddressRange::parse).toList(), prefer, "X-Request-ID", "lb");
        return new LbConfig(
                List.of(Configs.mount("/", false)), Map.of("p", Configs.pool(List.of(upstream.uri()))), forwarded);
    }

    /** The forwarding fields that arrive, in lower case and in order. */
    private static List<String> told(Family prefer, String[] trusted, String... fields) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(upstream, prefer, trusted))) {
            List<String> sent = new ArrayList<>(List.of("Host: client.example"));
            sent.addAll(List.of(fields));
            assertThat(RawClient.get(server.port(), "/", sent.toArray(String[]::new))
                            .status())
                    .isEqualTo(200);
            return told(upstream);
        }
    }

    private static List<String> told(RawUpstream upstream) {
        return Arrays.stream(upstream.heads().get(upstream.heads().size() - 1).split("\r\n"))
                .filter(line -> line.toLowerCase(Locale.ROOT).contains("forwarded"))
                .toList();
    }

    private static List<String> told(String... fields) throws Exception {
        return told(Family.X_FORWARDED, LOOPBACK, fields);
    }

    @Test
    void aPeerThatIsNotInTheListIsNotBelieved() throws Exception {
        assertThat(told(
                        Family.X_FORWARDED,
                        new String[] {"10.0.0.0/8"},
                        "X-Forwarded-For: 10.0.0.1",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Prefix: /evil",
                        "Forwarded: for=10.0.0.1"))
                .containsExactly(
                        "X-Forwarded-For: 127.0.0.1",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Host: client.example",
                        "X-Forwarded-Port: 80",
                        "Forwarded: " + OURS);
    }

    @Test
    void aTrustedProxyThatSaysNothingIsTheClient() throws Exception {
        assertThat(told())
                .containsExactly(
                        "X-Forwarded-For: 127.0.0.1",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Host: client.example",
                        "X-Forwarded-Port: 80",
                        "Forwarded: " + OURS);
    }

    @Test
    void xForwardedIsAppendedToAndForwardedIsDerived() throws Exception {
        assertThat(told(
                        "X-Forwarded-For: 203.0.113.9:4711, 2001:db8::1",
                        "X-Forwarded-For: [2001:db8::2]:80",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: shop.example",
                        "X-Forwarded-Prefix: /outer",
                        "X_Forwarded_For: evil"))
                .containsExactly(
                        "X-Forwarded-Prefix: /outer",
                        "X-Forwarded-For: 203.0.113.9:4711, 2001:db8::1, [2001:db8::2]:80, 127.0.0.1",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: shop.example",
                        "X-Forwarded-Port: 443",
                        "Forwarded: for=\"203.0.113.9:4711\", for=\"[2001:db8::1]\","
                                + " for=\"[2001:db8::2]:80\";proto=https;host=shop.example, " + OURS);
    }

    @Test
    void forwardedIsAppendedToAndXForwardedIsDerived() throws Exception {
        assertThat(told(
                        "Forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=\"shop.example:8443\";by=_edge",
                        "Forwarded: for=_hidden, for=127.0.0.9"))
                .containsExactly(
                        "X-Forwarded-For: 2001:db8::1, unknown, 127.0.0.9, 127.0.0.1",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Host: client.example",
                        "X-Forwarded-Port: 80",
                        "Forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=\"shop.example:8443\";by=_edge,"
                                + " for=_hidden, for=127.0.0.9, " + OURS);
        assertThat(told("Forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=\"shop.example:8443\";by=_edge"))
                .containsExactly(
                        "X-Forwarded-For: 2001:db8::1, 127.0.0.1",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: shop.example:8443",
                        "X-Forwarded-Port: 8443",
                        "Forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=\"shop.example:8443\";by=_edge, "
                                + OURS);
    }

    @Test
    void onlyASchemeIsTheClientsOfThePeer() throws Exception {
        assertThat(told("X-Forwarded-Proto: https"))
                .containsExactly(
                        "X-Forwarded-For: 127.0.0.1",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: client.example",
                        "X-Forwarded-Port: 443",
                        "Forwarded: for=127.0.0.1;proto=https;host=client.example");
    }

    @Test
    void bothAreKeptWhereTheyAgree() throws Exception {
        assertThat(told(
                        "X-Forwarded-For: 203.0.113.9",
                        "X-Forwarded-Proto: https",
                        "Forwarded: for=\"203.0.113.9:99\";by=_b;proto=https"))
                .contains(
                        "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
                        "X-Forwarded-Proto: https",
                        "Forwarded: for=\"203.0.113.9:99\";by=_b;proto=https, " + OURS);
    }

    @Test
    void whereTheyContradictEachOtherThePreferredOneCounts() throws Exception {
        String[] fields = {
            "X-Forwarded-For: 203.0.113.9",
            "X-Forwarded-Proto: https",
            "Forwarded: for=198.51.100.7;proto=gopher;host=evil.example"
        };
        assertThat(told(fields))
                .contains(
                        "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: client.example",
                        "Forwarded: for=203.0.113.9;proto=https, " + OURS);
        assertThat(told(Family.RFC7239, LOOPBACK, fields))
                .contains(
                        "X-Forwarded-For: 198.51.100.7, 127.0.0.1",
                        "X-Forwarded-Proto: gopher",
                        "X-Forwarded-Host: evil.example",
                        "Forwarded: for=198.51.100.7;proto=gopher;host=evil.example, " + OURS);
        // The same way, but not the same scheme.
        assertThat(told(
                        "X-Forwarded-For: 203.0.113.9",
                        "X-Forwarded-Proto: https",
                        "Forwarded: for=203.0.113.9;proto=http"))
                .contains("X-Forwarded-Proto: https", "Forwarded: for=203.0.113.9;proto=https, " + OURS);
    }

    @Test
    void whatCannotBeReadHidesNobodyBehindTheProxy() throws Exception {
        assertThat(told("Forwarded: for=\"open, for=203.0.113.9"))
                .contains("X-Forwarded-For: unknown, 127.0.0.1", "Forwarded: for=unknown, " + OURS);
        assertThat(told("X-Forwarded-For: \"evil\" <x>, 203.0.113.9"))
                .contains(
                        "X-Forwarded-For: unknown, 203.0.113.9, 127.0.0.1",
                        "Forwarded: for=unknown, for=203.0.113.9, " + OURS);
        assertThat(told("X-Forwarded-Host: a\";for=evil", "X-Forwarded-Proto: https;host=evil", "X-Forwarded-Port: x"))
                .contains("Forwarded: " + OURS, "X-Forwarded-Port: 80", "X-Forwarded-Proto: http");
    }

    @Test
    void overHttp2ItIsTheSame() throws Exception {
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(upstream, Family.X_FORWARDED, LOOPBACK))) {
            String own = "127.0.0.1:" + server.port();
            client.newRequest("127.0.0.1", server.port())
                    .headers(h -> h.add("Forwarded", "for=\"[2001:db8::1]\";proto=https;host=shop.example"))
                    .send();
            assertThat(told(upstream))
                    .containsExactly(
                            "X-Forwarded-For: 2001:db8::1, 127.0.0.1",
                            "X-Forwarded-Proto: https",
                            "X-Forwarded-Host: shop.example",
                            "X-Forwarded-Port: 443",
                            "Forwarded: for=\"[2001:db8::1]\";proto=https;host=shop.example,"
                                    + " for=127.0.0.1;proto=http;host=\"" + own + "\"");
            assertThat(upstream.heads().get(0)).contains("Host: " + own + "\r\n", "Via: 2.0 lb\r\n");
        } finally {
            client.stop();
        }
    }

    @Test
    void onceThereIsAListTheCustomizersWordDoesNotCount() throws Exception {
        String[] forged = {"X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https"};
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(upstream, Family.X_FORWARDED, "10.0.0.0/8"))) {
            customize(server);
            RawClient.get(server.port(), "/", forged);
            assertThat(told(upstream)).contains("X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http");
        }
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(upstream, Family.X_FORWARDED, LOOPBACK))) {
            customize(server);
            RawClient.get(server.port(), "/", forged);
            assertThat(told(upstream)).contains("X-Forwarded-For: 203.0.113.9, 127.0.0.1", "X-Forwarded-Proto: https");
        }
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(upstream, Family.X_FORWARDED))) {
            customize(server);
            RawClient.get(server.port(), "/", forged);
            assertThat(told(upstream)).contains("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https");
        }
    }

    private static void customize(BalancedServer server) {
        for (ConnectionFactory factory : server.connector().getConnectionFactories()) {
            if (factory instanceof HttpConnectionFactory http) {
                http.getHttpConfiguration().addCustomizer(new ForwardedRequestCustomizer());
            }
        }
    }

    @Test
    void withTheProxyProtocolThePeerIsWhoItNames() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(upstream, Family.X_FORWARDED, "2001:db8::/32"))) {
            ServerConnector connector = new ServerConnector(
                    server.server(), 1, 1, new ProxyConnectionFactory(), new HttpConnectionFactory());
            connector.setHost("127.0.0.1");
            server.server().addConnector(connector);
            connector.start();
            for (String peer : List.of("2001:db8::7", "2001:db9::7")) {
                try (RawClient client = new RawClient(connector.getLocalPort())) {
                    client.send("PROXY TCP6 " + peer + " 2001:db8::1 4711 80\r\n"
                            + "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            String trusted = InetAddress.getByName("2001:db8::7").getHostAddress();
            String other = InetAddress.getByName("2001:db9::7").getHostAddress();
            assertThat(upstream.heads().get(0))
                    .contains(
                            "X-Forwarded-For: 203.0.113.9, " + trusted + "\r\n",
                            "Forwarded: for=203.0.113.9, for=\"[" + trusted + "]\";proto=http;host=a\r\n");
            assertThat(upstream.heads().get(1))
                    .contains(
                            "X-Forwarded-For: " + other + "\r\n",
                            "Forwarded: for=\"[" + other + "]\";proto=http;host=a\r\n");
        }
    }

    @Test
    void aHugeListIsCutAndNothingBreaks() throws Exception {
        byte[] bytes = "192.0.2.1,".repeat(600).getBytes(StandardCharsets.UTF_8);
        List<String> told = told("X-Forwarded-For: " + new String(bytes, StandardCharsets.UTF_8));
        assertThat(told.get(0))
                .startsWith("X-Forwarded-For: unknown, 192.0.2.1, ")
                .hasSizeLessThan(600);
    }
}
