package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.config.DrainConfig;
import io.jettylb.config.InitialHealth;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.ProbeRequest;
import io.jettylb.config.ProbeType;
import io.jettylb.config.StatusRange;
import io.jettylb.config.StickyConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see of upstreams that are being taken out of service. */
class DrainTrafficTest {

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofMinutes(5);

    private final List<RawUpstream> upstreams = new ArrayList<>();
    private volatile boolean wanted = true;

    /** Answers with its name, and to probes as a test wants. */
    private URI upstream(String name) {
        RawUpstream upstream = new RawUpstream(exchange -> {
            exchange.body();
            boolean refuses = exchange.head().startsWith("GET /health") && name.equals("a") && !wanted;
            String status = refuses ? "404 Not Found" : "200 OK";
            exchange.send("HTTP/1.1 " + status + "\r\nContent-Length: 1\r\n\r\n" + name);
            return true;
        });
        upstreams.add(upstream);
        return upstream.uri();
    }

    @AfterEach
    void close() throws IOException {
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
    }

    private PoolConfig sticky(Duration deadline) {
        return sticky(Configs.pool(List.of(upstream("a"), upstream("b")))).with(new DrainConfig(deadline));
    }

    private static PoolConfig sticky(PoolConfig pool) {
        return Configs.sticky(
                pool, new StickyConfig("LB", null, Duration.ZERO, Duration.ZERO, StickyConfig.Fallback.REBALANCE));
    }

    /** The cookie of a client that is bound to an upstream. */
    private static String cookie(BalancedServer server, String upstream) throws IOException {
        while (true) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            if (response.body().equals(upstream)) {
                return "Cookie: " + response.field("set-cookie").split(";")[0];
            }
        }
    }

    private static String get(BalancedServer server, String... fields) throws IOException {
        RawClient.Response response = RawClient.get(server.port(), "/", fields);
        return response.status() == 200 ? response.body() : String.valueOf(response.status());
    }

    @Test
    void aDrainKeepsBoundClientsUntilTheDeadline() throws Exception {
        try (BalancedServer server = new BalancedServer(sticky(LONG))) {
            String bound = cookie(server, "a");
            server.loadBalancer().drain("p", "u0");

            assertThat(get(server, bound)).isEqualTo("a");
            assertThat(get(server) + get(server) + get(server)).isEqualTo("bbb");
            server.awaitIdle();
            assertThat(server.loadBalancer().upstreams("p").get(0)).startsWith("u0: drain, 0 in flight, 29");
            server.loadBalancer().maintenance("p", "u0");
            assertThat(get(server, bound)).isEqualTo("b");
            server.loadBalancer().ready("p", "u0");
            assertThat(get(server) + get(server)).contains("a");
        }
    }

    @Test
    void afterTheDeadlineBoundClientsGoElsewhere() throws Exception {
        try (BalancedServer server = new BalancedServer(sticky(SHORT))) {
            String bound = cookie(server, "a");
            server.loadBalancer().drain("p", "u0");

            BalancedServer.await("elsewhere", () -> {
                try {
                    return get(server, bound).equals("b");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void whoIsRemovedKeepsBoundClientsToo() throws Exception {
        PoolConfig both = sticky(LONG);
        try (BalancedServer server = new BalancedServer(both)) {
            String bound = cookie(server, "a");
            server.loadBalancer()
                    .apply(Configs.config(both.with(both.upstreams().subList(1, 2)), Configs.mount("/", false)));

            assertThat(get(server, bound)).isEqualTo("a");
            assertThat(get(server) + get(server)).isEqualTo("bb");
            server.awaitIdle();
            assertThat(server.loadBalancer().upstreams("p").get(1)).startsWith("u0: removed, 0 in flight, ");
        }
    }

    @Test
    void tunnelsAreClosedAtTheDeadline() throws Exception {
        try (RawUpstream echo = Upgrades.echo();
                BalancedServer server =
                        new BalancedServer(Configs.pool(List.of(echo.uri())).with(new DrainConfig(SHORT)));
                RawClient tunnel = Upgrades.open(server.port())) {
            tunnel.send("before");
            assertThat(tunnel.readBytes(6)).isEqualTo("before");
            server.loadBalancer().drain("p", "u0");
            assertThat(tunnel.readToEnd()).isEmpty();
            server.awaitIdle();
        }
    }

    @Test
    void tunnelsToOneThatWasRemovedAreClosedAtTheDeadline() throws Exception {
        try (RawUpstream echo = Upgrades.echo();
                BalancedServer server =
                        new BalancedServer(Configs.pool(List.of(echo.uri())).with(new DrainConfig(SHORT)));
                RawClient tunnel = Upgrades.open(server.port())) {
            server.loadBalancer()
                    .apply(Configs.config(
                            Configs.pool(List.of(upstream("b"))).with(new DrainConfig(SHORT)),
                            Configs.mount("/", false)));
            assertThat(tunnel.readToEnd()).isEmpty();
            BalancedServer.await("gone", () -> server.status().size() == 1);
        }
    }

    @Test
    void theLastOneMayBeDrainedAndThenThereIsNobody() throws Exception {
        try (BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream("a"))))) {
            server.loadBalancer().drain("p", "u0");
            assertThat(get(server)).isEqualTo("503");
            server.loadBalancer().ready("p", "u0");
            assertThat(get(server)).isEqualTo("a");
        }
    }

    @Test
    void whatIsNotThereCannotBeDrained() throws Exception {
        try (BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream("a"))))) {
            assertThatThrownBy(() -> server.loadBalancer().drain("q", "u0"))
                    .hasMessage("pool: q (expected: one of [p])");
            assertThatThrownBy(() -> server.loadBalancer().drain("p", "u7")).hasMessage("p/u7: no such upstream");
        }
    }

    /** Nobody would close it later, and the upstream would never be drained. */
    @Test
    void aWebSocketThatOpensAfterTheDeadlineIsClosed() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch drained = new CountDownLatch(1);
        try (RawUpstream slow = new RawUpstream(exchange -> {
                    asked.countDown();
                    BalancedServer.await("drained", () -> drained.getCount() == 0);
                    exchange.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
                    return exchange.in().read() >= 0;
                });
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(slow.uri(), slow.uri())).with(new DrainConfig(Duration.ZERO)));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/", "Connection: Upgrade", "Upgrade: other");
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            server.loadBalancer().drain("p", "u0");
            server.loadBalancer().drain("p", "u1");
            drained.countDown();
            assertThat(client.readHead()).startsWith("HTTP/1.1 101");
            assertThat(client.readToEnd()).isEmpty();
            server.awaitIdle();
        }
    }

    private static ProbeConfig expecting(int last) {
        ProbeConfig probe = Configs.PROBE;
        return new ProbeConfig(
                probe.path(),
                probe.interval(),
                probe.timeout(),
                probe.fall(),
                probe.rise(),
                probe.fastInterval(),
                probe.jitter(),
                List.of(new StatusRange(200, last)));
    }

    @ParameterizedTest
    @ValueSource(ints = {399, 499})
    void an404OfTheProbeDrainsWhateverIsExpected(int expected) throws Exception {
        ProbeCheck check =
                new ProbeCheck(ProbeType.HTTP, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", true, true);
        PoolConfig pool =
                Configs.probed(sticky(LONG), expecting(expected).with(null, InitialHealth.UNTIL_FIRST_PROBE, check));
        try (BalancedServer server = new BalancedServer(pool)) {
            String bound = cookie(server, "a");
            wanted = false;
            BalancedServer.await(
                    "drained", () -> server.loadBalancer().upstreams("p").get(0).startsWith("u0: drain"));
            assertThat(get(server) + get(server) + get(server)).isEqualTo("bbb");
            assertThat(get(server, bound)).isEqualTo("a");
            RawUpstream a = upstreams.get(0);
            BalancedServer.await(
                    "told",
                    () -> a.heads().stream().anyMatch(head -> head.contains("X-LB-Upstream-State: drain; pool=p")));
            wanted = true;
            BalancedServer.await(
                    "in service",
                    () -> server.loadBalancer().upstreams("p").get(0).startsWith("u0: up"));
        }
    }

    @Test
    void itIsReadyFromTheStartToTheBeginningOfTheStop() throws Exception {
        BalancedServer server = new BalancedServer(
                Configs.config(Configs.pool(List.of(upstream("a"))), Configs.mount("/", false)), true);
        assertThat(server.loadBalancer().isReady()).isFalse();
        server.server().start();
        assertThat(server.loadBalancer().isReady()).isTrue();
        server.close();
        assertThat(server.loadBalancer().isReady()).isFalse();
    }
}
