package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.StatusRange;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What clients see of upstreams that are probed. */
class ProbedTrafficTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNHEALTHY = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";

    private final List<Sick> upstreams = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);

    /** An upstream that serves every request, while its health may be another matter. */
    private final class Sick {
        private final RawUpstream upstream = new RawUpstream(this::answer);
        private volatile boolean healthy;

        Sick(boolean healthy) {
            this.healthy = healthy;
            upstreams.add(this);
        }

        private boolean answer(RawUpstream.Exchange exchange) throws IOException {
            if (exchange.head().startsWith("GET /held")) {
                await(released);
            }
            boolean probe = exchange.head().startsWith("GET /health");
            exchange.send(probe && !healthy ? UNHEALTHY : OK);
            return !probe;
        }

        long probes() {
            return upstream.heads().stream()
                    .filter(head -> head.startsWith("GET /health"))
                    .count();
        }

        long requests() {
            return upstream.heads().stream()
                    .filter(head -> !head.startsWith("GET /health"))
                    .count();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(15, TimeUnit.SECONDS)) {
                throw new IOException("never released");
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    @AfterEach
    void close() throws Exception {
        released.countDown();
        for (Sick sick : upstreams) {
            sick.upstream.close();
        }
    }

    private PoolConfig pool() {
        List<URI> uris = upstreams.stream().map(sick -> sick.upstream.uri()).toList();
        return Configs.probed(Configs.pool(uris));
    }

    private static PoolConfig withRules(PoolConfig pool, Duration interval, Duration fast, int fall) {
        return Configs.probed(
                pool,
                new ProbeConfig(
                        "/health",
                        interval,
                        Duration.ofSeconds(5),
                        fall,
                        2,
                        fast,
                        0.1,
                        List.of(new StatusRange(200, 299))));
    }

    private static RawClient.Response get(BalancedServer server, String path) throws IOException {
        return RawClient.get(server.port(), path);
    }

    private static void awaitEligible(BalancedServer server, String... ids) {
        BalancedServer.await(
                "eligible: " + List.of(ids),
                () -> server.status().stream()
                        .filter(UpstreamStatus::eligible)
                        .map(UpstreamStatus::id)
                        .toList()
                        .equals(List.of(ids)));
    }

    @Test
    void anUnhealthyUpstreamLeavesAndReturnsWithoutAFailedRequest() throws Exception {
        Sick a = new Sick(true);
        Sick b = new Sick(true);
        try (BalancedServer server = new BalancedServer(pool())) {
            awaitEligible(server, "u0", "u1");
            b.healthy = false;
            awaitEligible(server, "u0");
            long before = b.requests();
            for (int i = 0; i < 20; i++) {
                assertThat(get(server, "/x").status()).isEqualTo(200);
            }
            assertThat(b.requests()).isEqualTo(before);
            assertThat(a.requests()).isGreaterThanOrEqualTo(20);

            b.healthy = true;
            awaitEligible(server, "u0", "u1");
            // It is eligible a moment before it is chosen from.
            for (int i = 0; i < 1000 && b.requests() == before; i++) {
                assertThat(get(server, "/x").status()).isEqualTo(200);
            }
            assertThat(b.requests()).isEqualTo(before + 1);
            // From then on each has its turn.
            long ofA = a.requests();
            assertThat(get(server, "/x").status()).isEqualTo(200);
            assertThat(get(server, "/x").status()).isEqualTo(200);
            assertThat(a.requests()).isEqualTo(ofA + 1);
            assertThat(b.requests()).isEqualTo(before + 2);
        }
    }

    @Test
    void withAllDownTheClientIsToldToComeBackAndFindsTheFirstThatPasses() throws Exception {
        Sick a = new Sick(false);
        Sick b = new Sick(false);
        try (BalancedServer server = new BalancedServer(pool())) {
            BalancedServer.await("probes of both", () -> a.probes() > 2 && b.probes() > 2);
            RawClient.Response refused = get(server, "/x");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.head()).containsIgnoringCase("\r\nRetry-After: 1\r\n");
            assertThat(a.requests() + b.requests()).isZero();

            b.healthy = true;
            awaitEligible(server, "u1");
            assertThat(get(server, "/x").status()).isEqualTo(200);
            // All down once more, and this time b is one that would have to pass twice beside another.
            b.healthy = false;
            awaitEligible(server);
            long probes = b.probes();
            b.healthy = true;
            awaitEligible(server, "u1");
            // One that may have been under way when it recovered, and the one that passed.
            assertThat(b.probes() - probes).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aRequestThatCannotConnectTriggersAProbeAtOnce() throws Exception {
        Sick a = new Sick(true);
        Sick b = new Sick(true);
        PoolConfig pool = withRules(pool(), Duration.ofHours(1), Duration.ofHours(1), 1);
        try (BalancedServer server = new BalancedServer(pool)) {
            awaitEligible(server, "u0", "u1");
            b.upstream.close();
            assertThat(get(server, "/x").status()).isEqualTo(200);
            assertThat(get(server, "/x").status()).isEqualTo(200);
            BalancedServer.await("u1 down", () -> !server.status().get(1).up());
            assertThat(server.status().get(0).up()).isTrue();
            assertThat(a.probes()).isEqualTo(1);
        }
    }

    @Test
    void aSaturatedPoolFailsNoProbe() throws Exception {
        Sick a = new Sick(true);
        PoolConfig probed = pool();
        PoolConfig narrow = Configs.spoken(probed, Protocol.HTTP1, new ConnectionsConfig(1, Duration.ofSeconds(4), 1));
        try (BalancedServer server = new BalancedServer(narrow);
                RawClient client = new RawClient(server.port())) {
            awaitEligible(server, "u0");
            client.send("GET", "/held");
            BalancedServer.await("the only connection in use", () -> a.requests() == 1);
            long probes = a.probes();
            BalancedServer.await("more probes", () -> a.probes() > probes + 3);
            assertThat(server.status().get(0).eligible()).isTrue();
            released.countDown();
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void aStopDoesNotWaitForProbes() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (RawUpstream silent = new RawUpstream(exchange -> {
            asked.countDown();
            await(released);
            return false;
        })) {
            BalancedServer server = new BalancedServer(Configs.probed(Configs.pool(List.of(silent.uri()))));
            await(asked);
            long start = System.nanoTime();
            server.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            assertThat(server.status().get(0).eligible()).isFalse();
        }
    }
}
