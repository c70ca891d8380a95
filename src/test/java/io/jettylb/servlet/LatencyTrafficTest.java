package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traffic under strategies that look at response times, and at what upstreams tell of their load. */
class LatencyTrafficTest {

    private final List<Member> members = new ArrayList<>();

    /** An upstream that answers as the test tells it. */
    private static final class Member {
        private final RawUpstream upstream = new RawUpstream(this::answer);
        private final CountDownLatch released = new CountDownLatch(1);
        private volatile boolean held;
        private volatile String status = "200 OK";
        private volatile String load;
        private volatile String probedLoad;

        private boolean answer(RawUpstream.Exchange exchange) throws IOException {
            boolean probe = exchange.head().startsWith("GET /load");
            String told = probe ? probedLoad : load;
            if (held && !probe) {
                await(released);
            }
            exchange.send("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n"
                    + (told == null ? "" : "X-Requests-In-Flight: " + told + "\r\n") + "\r\n");
            return true;
        }

        int requests() {
            return (int) upstream.heads().stream()
                    .filter(head -> !head.startsWith("GET /load"))
                    .count();
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
        for (Member member : members) {
            member.released.countDown();
            member.upstream.close();
        }
    }

    private PoolConfig pool(int size, String strategy, Object... options) {
        for (int i = 0; i < size; i++) {
            members.add(new Member());
        }
        return Configs.balanced(
                Configs.pool(members.stream().map(m -> m.upstream.uri()).toList()), strategy, options);
    }

    private static void get(BalancedServer server, int times) throws IOException {
        try (RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < times; i++) {
                client.send("GET", "/x");
                assertThat(client.read().status()).isIn(200, 503);
            }
        }
    }

    /** The slow one is slow by as much as the whole test before it: no machine is so uneven. */
    @Test
    void aSlowUpstreamGetsNoMoreThanItsTrial() throws Exception {
        PoolConfig pool = pool(2, "least-response-time", "decay", "1h");
        Member slow = members.get(0);
        Member fast = members.get(1);
        slow.held = true;
        long start = System.nanoTime();
        try (BalancedServer server = new BalancedServer(pool);
                RawClient first = new RawClient(server.port());
                RawClient second = new RawClient(server.port())) {
            first.send("GET", "/x");
            BalancedServer.await("one request", () -> slow.requests() + fast.requests() == 1);
            boolean slowFirst = slow.requests() == 1;
            if (!slowFirst) {
                assertThat(first.read().status()).isEqualTo(200);
            }
            second.send("GET", "/x");
            BalancedServer.await("one request each", () -> slow.requests() == 1 && fast.requests() == 1);
            if (slowFirst) {
                assertThat(second.read().status()).isEqualTo(200);
            }
            long known = System.nanoTime() - start;
            get(server, 20);
            assertThat(slow.requests()).as("not flooded before it has answered").isEqualTo(1);
            long waited = System.nanoTime();
            BalancedServer.await(
                    "as long as all before", () -> System.nanoTime() - waited > Math.min(known, 5_000_000_000L));
            slow.released.countDown();
            assertThat((slowFirst ? first : second).read().status()).isEqualTo(200);
            server.awaitIdle();
            get(server, 20);
            assertThat(slow.requests()).isEqualTo(1);
            assertThat(fast.requests()).isEqualTo(41);
        }
    }

    /** With a penalty beyond any pause of the machine. */
    @ParameterizedTest
    @ValueSource(strings = {"least-response-time", "peak-ewma", "prequal"})
    void whatFailsFastAttractsNothing(String strategy) throws Exception {
        PoolConfig pool = pool(3, strategy, "penalty", 1_000_000, "decay", "1h");
        members.get(1).status = "503 Overloaded";
        try (BalancedServer server = new BalancedServer(pool)) {
            get(server, 60);
            assertThat(members.get(1).requests()).isBetween(1, 3);
        }
    }

    @Test
    void aCooperatingUpstreamTellsItsLoadInResponses() throws Exception {
        PoolConfig pool = pool(2, "prequal", "max-age", "1h", "rif-quantile", 0);
        members.get(0).load = "500";
        members.get(1).load = "1";
        try (BalancedServer server = new BalancedServer(pool)) {
            get(server, 30);
            assertThat(members.get(0).requests()).isLessThanOrEqualTo(2);
            assertThat(members.get(1).requests()).isGreaterThanOrEqualTo(28);
        }
    }

    @Test
    void whatAnUpstreamTellsOfItsLoadIsNotForClients() throws Exception {
        PoolConfig pool = pool(1, "prequal");
        members.get(0).load = "7";
        try (BalancedServer server = new BalancedServer(pool)) {
            assertThat(RawClient.get(server.port(), "/x").head()).doesNotContainIgnoringCase("X-Requests-In-Flight");
        }
    }

    @Test
    void whereNobodyListensTheFieldIsTheApplications() throws Exception {
        PoolConfig pool = pool(1, "least-request");
        members.get(0).load = "7";
        try (BalancedServer server = new BalancedServer(pool)) {
            assertThat(RawClient.get(server.port(), "/x").head()).contains("X-Requests-In-Flight: 7");
        }
    }

    @Test
    void upstreamsAreAskedForTheirLoadAsideFromTraffic() throws Exception {
        PoolConfig pool = pool(2, "prequal", "probe-path", "/load", "max-age", "1h", "rif-quantile", 0);
        members.get(0).probedLoad = "500";
        members.get(1).probedLoad = "1";
        try (BalancedServer server = new BalancedServer(pool)) {
            BalancedServer.await("all to the idle one", () -> tenMoreGoTo(server, 1));
            assertThat(members.get(1).upstream.heads())
                    .anySatisfy(head ->
                            assertThat(head).startsWith("GET /load HTTP/1.1").contains("jetty-lb-probe"));
            members.get(0).probedLoad = "1";
            members.get(1).probedLoad = "500";
            BalancedServer.await("all to the other", () -> tenMoreGoTo(server, 0));
        }
    }

    /** Probes that nobody answers, or with something else, harm nobody. */
    @Test
    void withoutAnswersTrafficGoesOn() throws Exception {
        PoolConfig pool = pool(2, "prequal", "probe-path", "/load", "max-age", "20ms");
        members.get(0).probedLoad = "unknown";
        members.get(1).upstream.close();
        try (BalancedServer server = new BalancedServer(pool)) {
            get(server, 30);
            assertThat(members.get(0).requests()).isEqualTo(30);
        }
    }

    private boolean tenMoreGoTo(BalancedServer server, int index) {
        int before = members.get(index).requests();
        try {
            get(server, 10);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
        return members.get(index).requests() == before + 10;
    }
}
