package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.SharesConfig;
import io.jettylb.config.SlowStartConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What decides about an upstream's share, as clients see it. */
class SharesTrafficTest {

    private static final LoadReportConfig LISTENING = new LoadReportConfig(
            "X-Load-Balancing-Endpoint-Weight", "X-In-Flight", true, true, Duration.ofMinutes(3), Duration.ZERO, 1);

    private final List<Member> members = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);

    /** An upstream that says who it is, and whatever else a test wants; requests of /held wait. */
    private final class Member {
        private final String id = "u" + members.size();
        private final RawUpstream upstream = new RawUpstream(this::answer);
        private final AtomicInteger held = new AtomicInteger();
        private volatile String fields = "";
        private volatile String health = "";

        Member() {
            members.add(this);
        }

        private boolean answer(RawUpstream.Exchange exchange) throws IOException {
            if (exchange.head().startsWith("GET /health")) {
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + health.length() + "\r\n\r\n" + health);
                return false;
            }
            if (exchange.head().startsWith("GET /held")) {
                held.incrementAndGet();
                await(released);
            }
            exchange.send("HTTP/1.1 200 OK\r\nA: 1\r\n" + fields + "B: 2\r\nContent-Length: 2\r\n\r\n" + id);
            return true;
        }

        UpstreamConfig limited(int maxRequests) {
            return new UpstreamConfig(id, upstream.uri(), 1, null, maxRequests, 0, "");
        }

        UpstreamConfig backup() {
            return new UpstreamConfig(id, upstream.uri(), 1, null, UpstreamConfig.UNLIMITED, 1, "");
        }

        UpstreamConfig plain() {
            return new UpstreamConfig(id, upstream.uri(), 1);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("never released");
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    @AfterEach
    void close() throws Exception {
        released.countDown();
        for (Member member : members) {
            member.upstream.close();
        }
    }

    private static PoolConfig pool(UpstreamConfig... upstreams) {
        return Configs.members(Configs.pool(List.of()), List.of(upstreams));
    }

    private static PoolConfig listening(PoolConfig pool) {
        return pool.with(new SharesConfig(SlowStartConfig.OFF, ZoneConfig.NONE, LISTENING));
    }

    private static void answered(BalancedServer server) {
        try {
            RawClient.get(server.port(), "/x");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static TreeSet<String> served(BalancedServer server, int requests, String... fields) throws IOException {
        TreeSet<String> ids = new TreeSet<>();
        for (int i = 0; i < requests; i++) {
            ids.add(RawClient.get(server.port(), "/x", fields).body());
        }
        return ids;
    }

    /** The cookie that a response sets, as a browser sends it back. */
    private static String cookie(RawClient.Response response) {
        return response.head()
                .lines()
                .filter(line -> line.startsWith("Set-Cookie: LB="))
                .map(line -> line.substring("Set-Cookie: ".length()).split(";")[0])
                .findFirst()
                .orElseThrow();
    }

    @Test
    void withAllFullTheClientIsToldToComeBack() throws Exception {
        Member a = new Member();
        Member b = new Member();
        try (BalancedServer server = new BalancedServer(pool(a.limited(1), b.limited(1)));
                RawClient first = new RawClient(server.port());
                RawClient second = new RawClient(server.port())) {
            first.send("GET", "/held");
            second.send("GET", "/held");
            BalancedServer.await("both busy", () -> a.held.get() == 1 && b.held.get() == 1);
            RawClient.Response refused = RawClient.get(server.port(), "/x");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.head()).containsIgnoringCase("\r\nRetry-After: 1\r\n");

            released.countDown();
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().status()).isEqualTo(200);
            server.awaitIdle();
            assertThat(served(server, 4)).hasSize(2);
        }
    }

    @Test
    void aClientOfAFullUpstreamIsServedElsewhereAndStaysBound() throws Exception {
        Member a = new Member();
        Member b = new Member();
        StickyConfig sticky = new StickyConfig(
                "LB", "a secret of some length", Duration.ZERO, Duration.ZERO, StickyConfig.Fallback.REBALANCE);
        PoolConfig pool = Configs.sticky(pool(a.limited(1), b.limited(1)), sticky);
        try (BalancedServer server = new BalancedServer(pool);
                RawClient busy = new RawClient(server.port())) {
            RawClient.Response bound = RawClient.get(server.port(), "/x");
            Member own = bound.body().equals("u0") ? a : b;
            String cookie = "Cookie: " + cookie(bound);
            server.awaitIdle();
            busy.send("GET", "/held", cookie);
            BalancedServer.await("its upstream busy", () -> own.held.get() == 1);

            RawClient.Response elsewhere = RawClient.get(server.port(), "/x", cookie);
            assertThat(elsewhere.status()).isEqualTo(200);
            assertThat(elsewhere.body()).isNotEqualTo(bound.body());
            assertThat(elsewhere.head()).doesNotContain("Set-Cookie");

            released.countDown();
            busy.read();
            server.awaitIdle();
            assertThat(RawClient.get(server.port(), "/x", cookie).body()).isEqualTo(bound.body());
        }
    }

    @Test
    void aBackupTakesOverWithinTheRequest() throws Exception {
        Member a = new Member();
        Member b = new Member();
        try (BalancedServer server = new BalancedServer(pool(a.plain(), b.backup()))) {
            assertThat(served(server, 5)).containsExactly("u0");
            a.upstream.close();
            assertThat(served(server, 5)).containsExactly("u1");
        }
    }

    @Test
    void aWeightOfZeroLeavesBoundClients() throws Exception {
        Member a = new Member();
        Member b = new Member();
        StickyConfig sticky = new StickyConfig(
                "LB", "a secret of some length", Duration.ZERO, Duration.ZERO, StickyConfig.Fallback.REBALANCE);
        try (BalancedServer server = new BalancedServer(Configs.sticky(pool(a.plain(), b.plain()), sticky))) {
            RawClient.Response bound = RawClient.get(server.port(), "/x");
            String cookie = "Cookie: " + cookie(bound);
            server.loadBalancer().weight("p", bound.body(), 0);

            assertThat(served(server, 6)).hasSize(1).doesNotContain(bound.body());
            assertThat(served(server, 3, cookie)).containsExactly(bound.body());
            assertThatThrownBy(() -> server.loadBalancer().weight("none", "u0", 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatAnUpstreamSaysInItsResponsesCountsAndGoesNoFurther() throws Exception {
        Member a = new Member();
        Member b = new Member();
        a.fields = "x-load-balancing-endpoint-weight: 25\r\nX-In-Flight: 3\r\nC: 3\r\n"
                + "endpoint-load-metrics: TEXT cpu_utilization=0.3\r\nEndpoint-Load-Metrics-Bin: CZ==\r\n";
        try (BalancedServer server = new BalancedServer(listening(pool(a.plain(), b.plain())))) {
            for (int i = 0; i < 2; i++) {
                RawClient.Response response = RawClient.get(server.port(), "/x");
                if (response.body().equals("u0")) {
                    assertThat(response.head())
                            .contains("A: 1\r\nC: 3\r\nB: 2\r\n")
                            .doesNotContainIgnoringCase("endpoint")
                            .doesNotContainIgnoringCase("in-flight");
                } else {
                    assertThat(response.head()).contains("A: 1\r\nB: 2\r\n");
                }
            }
            assertThat(server.status())
                    .extracting(UpstreamStatus::effectiveWeight)
                    .containsExactly(25, 100);
        }
    }

    @Test
    void whatCannotBeReadIsIgnored() throws Exception {
        Member a = new Member();
        a.fields = "X-Load-Balancing-Endpoint-Weight: lots\r\nendpoint-load-metrics: {{{\r\nX-In-Flight: -1\r\n";
        try (BalancedServer server = new BalancedServer(listening(pool(a.plain())))) {
            assertThat(RawClient.get(server.port(), "/x").status()).isEqualTo(200);
            assertThat(server.status())
                    .extracting(UpstreamStatus::effectiveWeight)
                    .containsExactly(1);
        }
    }

    @Test
    void withoutTheBlockTheFieldsPass() throws Exception {
        Member a = new Member();
        a.fields = "X-Load-Balancing-Endpoint-Weight: 25\r\n";
        try (BalancedServer server = new BalancedServer(pool(a.plain()))) {
            assertThat(RawClient.get(server.port(), "/x").head())
                    .contains("A: 1\r\nX-Load-Balancing-Endpoint-Weight: 25\r\nB: 2\r\n");
            assertThat(server.status())
                    .extracting(UpstreamStatus::effectiveWeight)
                    .containsExactly(1);
        }
    }

    @Test
    void agentsSpeakInTheAnswersToProbes() throws Exception {
        Member a = new Member();
        Member b = new Member();
        a.health = "up 50% maxconn:7\n";
        try (BalancedServer server = new BalancedServer(listening(Configs.probed(pool(a.plain(), b.plain()))))) {
            BalancedServer.await("weight of the agent", () -> {
                // A change that had to wait is taken in by the next request.
                answered(server);
                return server.status().get(0).effectiveWeight() == 50
                        && server.status().get(1).effectiveWeight() == 100;
            });
            a.health = "drain\n";
            BalancedServer.await("drained", () -> !server.status().get(0).eligible());
            assertThat(server.status().get(0).up()).isTrue();
            assertThat(served(server, 5)).containsExactly("u1");
            a.health = "ready 100%\n";
            BalancedServer.await("back", () -> server.status().get(0).eligible());
            assertThat(served(server, 5)).containsExactly("u0", "u1");
        }
    }
}
