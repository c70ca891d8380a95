package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.BackoffConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConditions;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.StatusRange;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that are no answers, and answers that take too long. */
class RetryStatusTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String BUSY = "HTTP/1.1 503 Busy\r\nX-Own: yes\r\nContent-Length: 4\r\n\r\nbusy";
    private static final RetryConfig RULES = new RetryConfig(3);

    private static PoolConfig pool(RetryConfig retry, RawUpstream... upstreams) {
        List<URI> uris = new ArrayList<>();
        for (RawUpstream upstream : upstreams) {
            uris.add(upstream.uri());
        }
        return Configs.pool(uris).with(retry);
    }

    private static RetryConditions timeouts() {
        return new RetryConditions(true, true, true, List.of(new StatusRange(502, 504)));
    }

    @Test
    void anErrorOfOneIsTheAnswerOfAnother() throws Exception {
        try (RawUpstream busy = RawUpstream.always(BUSY);
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, busy, alive))) {
            for (int i = 0; i < 10; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            assertThat(busy.heads()).hasSizeGreaterThanOrEqualTo(5);
            assertThat(busy.connections())
                    .as("a small response costs no connection")
                    .isEqualTo(1);
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 501, 404, 429})
    void otherStatusesArePassedOn(int status) throws Exception {
        try (RawUpstream other = RawUpstream.always("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n");
                BalancedServer server = new BalancedServer(pool(RULES, other))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(status);
            assertThat(other.heads()).hasSize(1);
        }
    }

    @Test
    void aPostIsPassedOnWithItsError() throws Exception {
        try (RawUpstream busy = RawUpstream.always(BUSY);
                BalancedServer server = new BalancedServer(pool(RULES, busy));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: 1");
            client.send("x");
            assertThat(client.read().status()).isEqualTo(503);
            assertThat(busy.heads()).hasSize(1);
        }
    }

    @Test
    void ifNobodyIsLeftTheUpstreamsOwnErrorIsPassedOn() throws Exception {
        try (RawUpstream a = RawUpstream.always(BUSY);
                RawUpstream b = RawUpstream.always(BUSY);
                RawUpstream c = RawUpstream.always(BUSY);
                BalancedServer server = new BalancedServer(pool(RULES, a, b, c))) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body()).isEqualTo("busy");
            assertThat(response.field("x-own")).isEqualTo("yes");
            assertThat(List.of(a.heads(), b.heads(), c.heads()))
                    .allSatisfy(heads -> assertThat(heads).hasSize(1));
            server.awaitIdle();
        }
    }

    @Test
    void theOnlyUpstreamIsAskedAgain() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (RawUpstream recovering = new RawUpstream(exchange -> {
                    exchange.send(count.incrementAndGet() < 3 ? BUSY : OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(RULES, recovering))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            assertThat(recovering.heads()).hasSize(3);
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Retry-After: 2, 1",
        "Retry-After: 99999999999, 1",
        "Retry-After: soon, 1",
        "Retry-After: Thu%2C 01 Jan 2026 00:00:10 GMT, 1",
        "Date: Thu%2C 01 Jan 2026 00:00:00 GMT|Retry-After: Thu%2C 01 Jan 2026 00:00:02 GMT, 1",
        "Date: Thu%2C 01 Jan 2026 00:00:00 GMT|Retry-After: Thu%2C 01 Jan 2026 00:00:00 GMT, 3",
        "Date: Thu%2C 01 Jan 2026 00:00:02 GMT|Retry-After: Thu%2C 01 Jan 2026 00:00:00 GMT, 3",
        "Retry-After: 0, 3"
    })
    void whatIsToBeWaitedForTooLongIsPassedOn(String fields, int requests) throws Exception {
        String head = fields.replace("%2C", ",").replace("|", "\r\n");
        try (RawUpstream busy =
                        RawUpstream.always("HTTP/1.1 503 Busy\r\n" + head + "\r\nContent-Length: 4\r\n\r\nbusy");
                BalancedServer server = new BalancedServer(pool(RULES, busy))) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body()).isEqualTo("busy");
            assertThat(busy.heads()).hasSize(requests);
        }
    }

    @Test
    void retryAfterIsWaitedForAtTheSameUpstreamOnly() throws Exception {
        RetryConfig patient =
                RULES.with(new BackoffConfig(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1)));
        String later = "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
        AtomicInteger count = new AtomicInteger();
        List<Long> times = new ArrayList<>();
        try (RawUpstream recovering = new RawUpstream(exchange -> {
                    times.add(System.nanoTime());
                    exchange.send(count.incrementAndGet() == 1 ? later : OK);
                    return true;
                });
                BalancedServer server = new BalancedServer(pool(patient, recovering))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            assertThat(times.get(1) - times.get(0))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(1).toNanos());
        }
        // Hours for the same one, nothing for another one.
        String hours = "HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n";
        try (RawUpstream busy = RawUpstream.always(hours);
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(patient, busy, alive))) {
            for (int i = 0; i < 4; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            assertThat(busy.heads()).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void aLargeErrorCostsItsConnectionAndNotTheMemory() throws Exception {
        String large = "HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(1_000_000);
        try (RawUpstream busy = RawUpstream.always(large);
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, busy, alive))) {
            for (int i = 0; i < 6; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            assertThat(busy.connections())
                    .isGreaterThanOrEqualTo(3)
                    .isEqualTo(busy.heads().size());
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void anErrorThatDoesNotEndIsNotWaitedFor() throws Exception {
        try (RawUpstream endless = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nx");
                    return exchange.in().read() >= 0;
                });
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(RULES, endless, alive))) {
            for (int i = 0; i < 4; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            server.awaitIdle();
        }
    }

    @Test
    void nothingIsRepeatedWithoutConditions() throws Exception {
        RetryConfig off = RULES.with(RetryConditions.NONE);
        try (RawUpstream gone = RawUpstream.always(OK);
                RawUpstream alive = RawUpstream.always(OK)) {
            gone.close();
            try (BalancedServer server = new BalancedServer(pool(off, gone, alive))) {
                assertThat(RawClient.get(server.port(), "/").status()
                                + RawClient.get(server.port(), "/").status())
                        .as("one of two is lost")
                        .isEqualTo(503 + 200);
            }
        }
    }

    @Test
    void theBudgetKeepsErrorsFromBeingMultiplied() throws Exception {
        RetryConfig none = RULES.with(new RetryBudgetConfig(0, 0));
        try (RawUpstream busy = RawUpstream.always(BUSY);
                RawUpstream alive = RawUpstream.always(OK);
                RawUpstream gone = RawUpstream.always(OK)) {
            gone.close();
            try (BalancedServer server = new BalancedServer(pool(none, busy, alive))) {
                assertThat(RawClient.get(server.port(), "/").status()
                                + RawClient.get(server.port(), "/").status())
                        .isEqualTo(503 + 200);
            }
            try (BalancedServer server = new BalancedServer(pool(none, gone, alive))) {
                for (int i = 0; i < 3; i++) {
                    assertThat(RawClient.get(server.port(), "/").status())
                            .as("what was not sent is free")
                            .isEqualTo(200);
                }
            }
        }
    }

    @Test
    void whoeverIsSlowIsGivenUpForAnother() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        RetryConfig impatient = RULES.with(timeouts()).withPerTryTimeout(Duration.ofMillis(200));
        try (RawUpstream stopped = new RawUpstream(exchange -> {
                    await(end);
                    return false;
                });
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(impatient, stopped, alive))) {
            for (int i = 0; i < 4; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            assertThat(stopped.heads()).isNotEmpty();
            server.awaitIdle();
            end.countDown();
        }
    }

    @Test
    void aPostIsNotGivenUp() throws Exception {
        RetryConfig impatient = RULES.with(timeouts()).withPerTryTimeout(Duration.ofMillis(250));
        CountDownLatch end = new CountDownLatch(1);
        try (RawUpstream slow = new RawUpstream(exchange -> {
                    exchange.body();
                    await(end);
                    exchange.send(OK);
                    return true;
                });
                RawUpstream other = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(impatient, slow, other));
                RawClient first = new RawClient(server.port());
                RawClient second = new RawClient(server.port())) {
            first.send("POST", "/", "Content-Length: 1");
            first.send("x");
            second.send("POST", "/", "Content-Length: 1");
            second.send("x");
            BalancedServer.await(
                    "both are upstream",
                    () -> slow.heads().size() + other.heads().size() == 2);
            // Far longer than the timeout of a try: the answer comes when the upstream gives it.
            pass(server, 900);
            end.countDown();
            assertThat(first.read().body()).isEqualTo("ok");
            assertThat(second.read().body()).isEqualTo("ok");
            assertThat(slow.heads()).hasSize(1);
        }
    }

    @Test
    void theLastOneIsWaitedFor() throws Exception {
        RetryConfig impatient = RULES.with(timeouts()).withPerTryTimeout(Duration.ofMillis(250));
        CountDownLatch end = new CountDownLatch(1);
        RawUpstream.Script slow = exchange -> {
            await(end);
            exchange.send(OK);
            return true;
        };
        try (RawUpstream a = new RawUpstream(slow);
                RawUpstream b = new RawUpstream(slow);
                BalancedServer server = new BalancedServer(pool(impatient, a, b));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            BalancedServer.await(
                    "both were asked", () -> a.heads().size() + b.heads().size() == 2);
            pass(server, 900);
            end.countDown();
            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(a.heads().size() + b.heads().size()).isEqualTo(2);
            server.awaitIdle();
        }
    }

    @Test
    void aSlowClientIsNotTakenForASlowUpstream() throws Exception {
        RetryConfig impatient = RULES.with(timeouts()).withPerTryTimeout(Duration.ofMillis(250));
        try (RawUpstream a = RawUpstream.always(OK);
                RawUpstream b = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(impatient, a, b));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: 3");
            for (int i = 0; i < 3; i++) {
                pass(server, 400);
                client.send("x");
            }
            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(a.heads().size() + b.heads().size()).isEqualTo(1);
        }
    }

    @Test
    void aTimeoutIsRepeatedElsewhereIfThatIsWanted() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        TimeoutsConfig timeouts = new TimeoutsConfig(
                Duration.ofSeconds(3), Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO);
        try (RawUpstream silent = new RawUpstream(exchange -> {
                    await(end);
                    return false;
                });
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(silent.uri(), alive.uri()), "round-robin", Configs.CLIENT_HOST, timeouts)
                                .with(RULES.with(timeouts())))) {
            for (int i = 0; i < 4; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            assertThat(silent.heads()).isNotEmpty();
            end.countDown();
        }
    }

    /** Lets at least so many milliseconds pass by the timer of the server. */
    private static void pass(BalancedServer server, long millis) {
        CountDownLatch passed = new CountDownLatch(1);
        server.server().getScheduler().schedule(passed::countDown, millis, TimeUnit.MILLISECONDS);
        await(passed);
    }

    private static void await(CountDownLatch end) {
        try {
            assertThat(end.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
