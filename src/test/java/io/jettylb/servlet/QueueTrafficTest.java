package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.BreakerConfig;
import io.jettylb.config.EjectConfig;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.QueueConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.BreakerState.Mode;
import io.jettylb.pool.PoolLoad;
import io.jettylb.proxy.LoadBalancer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Connection;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What clients see of limits, queues and breakers. */
class QueueTrafficTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Duration LONG = Duration.ofMinutes(5);

    /** How many held requests may be answered. */
    private final Semaphore answers = new Semaphore(0);

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<RawClient> clients = new ArrayList<>();
    private final RawUpstream upstream = new RawUpstream(this::hold);

    @AfterEach
    void close() throws IOException {
        answers.release(1_000);
        for (RawClient client : clients) {
            client.close();
        }
        upstream.close();
    }

    private boolean hold(RawUpstream.Exchange exchange) throws IOException {
        return hold(exchange, OK);
    }

    private boolean hold(RawUpstream.Exchange exchange, String answer) throws IOException {
        exchange.body();
        try {
            if (!answers.tryAcquire(30, TimeUnit.SECONDS)) {
                throw new IOException("not released");
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
        exchange.send(answer);
        return true;
    }

    private PoolConfig pool(LimitsConfig limits) {
        return Configs.pool(List.of(upstream.uri())).with(limits);
    }

    private static LimitsConfig one(int queue, Duration timeout) {
        return new LimitsConfig(1, queue == 0 ? null : new QueueConfig(queue, timeout), null, null);
    }

    private BalancedServer balanced(PoolConfig pool) throws Exception {
        BalancedServer balanced = new BalancedServer(Configs.config(pool, Configs.mount("/", false)), true);
        balanced.server().setRequestLog((request, response) -> {
            Object cause = request.getAttribute(LoadBalancer.FAILURE_ATTRIBUTE);
            if (cause != null) {
                failures.add(cause.toString());
            }
        });
        balanced.server().start();
        return balanced;
    }

    private RawClient send(BalancedServer server, String path) throws IOException {
        RawClient client = new RawClient(server.port());
        clients.add(client);
        client.send("GET", path);
        return client;
    }

    private static long refused(BalancedServer server) {
        return server.loadBalancer().load("p").refused();
    }

    private static void awaitLoad(BalancedServer server, int inFlight, int waiting) {
        BalancedServer.await(inFlight + " in flight and " + waiting + " waiting", () -> {
            PoolLoad load = server.loadBalancer().load("p");
            return load.inFlight() == inFlight && load.waiting() == waiting;
        });
    }

    private void assertRefused(RawClient.Response response, String text, String cause) {
        assertThat(response.body()).isEqualTo("503 Service Unavailable: " + text + "\n");
        assertThat(response.field("retry-after")).isEqualTo("1");
        BalancedServer.await("the cause " + cause, () -> failures.contains(cause));
    }

    @Test
    void withoutAQueueWhoFindsNoRoomIsRefusedAtOnce() throws Exception {
        try (BalancedServer server = balanced(pool(one(0, LONG)))) {
            RawClient first = send(server, "/1");
            awaitLoad(server, 1, 0);
            assertRefused(
                    RawClient.get(server.port(), "/2"),
                    "The upstreams are busy.",
                    "no room: all upstreams are at their limits");
            assertThat(refused(server)).isOne();
            answers.release();
            assertThat(first.read().body()).isEqualTo("ok");
            server.awaitIdle();
        }
    }

    @Test
    void thoseWhoWaitAreServedInTheirOrderAndTheRestIsRefused() throws Exception {
        try (BalancedServer server = balanced(pool(one(3, LONG)))) {
            List<RawClient> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                waiting.add(send(server, "/" + i));
                awaitLoad(server, 1, i);
            }
            assertRefused(RawClient.get(server.port(), "/4"), "The upstreams are busy.", "no room: the queue is full");
            assertThat(refused(server)).isOne();
            answers.release(4);
            for (RawClient client : waiting) {
                assertThat(client.read().body()).isEqualTo("ok");
            }
            assertThat(upstream.heads())
                    .extracting(head -> head.substring(0, 6))
                    .containsExactly("GET /0", "GET /1", "GET /2", "GET /3");
            awaitLoad(server, 0, 0);
            server.awaitNoLeaks();
        }
    }

    @Test
    void anUploadWaitsWithItsContent() throws Exception {
        try (BalancedServer server = balanced(pool(one(3, LONG)))) {
            RawClient first = send(server, "/0");
            awaitLoad(server, 1, 0);
            RawClient second = new RawClient(server.port());
            clients.add(second);
            second.send("POST", "/", "Content-Length: 5");
            second.send("hello");
            awaitLoad(server, 1, 1);
            answers.release(2);
            assertThat(first.read().body()).isEqualTo("ok");
            assertThat(second.read().body()).isEqualTo("ok");
            assertThat(upstream.takeBody()).isEmpty();
            assertThat(upstream.takeBody()).isEqualTo("hello");
        }
    }

    @Test
    void noLongerThanTheTimeout() throws Exception {
        try (BalancedServer server = balanced(pool(one(3, Duration.ofMillis(50))))) {
            send(server, "/0");
            awaitLoad(server, 1, 0);
            assertRefused(
                    RawClient.get(server.port(), "/1"), "No upstream had room in time.", "no room: queue timeout");
            awaitLoad(server, 1, 0);
        }
    }

    @Test
    void whoseClientLeavesLeavesTheQueue() throws Exception {
        HTTP2Client http2 = new HTTP2Client();
        http2.start();
        try (BalancedServer server = balanced(pool(one(9, LONG)));
                Http2Connection connection = new Http2Connection(http2, server.port(), null)) {
            RawClient first = send(server, "/0");
            awaitLoad(server, 1, 0);
            Http2Connection.Exchange second = connection.send("GET", "/1", HttpFields.EMPTY, true, () -> {});
            awaitLoad(server, 1, 1);
            RawClient third = send(server, "/2");
            awaitLoad(server, 1, 2);
            second.reset();
            awaitLoad(server, 1, 1);
            answers.release(2);
            assertThat(first.read().body()).isEqualTo("ok");
            assertThat(third.read().body()).isEqualTo("ok");
            assertThat(upstream.heads()).noneMatch(head -> head.startsWith("GET /1"));
        } finally {
            http2.stop();
        }
    }

    @Test
    void anotherAttemptWaitsForAnotherUpstream() throws Exception {
        RawUpstream broken = new RawUpstream(exchange -> {
            exchange.reset();
            return false;
        });
        PoolConfig config = Configs.pool(List.of(broken.uri(), upstream.uri()));
        List<UpstreamConfig> members =
                List.of(config.upstreams().get(0), new UpstreamConfig("full", upstream.uri(), 1, null, 1, 0, ""));
        LimitsConfig limits = new LimitsConfig(UpstreamConfig.UNLIMITED, new QueueConfig(9, LONG), null, null);
        try (broken;
                BalancedServer server = balanced(config.with(members).with(limits))) {
            // Whatever the first one tries, one of the two gets there and stays.
            RawClient first = send(server, "/0");
            BalancedServer.await("the first", () -> upstream.heads().size() == 1);
            awaitLoad(server, 1, 0);
            RawClient second = send(server, "/1");
            BalancedServer.await(
                    "an attempt that fails", () -> broken.heads().stream().anyMatch(head -> head.startsWith("GET /1")));
            awaitLoad(server, 1, 1);
            answers.release(2);
            assertThat(first.read().body()).isEqualTo("ok");
            assertThat(second.read().body()).isEqualTo("ok");
        }
    }

    @Test
    void anotherAttemptThatFindsNoRoomIsAnsweredByWhatHappenedFirst() throws Exception {
        RawUpstream broken = new RawUpstream(exchange -> {
            exchange.reset();
            return false;
        });
        PoolConfig config = Configs.pool(List.of(broken.uri(), upstream.uri()));
        List<UpstreamConfig> members =
                List.of(config.upstreams().get(0), new UpstreamConfig("full", upstream.uri(), 1, null, 1, 0, ""));
        try (broken;
                BalancedServer server = balanced(config.with(members))) {
            send(server, "/0");
            BalancedServer.await("the first", () -> upstream.heads().size() == 1);
            awaitLoad(server, 1, 0);
            assertThat(RawClient.get(server.port(), "/1").body()).isEqualTo("502 Bad Gateway: The upstream failed.\n");
        }
    }

    @Test
    void whoWaitsGetsTheTrialOfOneWhoseEjectionIsOver() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        RawUpstream breaks = new RawUpstream(exchange -> {
            exchange.body();
            if (requests.getAndIncrement() == 0) {
                exchange.reset();
                return false;
            }
            exchange.send(OK);
            return true;
        });
        PoolConfig config = Configs.balanced(Configs.pool(List.of(breaks.uri(), upstream.uri())), "first");
        Duration out = Duration.ofMillis(300);
        EjectConfig eject = new EjectConfig(out, out, 0, 0.34, false);
        OutlierConfig one = new OutlierConfig(true, 1, 0, 20, LONG, Duration.ZERO, 0, 100, eject, PanicConfig.OFF);
        List<UpstreamConfig> members =
                List.of(config.upstreams().get(0), new UpstreamConfig("full", upstream.uri(), 1, null, 1, 0, ""));
        LimitsConfig limits = new LimitsConfig(UpstreamConfig.UNLIMITED, new QueueConfig(9, LONG), null, null);
        try (breaks;
                BalancedServer server =
                        balanced(config.with(members).with(limits).with(one))) {
            send(server, "/0");
            BalancedServer.await("the first", () -> upstream.heads().size() == 1);
            // Nothing else happens that would make room.
            assertThat(RawClient.get(server.port(), "/1").body()).isEqualTo("ok");
        }
    }

    @Test
    void aReloadWithALimitThatIsHigherLetsThemIn() throws Exception {
        try (BalancedServer server = balanced(pool(one(3, LONG)))) {
            RawClient first = send(server, "/0");
            awaitLoad(server, 1, 0);
            RawClient second = send(server, "/1");
            awaitLoad(server, 1, 1);
            LimitsConfig two = new LimitsConfig(2, new QueueConfig(3, LONG), null, null);
            server.loadBalancer().apply(Configs.config(pool(two), Configs.mount("/", false)));
            awaitLoad(server, 2, 0);
            answers.release(2);
            assertThat(first.read().body()).isEqualTo("ok");
            assertThat(second.read().body()).isEqualTo("ok");
        }
    }

    @Test
    void whoWaitsWhenTheServerStopsIsAnswered() throws Exception {
        BalancedServer server = balanced(pool(one(3, LONG)));
        try {
            send(server, "/0");
            awaitLoad(server, 1, 0);
            send(server, "/1");
            awaitLoad(server, 1, 1);
        } finally {
            server.close();
        }
        assertThat(server.loadBalancer().load("p").waiting()).isZero();
    }

    @Test
    void whoWaitsOrComesWhenTheBreakerOpensIsCountedOnce() throws Exception {
        RawUpstream failing = new RawUpstream(exchange -> {
            hold(exchange, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
            return true;
        });
        BreakerConfig breaker = new BreakerConfig(0.9, 1, Duration.ofMinutes(10), Duration.ofMinutes(10), 2);
        PoolConfig config =
                Configs.pool(List.of(failing.uri())).with(new LimitsConfig(1, new QueueConfig(9, LONG), null, breaker));
        try (failing;
                BalancedServer server = balanced(config)) {
            RawClient first = send(server, "/0");
            awaitLoad(server, 1, 0);
            RawClient second = send(server, "/1");
            awaitLoad(server, 1, 1);
            RawClient third = send(server, "/2");
            awaitLoad(server, 1, 2);
            answers.release();
            assertThat(first.read().status()).isEqualTo(503);
            String refusal = "503 Service Unavailable: ";
            assertThat(second.read().body()).startsWith(refusal);
            assertThat(third.read().body()).startsWith(refusal);
            assertThat(RawClient.get(server.port(), "/3").body()).startsWith(refusal);
            assertThat(failing.heads()).hasSize(1);
            assertThat(refused(server)).isEqualTo(3);
        }
    }

    @Test
    void whoseNextAttemptsTheBreakerDoesNotLetThroughIsCountedOnce() throws Exception {
        URI nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + closed.getLocalPort());
        }
        BreakerConfig breaker = new BreakerConfig(0.9, 1, Duration.ofMinutes(10), Duration.ofMinutes(10), 2);
        PoolConfig config =
                Configs.pool(List.of(nobody)).with(new LimitsConfig(UpstreamConfig.UNLIMITED, null, null, breaker));
        try (BalancedServer server = balanced(config)) {
            assertThat(RawClient.get(server.port(), "/").status()).isIn(502, 503);
            assertThat(server.loadBalancer().load("p").breaker()).isEqualTo(Mode.OPEN);
            assertThat(refused(server)).isOne();
        }
    }

    @Test
    void aBreakerShedsWhenAllFailsAndClosesByItself() throws Exception {
        List<String> status = new CopyOnWriteArrayList<>(List.of("500 No"));
        RawUpstream failing = new RawUpstream(exchange -> {
            exchange.send("HTTP/1.1 " + status.get(0) + "\r\nContent-Length: 0\r\n\r\n");
            return true;
        });
        BreakerConfig breaker = new BreakerConfig(0.9, 10, Duration.ofMinutes(10), Duration.ofMillis(200), 2);
        PoolConfig config = Configs.pool(List.of(failing.uri()))
                .with(new LimitsConfig(UpstreamConfig.UNLIMITED, null, null, breaker));
        try (failing;
                BalancedServer server = balanced(config)) {
            for (int i = 0; i < 10; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(500);
                server.awaitIdle();
            }
            // It learns of an attempt a moment after that has stopped to count.
            BalancedServer.await("open", () -> server.loadBalancer().load("p").breaker() == Mode.OPEN);
            BalancedServer.await("a refusal", () -> refuses(server));
            BalancedServer.await("its cause", () -> failures.contains("the breaker is open"));
            status.set(0, "200 OK");
            BalancedServer.await("closed", () -> {
                refuses(server);
                return server.loadBalancer().load("p").breaker() == Mode.CLOSED;
            });
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
        }
    }

    private static boolean refuses(BalancedServer server) {
        try {
            RawClient.Response response = RawClient.get(server.port(), "/");
            return response.body().equals("503 Service Unavailable: The upstreams are failing.\n")
                    && response.field("retry-after").equals("1");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
