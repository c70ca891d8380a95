package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.EjectConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.health.Ejection.Reason;
import io.jettylb.pool.EjectionStatus;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that fail requests are left out, and clients cannot bring that about. */
class OutlierTrafficTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno";

    private static OutlierConfig ejecting(Duration time) {
        return OutlierConfig.DEFAULT.with(new EjectConfig(time, time, 0, 0.34, false));
    }

    private static PoolConfig pool(RawUpstream... upstreams) {
        return Configs.pool(List.of(upstreams).stream().map(RawUpstream::uri).toList());
    }

    private static EjectionStatus ejection(BalancedServer server) {
        return server.status().get(0).ejection();
    }

    private static int get(BalancedServer server) throws IOException {
        int status = RawClient.get(server.port(), "/").status();
        // The verdict follows the response by a moment.
        server.awaitIdle();
        return status;
    }

    /** F9: in a pool of two, too. */
    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "least-request", "peak-ewma"})
    void whoFailsFastAttractsNoTraffic(String strategy) throws Exception {
        try (RawUpstream failing = RawUpstream.always(UNAVAILABLE);
                RawUpstream well = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.balanced(pool(failing, well), strategy))) {
            for (int i = 0; i < 200 && ejection(server) == null; i++) {
                get(server);
            }
            int seen = failing.heads().size();
            // Strategies that remember failures hardly ask it again, and then it does no harm.
            assertThat(seen).isLessThanOrEqualTo(5);
            assertThat(strategy.equals("peak-ewma") || ejection(server).reason() == Reason.CONSECUTIVE_FAILURES)
                    .isTrue();
            if (ejection(server) != null) {
                for (int i = 0; i < 50; i++) {
                    assertThat(get(server)).isEqualTo(200);
                }
                assertThat(failing.heads()).hasSize(seen);
            }
        }
    }

    @Test
    void oneTrialDecidesAboutItsReturn() throws Exception {
        CountDownLatch repaired = new CountDownLatch(1);
        try (RawUpstream moody = new RawUpstream(exchange -> {
                    if (exchange.head().startsWith("GET /trial")) {
                        await(repaired);
                    }
                    exchange.send(repaired.getCount() == 0 ? OK : UNAVAILABLE);
                    return true;
                });
                RawUpstream well = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(moody, well).with(ejecting(Duration.ofMillis(200))));
                RawClient trial = new RawClient(server.port())) {
            for (int i = 0; i < 10; i++) {
                get(server);
            }
            int before = moody.heads().size();
            BalancedServer.await(
                    "its time is over", () -> ejection(server).left().isZero());
            trial.send("GET", "/trial");
            BalancedServer.await("the trial", () -> moody.heads().size() == before + 1);
            for (int i = 0; i < 20; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            }
            assertThat(moody.heads()).hasSize(before + 1);
            repaired.countDown();
            assertThat(trial.read().status()).isEqualTo(200);
            BalancedServer.await("back", () -> ejection(server) == null);
            server.awaitIdle();
            for (int i = 0; i < 4; i++) {
                assertThat(get(server)).isEqualTo(200);
            }
            assertThat(moody.heads()).hasSize(before + 3);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void whoAnswersHalfOfItsRequestsWith500IsEjected() throws Exception {
        try (RawUpstream failing = RawUpstream.always("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno");
                RawUpstream well = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(failing, well).with(wide()))) {
            for (int i = 0; i < 60; i++) {
                get(server);
            }
            assertThat(failing.heads()).hasSize(20);
            assertThat(ejection(server).reason()).isEqualTo(Reason.FAILURE_RATE);
        }
    }

    /** However slow the machine is, all requests are within the window. */
    private static OutlierConfig wide() {
        OutlierConfig config = OutlierConfig.DEFAULT;
        return new OutlierConfig(
                true, 5, 0.5, 20, Duration.ofHours(1), Duration.ZERO, 1.9, 100, config.eject(), config.panic());
    }

    @Test
    void whoBreaksOffItsResponsesIsEjected() throws Exception {
        try (RawUpstream breaking = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    exchange.reset();
                    return false;
                });
                RawUpstream well = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(breaking, well))) {
            readToEnd(server, 10);
            // The verdict may follow the end by a moment.
            BalancedServer.await("ejected", () -> ejection(server) != null);
            readToEnd(server, 30);
            assertThat(breaking.heads()).hasSize(5);
        }
    }

    private static void readToEnd(BalancedServer server, int requests) throws IOException {
        for (int i = 0; i < requests; i++) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("GET", "/", "Connection: close");
                client.readToEnd();
            }
        }
    }

    @Test
    void whoAnswersTooLateIsEjected() throws Exception {
        OutlierConfig config = OutlierConfig.DEFAULT;
        OutlierConfig impatient = new OutlierConfig(
                true, 2, 0, 20, Duration.ofSeconds(10), Duration.ofMillis(300), 0, 100, config.eject(), config.panic());
        try (RawUpstream slow = new RawUpstream(exchange -> {
                    long until = System.nanoTime() + Duration.ofMillis(400).toNanos();
                    while (System.nanoTime() - until < 0) {
                        Thread.onSpinWait();
                    }
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(slow, slow).with(impatient))) {
            BalancedServer.await("one of them ejected", () -> {
                try {
                    get(server);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                return server.status().stream().anyMatch(u -> u.ejection() != null);
            });
        }
    }

    /** An upstream may close a connection at any time between two responses. */
    @Test
    void connectionsThatWereClosedInTheMeantimeBlameNobody() throws Exception {
        try (RawUpstream closing = new RawUpstream(exchange -> {
                    if (!exchange.head().contains("fresh")) {
                        return false;
                    }
                    exchange.send(OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(closing, closing))) {
            for (int i = 0; i < 20; i++) {
                // The first one leaves connections, on which the next one is never answered.
                RawClient.get(server.port(), "/fresh");
                server.awaitIdle();
                RawClient.once(server.port(), "POST", "/", "Content-Length: 0");
                server.awaitIdle();
            }
            assertThat(closing.heads().stream().filter(head -> head.startsWith("POST")))
                    .hasSizeGreaterThanOrEqualTo(20);
            assertThat(server.status()).allMatch(u -> u.eligible() && u.ejections() == 0);
        }
    }

    /** The limit of the whole exchange is not the upstream's if it waits for the client, or sends for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theTotalTimeoutBlamesNobodyForClientsAndStreams(boolean slowClient) throws Exception {
        TimeoutsConfig timeouts = new TimeoutsConfig(
                Duration.ofSeconds(3), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(3), Duration.ZERO);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
            if (!slowClient) {
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            }
            exchange.body();
            return true;
        })) {
            PoolConfig pool =
                    Configs.pool(List.of(upstream.uri(), upstream.uri()), "round-robin", Configs.CLIENT_HOST, timeouts);
            try (BalancedServer server = new BalancedServer(pool)) {
                List<RawClient> clients = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    RawClient client = new RawClient(server.port());
                    client.send("POST", "/", "Connection: close", "Content-Length: " + (slowClient ? 10 : 4));
                    client.send("half");
                    clients.add(client);
                }
                for (RawClient client : clients) {
                    client.readToEnd();
                    client.close();
                }
                server.awaitIdle();
                assertThat(server.status()).allMatch(u -> u.eligible() && u.ejections() == 0);
            }
        }
    }

    private static URI nobody() throws IOException {
        try (RawUpstream gone = RawUpstream.always(OK)) {
            return gone.uri();
        }
    }

    @ParameterizedTest
    @EnumSource(PanicConfig.Mode.class)
    void aPanicInWhichNobodyCanBeReachedIsAnsweredWith503(PanicConfig.Mode mode) throws Exception {
        PoolConfig pool = Configs.pool(List.of(nobody(), nobody(), nobody()))
                .with(OutlierConfig.DEFAULT.with(new PanicConfig(1, mode)));
        try (BalancedServer server = new BalancedServer(pool)) {
            assertThat(server.loadBalancer().getPanickingPools()).isEmpty();
            for (int i = 0; i < 3; i++) {
                RawClient.Response answer = RawClient.get(server.port(), "/");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.field("retry-after")).isNotNull();
            }
            assertThat(server.loadBalancer().getPanickingPools()).containsExactly("p");
        }
    }

    @Test
    void aPanicAsksWhomNobodyElseWould() throws Exception {
        try (RawUpstream failing = RawUpstream.always(UNAVAILABLE);
                RawUpstream well = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(failing, well)
                        // A retry would take a turn, too.
                        .with(new RetryConfig(1))
                        .with(OutlierConfig.DEFAULT.with(new PanicConfig(1, PanicConfig.Mode.IGNORE_HEALTH))))) {
            for (int i = 0; i < 20; i++) {
                get(server);
            }
            assertThat(ejection(server)).isNotNull();
            assertThat(failing.heads()).hasSize(10);
        }
    }
}
