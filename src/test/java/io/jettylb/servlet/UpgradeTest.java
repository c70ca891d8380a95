package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.StickyConfig;
import io.jettylb.config.StickyConfig.Fallback;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a client and an upstream agree on another protocol, or do not. */
class UpgradeTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static BalancedServer server(RawUpstream... upstreams) throws Exception {
        return new BalancedServer(
                Configs.pool(Stream.of(upstreams).map(RawUpstream::uri).toList()));
    }

    @Test
    void theHandshakePassesBothWays() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send(
                            "HTTP/1.1 101 Switching Protocols\r\nServer: theirs\r\nUpgrade: WebSocket\r\n"
                                    + "Connection: upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                    + "Sec-WebSocket-Extensions: x; a=\"b, c\"\r\nSet-Cookie: a=\"1\"\r\nSet-Cookie: b=2\r\n\r\n");
                    return Upgrades.echo(exchange);
                });
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            client.send(
                    "GET",
                    "/chat?room=%C3%A9",
                    "Host: client.example",
                    "Connection: keep-alive, Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Protocol: chat, superchat",
                    "Origin: http://client.example");
            assertThat(client.readHead())
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .contains("Server: theirs\r\n", "Upgrade: WebSocket\r\n", "Connection: Upgrade\r\n")
                    .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                    .contains("Sec-WebSocket-Extensions: x; a=\"b, c\"\r\n")
                    .contains("Set-Cookie: a=\"1\"\r\nSet-Cookie: b=2\r\n")
                    .doesNotContain("Content-Length", "Transfer-Encoding");
            assertThat(upstream.heads().get(0))
                    .startsWith("GET /chat?room=%C3%A9 HTTP/1.1\r\n")
                    .contains("Connection: Upgrade\r\n", "Upgrade: websocket\r\n")
                    .contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Version: 13\r\n")
                    .contains("Sec-WebSocket-Protocol: chat, superchat\r\n", "X-Forwarded-For: 127.0.0.1\r\n")
                    .doesNotContain("keep-alive");
        }
    }

    @Test
    void anyOtherAnswerIsAnOrdinaryResponse() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send(
                            switch (requests.getAndIncrement()) {
                                case 0 ->
                                    "HTTP/1.1 401 Unauthorized\r\nUpgrade: h2,h2c\r\nConnection: Upgrade\r\n"
                                            + "WWW-Authenticate: Basic realm=\"a\"\r\nContent-Length: 2\r\n\r\nno";
                                case 1 ->
                                    "HTTP/1.1 426 Upgrade Required\r\nUpgrade: other/2, TLS/1.0\r\n"
                                            + "Connection: Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";
                                default -> OK;
                            });
                    return true;
                });
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/", Upgrades.ASK);
            RawClient.Response refused = client.read();
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.body()).isEqualTo("no");
            assertThat(refused.head()).doesNotContain("Upgrade:", "Connection:");
            client.send("GET", "/", Upgrades.ASK);
            RawClient.Response required = client.read();
            assertThat(required.status()).isEqualTo(426);
            assertThat(required.head()).contains("Upgrade: other/2\r\n", "Connection: Upgrade\r\n");
            client.send("GET", "/");
            assertThat(client.read().body()).isEqualTo("ok");
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    static Stream<Arguments> uninvited() {
        return Stream.of(
                Arguments.of(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test/1\r\nConnection: Upgrade\r\n\r\n", false),
                Arguments.of("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n", true),
                Arguments.of(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test/1, h2c\r\nConnection: Upgrade\r\n\r\n",
                        true),
                Arguments.of("HTTP/1.1 101 Switching Protocols\r\n\r\n", true));
    }

    @ParameterizedTest
    @MethodSource("uninvited")
    void aSwitchThatNobodyAskedForIsAFault(String switching, boolean ask) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(switching + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", ask ? Upgrades.ASK : new String[] {"Host: client.example"});
            assertThat(client.read().status()).isEqualTo(502);
            server.awaitIdle();
            assertThat(server.status().get(0).eligible()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 | Connection: Upgrade, HTTP2-Settings | Upgrade: h2c",
                "HTTP/1.1 | Connection: upgrade                 | Upgrade: TLS/1.0",
                "HTTP/1.1 | Connection: Upgrade                 | Upgrade: HTTP/2.0, H2",
                "HTTP/1.0 | Connection: Upgrade                 | Upgrade: websocket",
            })
    void whatCannotBePassedOnIsServedWithoutIt(String version, String connection, String upgrade) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            // Jetty answers h2c itself where the settings are there, and may refuse it where they are not.
            client.send("GET / " + version + "\r\nHost: client.example\r\n" + connection + "\r\n" + upgrade
                    + "\r\nHTTP2-Settings: \r\n\r\n");
            RawClient.Response response = client.read();
            if (!upgrade.endsWith("h2c")) {
                assertThat(response.body()).isEqualTo("ok");
            }
            assertThat(String.join("", upstream.heads())).doesNotContainIgnoringCase("upgrade", "settings");
        }
    }

    @Test
    void onlyWhatMayBeUsedIsOffered() throws Exception {
        try (RawUpstream upstream = Upgrades.echo();
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            client.send(
                    "GET",
                    "/",
                    "Host: client.example",
                    "Connection: Upgrade, X-Hop",
                    "X-Hop: 1",
                    "Upgrade: TLS/1.0, Test/1",
                    "Upgrade: other");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101");
            assertThat(upstream.heads().get(0))
                    .contains("Connection: Upgrade\r\n", "Upgrade: Test/1, other\r\n")
                    .doesNotContain("TLS", "X-Hop");
        }
    }

    @Test
    void aRequestWithContentIsSentWholeBeforeTheSwitch() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    String body = exchange.body();
                    exchange.send(Upgrades.SWITCH + body);
                    return Upgrades.echo(exchange);
                });
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            client.send("POST / HTTP/1.1\r\n" + String.join("\r\n", Upgrades.ASK)
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            client.send("6\r\n world\r\n0\r\n\r\nearly");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101");
            assertThat(client.readBytes(16)).isEqualTo("hello worldearly");
        }
    }

    @Test
    void anAttemptWithoutAnAnswerIsRepeated() throws Exception {
        try (RawUpstream broken = new RawUpstream(exchange -> false);
                RawUpstream good = Upgrades.echo();
                BalancedServer server = server(broken, good)) {
            for (int i = 0; i < 2; i++) {
                try (RawClient client = Upgrades.open(server.port())) {
                    client.send("hello");
                    assertThat(client.readBytes(5)).isEqualTo("hello");
                }
            }
            assertThat(broken.heads()).isNotEmpty();
            server.awaitIdle();
        }
    }

    @Test
    void aSilentUpstreamIsATimeout() throws Exception {
        Duration brief = Duration.ofMillis(300);
        TimeoutsConfig timeouts =
                new TimeoutsConfig(Duration.ofSeconds(3), brief, brief, Duration.ZERO, Duration.ofHours(1));
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0);
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(silent.uri()), "round-robin", Configs.CLIENT_HOST, timeouts))) {
            assertThat(RawClient.once(server.port(), "GET", "/", Upgrades.ASK).status())
                    .isEqualTo(504);
            server.awaitIdle();
        }
    }

    @Test
    void theClientIsBoundToItsUpstream() throws Exception {
        StickyConfig sticky =
                new StickyConfig("LB", "a secret of some length", Duration.ZERO, Duration.ZERO, Fallback.REBALANCE);
        try (RawUpstream a = Upgrades.echo();
                RawUpstream b = Upgrades.echo();
                BalancedServer server =
                        new BalancedServer(Configs.sticky(Configs.pool(List.of(a.uri(), b.uri())), sticky))) {
            String cookie = null;
            for (int i = 0; i < 4; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    String ask = "GET / HTTP/1.1\r\n" + String.join("\r\n", Upgrades.ASK) + "\r\n";
                    client.send(ask + (cookie == null ? "\r\n" : "Cookie: " + cookie + "\r\n\r\n"));
                    String head = client.readHead();
                    assertThat(head).startsWith("HTTP/1.1 101");
                    if (cookie == null) {
                        cookie = head.substring(head.indexOf("LB="), head.indexOf(';', head.indexOf("LB=")));
                    } else {
                        assertThat(head).doesNotContain("Set-Cookie");
                    }
                }
            }
            assertThat(a.heads().size() * b.heads().size()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {WrappingFilters.Identity.class, WrappingFilters.Compressing.class})
    void filtersMayWrap(Class<? extends Filter> type) throws Exception {
        for (boolean async : new boolean[] {true, false}) {
            try (RawUpstream upstream = Upgrades.echo();
                    BalancedServer server = new BalancedServer(
                            Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
                FilterHolder filter = new FilterHolder(type);
                filter.setAsyncSupported(async);
                ((ServletContextHandler) server.contexts().getHandlers().get(0))
                        .addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
                server.server().start();
                try (RawClient client = Upgrades.open(server.port())) {
                    client.send("hello");
                    assertThat(client.readBytes(5)).isEqualTo("hello");
                }
                server.awaitIdle();
                server.awaitNoLeaks();
            }
        }
    }
}
