package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Second attempts beside slow ones: who answers the client, what becomes of the other, and who is not hedged at all. */
class HedgeTest extends HedgedUpstreams {

    @Test
    void theSecondAttemptAnswersForASlowOneWhichIsEnded() throws Exception {
        CountDownLatch closed = new CountDownLatch(10);
        List<URI> uris =
                upstreams(2, (number, exchange) -> number % 2 == 1 ? hang(exchange, closed) : send(exchange, OK));
        try (BalancedServer server = new BalancedServer(pool(uris, RULES))) {
            for (int i = 0; i < 10; i++) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            }
            await(closed);
            assertThat(arrived()).isEqualTo(20);
            assertThat(budget(server).granted()).isEqualTo(10);
            assertNobodyIsBlamed(server);
            server.awaitNoLeaks();
        }
    }

    @Test
    void theFirstAttemptMayStillBeTheQuickerOne() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            if (number == 1) {
                await(second);
                return send(exchange, OK);
            }
            second.countDown();
            return hang(exchange, closed);
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            await(closed);
            assertThat(arrived()).isEqualTo(2);
            assertNobodyIsBlamed(server);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theOneThatFailsLeavesTheOther(int failing) throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch failed = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            if (number == 2) {
                second.countDown();
            }
            await(second);
            if (number == failing) {
                exchange.reset();
                failed.countDown();
                return false;
            }
            await(failed);
            return send(exchange, OK);
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            assertThat(arrived()).isEqualTo(2);
            assertNobodyIsBlamed(server);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void whenBothHaveFailedTheUsualRulesHold(int attempts) throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        List<URI> uris = upstreams(3, (number, exchange) -> {
            if (number == 3) {
                return send(exchange, OK);
            }
            if (number == 2) {
                second.countDown();
            }
            await(second);
            exchange.reset();
            return false;
        });
        RetryConfig rules =
                new RetryConfig(attempts).with(new RetryBudgetConfig(1, 1_000)).with(SOON);
        try (BalancedServer server = new BalancedServer(pool(uris, rules))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(attempts == 2 ? 502 : 200);
            assertThat(arrived()).isEqualTo(attempts);
            assertNobodyIsBlamed(server);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aResponseThatIsToBeRepeatedIsNotTheFirstOne(int bad) throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            if (number == 2) {
                second.countDown();
            }
            await(second);
            if (number == bad) {
                exchange.send(BUSY);
                answered.countDown();
                return true;
            }
            await(answered);
            return send(exchange, OK);
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            assertNobodyIsBlamed(server);
        }
    }

    @Test
    void theLastResponseIsPassedOnWhateverItIs() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            if (number == 2) {
                second.countDown();
            }
            await(second);
            return send(exchange, BUSY);
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("busy");
            assertThat(arrived()).isEqualTo(2);
            assertNobodyIsBlamed(server);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
            })
    void contentThatWasKeptIsSentToBoth(String request) throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            exchange.body();
            return number == 1 ? hang(exchange, closed) : send(exchange, OK);
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES));
                RawClient client = new RawClient(server.port())) {
            client.send(request);
            assertThat(client.read().body()).isEqualTo("ok");
            await(closed);
            for (RawUpstream upstream : upstreams) {
                assertThat(upstream.takeBody()).isEqualTo("body");
            }
            // The connection of the client goes on.
            client.send("GET", "/");
            assertThat(client.read().body()).isEqualTo("ok");
            assertNobodyIsBlamed(server);
        }
    }

    @Test
    void whenTimeIsUpBothAreEnded() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        List<URI> uris = upstreams(2, (number, exchange) -> hang(exchange, closed));
        Duration none = Duration.ZERO;
        TimeoutsConfig timeouts = new TimeoutsConfig(Duration.ofSeconds(3), none, none, Duration.ofSeconds(2), none);
        PoolConfig pool =
                Configs.pool(uris, "round-robin", Configs.CLIENT_HOST, timeouts).with(RULES);
        try (BalancedServer server = new BalancedServer(pool)) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(504);
            await(closed);
            assertThat(arrived()).isEqualTo(2);
            assertNobodyIsBlamed(server);
        }
    }

    @Test
    void theSlowerOneIsGivenUpWhenATryMayTakeNoLonger() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        // Whichever of the two comes first: it is given up, and so is the other one after it, for a third.
        List<URI> uris = upstreams(3, (number, exchange) -> {
            if (number == 1) {
                return hang(exchange, closed);
            }
            await(closed);
            return send(exchange, OK);
        });
        RetryConditions late = new RetryConditions(true, true, true, List.of(new StatusRange(503, 503)));
        RetryConfig rules = new RetryConfig(3)
                .with(new RetryBudgetConfig(1, 1_000))
                .with(SOON)
                .with(late)
                .withPerTryTimeout(Duration.ofMillis(200));
        try (BalancedServer server = new BalancedServer(pool(uris, rules))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            assertNobodyIsBlamed(server);
        }
    }

    @Test
    void aSlowConnectionAndASlowResponseAreNoTwoReasons() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch hedged = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        List<URI> uris = upstreams(3, (number, exchange) -> {
            if (exchange.head().startsWith("POST")) {
                await(free);
                return send(exchange, OK);
            }
            hedged.countDown();
            await(answer);
            return send(exchange, OK);
        });
        // The first one has a single connection, which is taken: the attempt waits for it.
        PoolConfig pool = Configs.connections(Configs.balanced(Configs.pool(uris), "first"), 1)
                .with(new RetryConfig(3).with(new RetryBudgetConfig(1, 1_000)).with(SOON));
        try (BalancedServer server = new BalancedServer(pool);
                RawClient holder = new RawClient(server.port());
                RawClient client = new RawClient(server.port());
                RawClient other = new RawClient(server.port())) {
            holder.send("POST", "/", "Content-Length: 0");
            BalancedServer.await("the connection is taken", () -> arrived() == 1);
            client.send("GET", "/", "Content-Length: 0");
            await(hedged);
            free.countDown();
            assertThat(holder.read().body()).isEqualTo("ok");
            BalancedServer.await("both attempts", () -> arrived() == 3);
            // When the next one is hedged, this one would have been again.
            other.send("GET", "/later");
            BalancedServer.await("the later one is hedged", () -> budget(server).granted() >= 2);
            answer.countDown();
            assertThat(client.read().body()).isEqualTo("ok");
            assertThat(other.read().body()).isEqualTo("ok");
            assertNobodyIsBlamed(server);
            assertThat(upstreams.get(2).heads()).isEmpty();
        }
    }
}
