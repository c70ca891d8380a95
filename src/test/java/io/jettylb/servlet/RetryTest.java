package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a failed attempt is repeated elsewhere, and when it must not be. */
class RetryTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** A port on which nobody listens: taken and given back. */
    private static URI nobody() throws Exception {
        try (RawUpstream gone = RawUpstream.always(OK)) {
            return gone.uri();
        }
    }

    private static RawUpstream resetting() {
        return new RawUpstream(exchange -> {
            exchange.body();
            exchange.reset();
            return false;
        });
    }

    @Test
    void whatWasNotSentGoesToTheNextUpstreamWhateverItsMethod() throws Exception {
        try (RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(nobody(), alive.uri())))) {
            for (int i = 0; i < 6; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send("POST", "/", "Content-Length: 4");
                    client.send("body");
                    assertThat(client.read().body()).isEqualTo("ok");
                    assertThat(alive.takeBody()).isEqualTo("body");
                }
            }
            assertThat(alive.heads()).hasSize(6);
            assertThat(server.status())
                    .extracting("id", "eligible")
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("u0", false),
                            org.assertj.core.groups.Tuple.tuple("u1", true));
        }
    }

    @Test
    void anIdempotentRequestWithoutAnswerIsReplayed() throws Exception {
        try (RawUpstream broken = resetting();
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(broken.uri(), alive.uri())))) {
            for (String method : List.of("GET", "OPTIONS", "DELETE", "PUT", "GET", "DELETE")) {
                assertThat(RawClient.once(server.port(), method, "/").status())
                        .as(method)
                        .isEqualTo(200);
            }
            assertThat(broken.heads()).isNotEmpty();
            assertThat(alive.heads()).hasSize(6);
        }
    }

    @Test
    void aPostThatWasSentIsNeverDuplicated() throws Exception {
        try (RawUpstream broken = resetting();
                RawUpstream alive = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(broken.uri(), alive.uri())))) {
            int failed = 0;
            for (int i = 0; i < 10; i++) {
                int status = RawClient.once(server.port(), "POST", "/", "Content-Length: 0")
                        .status();
                assertThat(status).isIn(200, 502);
                failed += status == 502 ? 1 : 0;
            }
            assertThat(failed).isEqualTo(broken.heads().size()).isEqualTo(5);
            assertThat(alive.heads()).hasSize(5);
        }
    }

    @Test
    void anAnswerThatBeganIsNotReplayed() throws Exception {
        try (RawUpstream cut = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
                    exchange.reset();
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(cut.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            // Either nothing was passed on yet and the answer is ours, or the response is visibly cut.
            String all = client.readToEnd();
            assertThat(all.startsWith("HTTP/1.1 502")
                            || all.contains("Content-Length: 10\r\n") && all.endsWith("\r\n\r\n"))
                    .as(all)
                    .isTrue();
            assertThat(cut.heads()).hasSize(1);
        }
    }

    @Test
    void attemptsAreCounted() throws Exception {
        try (RawUpstream a = resetting();
                RawUpstream b = resetting();
                RawUpstream c = resetting();
                RawUpstream d = resetting();
                BalancedServer server = new BalancedServer(Configs.pool(List.of(a.uri(), b.uri(), c.uri(), d.uri())))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(502);
            assertThat(a.heads().size()
                            + b.heads().size()
                            + c.heads().size()
                            + d.heads().size())
                    .isEqualTo(3);
            assertThat(List.of(a, b, c, d))
                    .allSatisfy(u -> assertThat(u.heads().size()).isLessThan(2));
        }
    }

    @Test
    void nobodyThereIs503WithRetryAfter() throws Exception {
        try (BalancedServer server = new BalancedServer(Configs.pool(List.of(nobody(), nobody())))) {
            for (int i = 0; i < 3; i++) {
                RawClient.Response response = RawClient.get(server.port(), "/");
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.field("retry-after")).isEqualTo("1");
                assertThat(response.field("content-type")).startsWith("text/plain");
                assertThat(response.body()).isEqualTo("503 Service Unavailable: No upstream is available.\n");
            }
            assertThat(server.status()).filteredOn("eligible", true).hasSize(1);
        }
    }

    @Test
    void aSilentUpstreamIs504AndNotTriedAgain() throws Exception {
        TimeoutsConfig timeouts = new TimeoutsConfig(
                Duration.ofSeconds(3), Duration.ofMillis(300), Duration.ofSeconds(30), Duration.ZERO, Duration.ZERO);
        RawUpstream.Script silent = exchange -> exchange.in().read() >= 0;
        try (RawUpstream a = new RawUpstream(silent);
                RawUpstream b = new RawUpstream(silent);
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(a.uri(), b.uri()), "round-robin", Configs.CLIENT_HOST, timeouts))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(504);
            assertThat(a.heads().size() + b.heads().size()).isEqualTo(1);
            server.awaitIdle();
        }
    }

    @Test
    void aTotalTimeoutEndsTheExchange() throws Exception {
        TimeoutsConfig timeouts = new TimeoutsConfig(
                Duration.ofSeconds(3),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofMillis(400),
                Duration.ZERO);
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0);
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(silent.uri()), "round-robin", Configs.CLIENT_HOST, timeouts))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(504);
            server.awaitIdle();
        }
    }

    /** Answers one request on each connection as if it kept it, and resets it with the next one in its hands. */
    private static RawUpstream.Script oneRequestEach() {
        Set<Object> seen = ConcurrentHashMap.newKeySet();
        return exchange -> {
            if (!seen.add(exchange.in())) {
                exchange.reset();
                return false;
            }
            exchange.body();
            exchange.send(OK);
            return true;
        };
    }

    @Test
    void aStaleConnectionFailsNoGet() throws Exception {
        try (RawUpstream closing = new RawUpstream(oneRequestEach());
                RawUpstream other = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(closing.uri(), other.uri())))) {
            for (int i = 0; i < 20; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aStaleConnectionToTheOnlyUpstreamFailsNoGetAndDuplicatesNoPost() throws Exception {
        try (RawUpstream closing = new RawUpstream(oneRequestEach());
                BalancedServer server = new BalancedServer(Configs.pool(List.of(closing.uri())))) {
            for (int i = 0; i < 20; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            }
            int before = closing.heads().size();
            for (int i = 0; i < 10; i++) {
                RawClient.once(server.port(), "POST", "/", "Content-Length: 0");
            }
            assertThat(closing.heads().size() - before).isEqualTo(10);
            server.awaitIdle();
        }
    }

    @Test
    void anUpstreamThatBreaksFreshConnectionsIsTriedAgainOnlyIfThereIsNoOther() throws Exception {
        try (RawUpstream broken = resetting();
                BalancedServer server = new BalancedServer(Configs.pool(List.of(broken.uri())))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(502);
            assertThat(broken.heads()).hasSize(3);
            assertThat(RawClient.once(server.port(), "POST", "/", "Content-Length: 0")
                            .status())
                    .isEqualTo(502);
            assertThat(broken.heads()).hasSize(4);
            server.awaitIdle();
        }
    }

    @Test
    void anUpstreamThatDiesWithManyRequestsFailsNone() throws Exception {
        CountDownLatch death = new CountDownLatch(1);
        RawUpstream.Script dying = exchange -> {
            if (exchange.head().contains("/hold")) {
                awaitQuietly(death);
                exchange.reset();
                return false;
            }
            exchange.send(OK);
            return true;
        };
        try (RawUpstream first = new RawUpstream(dying);
                RawUpstream second = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(
                        Configs.balanced(Configs.pool(List.of(first.uri(), second.uri())), "first"))) {
            try (RawClient client = new RawClient(server.port())) {
                for (int i = 0; i < 200; i++) {
                    client.send("GET", "/");
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                RawClient client = new RawClient(server.port());
                clients.add(client);
                client.send("GET", "/hold");
            }
            BalancedServer.await(
                    "all are upstream",
                    () -> first.heads().stream()
                                    .filter(head -> head.contains("/hold"))
                                    .count()
                            == 30);
            death.countDown();
            for (RawClient client : clients) {
                assertThat(client.read().status()).isEqualTo(200);
                client.close();
            }
            server.awaitIdle();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
