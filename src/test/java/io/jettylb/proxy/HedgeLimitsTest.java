package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HedgeConfig;
import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.StickyConfig.Fallback;
import io.jettylb.pool.RetryBudget;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests are hedged, after which time, and how many at once. */
class HedgeLimitsTest extends HedgedUpstreams {

    /** The time after which a request would be hedged is over: one that came later is. */
    private void awaitHedgeOfALaterOne(BalancedServer server, CountDownLatch hedged) throws Exception {
        try (RawClient later = new RawClient(server.port())) {
            later.send("GET", "/later");
            await(hedged);
        }
    }

    /** An upstream that answers nothing; tells when it gets the second attempt of the later request. */
    private List<URI> silent(CountDownLatch first, CountDownLatch hedged, AtomicInteger attempts) {
        AtomicInteger later = new AtomicInteger();
        return upstreams(3, (number, exchange) -> {
            exchange.body();
            if (exchange.head().contains(" /later ")) {
                if (later.incrementAndGet() == 2) {
                    hedged.countDown();
                }
            } else {
                attempts.incrementAndGet();
                first.countDown();
            }
            return hang(exchange, new CountDownLatch(1));
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                "PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ntoo large",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
            })
    void whatMustNotBeSentTwiceIsNotHedged(String request) throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch hedged = new CountDownLatch(1);
        AtomicInteger attempts = new AtomicInteger();
        List<URI> uris = silent(first, hedged, attempts);
        try (BalancedServer server = new BalancedServer(pool(uris, RULES.withBuffer(8)));
                RawClient client = new RawClient(server.port())) {
            client.send(request);
            await(first);
            awaitHedgeOfALaterOne(server, hedged);
            assertThat(attempts).hasValue(1);
        }
    }

    @Test
    void aRequestWhoseClientHasNotSentAllOfItIsNotHedged() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch hedged = new CountDownLatch(1);
        AtomicInteger later = new AtomicInteger();
        List<URI> uris = upstreams(3, (number, exchange) -> {
            if (exchange.head().contains(" /later ") && later.incrementAndGet() == 2) {
                hedged.countDown();
            } else {
                began.countDown();
            }
            return hang(exchange, new CountDownLatch(1));
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: 4");
            client.send("ha");
            await(began);
            awaitHedgeOfALaterOne(server, hedged);
            assertThat(arrived()).isEqualTo(3);
        }
    }

    @Test
    void aClientIsNotHedgedAwayFromItsSession() throws Exception {
        StickyConfig sticky = new StickyConfig("LB", "secret", Duration.ZERO, Duration.ZERO, Fallback.REBALANCE);
        CountDownLatch bound = new CountDownLatch(1);
        CountDownLatch hedged = new CountDownLatch(1);
        AtomicInteger attempts = new AtomicInteger();
        AtomicInteger later = new AtomicInteger();
        List<URI> uris = upstreams(3, (number, exchange) -> {
            if (exchange.head().contains(" /login ")) {
                return send(exchange, OK);
            }
            if (exchange.head().contains(" /later ")) {
                if (later.incrementAndGet() == 2) {
                    hedged.countDown();
                }
            } else {
                attempts.incrementAndGet();
                bound.countDown();
            }
            return hang(exchange, new CountDownLatch(1));
        });
        try (BalancedServer server = new BalancedServer(
                        Configs.sticky(Configs.pool(uris), sticky).with(RULES));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/login");
            String cookie = client.read().field("set-cookie");
            client.send("GET", "/", "Cookie: " + cookie.substring(0, cookie.indexOf(';')));
            await(bound);
            awaitHedgeOfALaterOne(server, hedged);
            assertThat(attempts).hasValue(1);
        }
    }

    @Test
    void thereAreNoMoreSecondAttemptsThanTheBudgetAllows() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        List<URI> uris = upstreams(3, (number, exchange) -> {
            await(refused);
            return send(exchange, OK);
        });
        RetryConfig rules = RULES.with(new RetryBudgetConfig(0, 1));
        try (BalancedServer server = new BalancedServer(pool(uris, rules))) {
            RetryBudget budget = budget(server);
            try (RawClient one = new RawClient(server.port());
                    RawClient two = new RawClient(server.port())) {
                one.send("GET", "/");
                BalancedServer.await("a second attempt", () -> budget.active() == 1);
                two.send("GET", "/");
                BalancedServer.await("a refusal", () -> budget.refused() == 1);
                BalancedServer.await("all attempts", () -> arrived() == 3);
                refused.countDown();
                assertThat(one.read().body()).isEqualTo("ok");
                assertThat(two.read().body()).isEqualTo("ok");
            }
            assertThat(budget.granted()).isEqualTo(1);
            assertNobodyIsBlamed(server);
        }
    }

    @Test
    void aPercentileBeginsWhenItIsKnown() throws Exception {
        AtomicInteger slow = new AtomicInteger();
        CountDownLatch closed = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            boolean hangs = exchange.head().contains(" /slow ") && slow.incrementAndGet() == 1;
            return hangs ? hang(exchange, closed) : send(exchange, OK);
        });
        RetryConfig rules = RULES.with(new HedgeConfig(Duration.ZERO, 0.95));
        try (BalancedServer server = new BalancedServer(pool(uris, rules));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 2 * HedgeDelay.MIN_COUNT; i++) {
                client.send("GET", "/");
                assertThat(client.read().body()).isEqualTo("ok");
            }
            client.send("GET", "/slow");
            assertThat(client.read().body()).isEqualTo("ok");
            await(closed);
            assertNobodyIsBlamed(server);
        }
    }
}
