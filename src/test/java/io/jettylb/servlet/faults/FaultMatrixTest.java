package io.jettylb.servlet.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.Answer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every behaviour of an upstream, for every front and method: the client sees exactly what it should, the next requests
 * on the same connections get their own answers, a POST is delivered once at the most, and no upstream is ejected, for
 * all of them took the connection.
 *
 * <p>Some trials spend most of their time waiting for a timeout. So there are several workers, each with two upstreams to
 * itself, half of them for those trials, and the tests that JUnit sees only look at what came out.
 */
class FaultMatrixTest {

    /** For trials that end by a timeout, and for all others. */
    private static final int WAITING = 10;

    private static final int WORKING = 10;
    private static final List<String> METHODS = List.of("GET", "POST", "HEAD");
    /** Of the pools whose timeouts are waited for, some hundred times. */
    private static final Duration SHORT = Duration.ofMillis(1_500);
    /** Of all others: no machine is as busy as that. */
    private static final Duration LONG = Duration.ofSeconds(10);

    /** As always, but that half of the requests fail here in any case: a single one is a reason for nothing. */
    private static final OutlierConfig OUTLIERS = new OutlierConfig(
            true,
            OutlierConfig.DEFAULT.consecutiveFailures(),
            0,
            OutlierConfig.DEFAULT.minRequests(),
            OutlierConfig.DEFAULT.window(),
            Duration.ZERO,
            0,
            OutlierConfig.DEFAULT.successRateMinRequests(),
            OutlierConfig.DEFAULT.eject(),
            OutlierConfig.DEFAULT.panic());

    /** Some trials are over when the connection is closed because nobody uses it. */
    private static final ConnectionsConfig CONNECTIONS = new ConnectionsConfig(256, Duration.ofSeconds(1), 100);

    /** For the one who looks into one of them: a regular expression for names of behaviours. */
    private static final String ONLY = System.getProperty("lb.faults", ".*");

    private static final Stage STAGE = new Stage();
    private static final List<RawUpstream> UPSTREAMS = new ArrayList<>();
    private static final HTTP2Client HTTP2 = new HTTP2Client();
    private static final ExecutorService THREADS = Executors.newFixedThreadPool(WAITING + WORKING);
    private static BalancedServer server;

    /** One cell of the matrix. */
    private record Cell(Behaviour behaviour, Front front, String method, CompletableFuture<Void> outcome) {
        @Override
        public String toString() {
            return behaviour.name() + " / " + front + " / " + method;
        }
    }

    @BeforeAll
    static void start() throws Exception {
        List<MountConfig> mounts = new ArrayList<>();
        Map<String, PoolConfig> pools = new LinkedHashMap<>();
        for (int i = 0; i < WAITING + WORKING; i++) {
            Duration timeout = i < WAITING ? SHORT : LONG;
            RawUpstream one = new RawUpstream(STAGE);
            RawUpstream two = new RawUpstream(STAGE);
            UPSTREAMS.addAll(List.of(one, two));
            PoolConfig pool = Configs.pool(
                    List.of(one.uri(), two.uri()),
                    "round-robin",
                    Configs.CLIENT_HOST,
                    new TimeoutsConfig(LONG, timeout, timeout, Duration.ZERO, Duration.ZERO));
            String name = "w" + i;
            pools.put(
                    name,
                    Configs.named(name, Configs.spoken(pool, Protocol.HTTP1, CONNECTIONS))
                            .with(OUTLIERS));
            mounts.add(new MountConfig("/" + name, List.of(), false, name));
        }
        server = new BalancedServer(new LbConfig(mounts, pools, new ForwardedConfig(true, true)));
        HTTP2.start();
    }

    @AfterAll
    static void stop() throws Exception {
        THREADS.shutdownNow();
        HTTP2.stop();
        server.awaitNoLeaks();
        server.close();
        for (RawUpstream upstream : UPSTREAMS) {
            upstream.close();
        }
    }

    static Stream<Behaviour> behaviours() {
        return Stream.of(
                        HeadFaults.connections(),
                        HeadFaults.statusLines(),
                        HeadFaults.fields(),
                        InterimFaults.all(),
                        FramingFaults.lengths(),
                        FramingFaults.codings(),
                        FramingFaults.chunks(),
                        ContentFaults.lengths(),
                        ContentFaults.whole(),
                        ContentFaults.without(),
                        ContentFaults.connections())
                .flatMap(List::stream)
                .filter(behaviour -> behaviour.name().matches(ONLY))
                .flatMap(b -> Stream.generate(() -> b).limit(Integer.getInteger("lb.repeat", 1)));
    }

    @TestFactory
    Stream<DynamicTest> everyFaultIsShownAsWhatItIs() {
        List<Cell> cells = behaviours()
                .flatMap(behaviour -> Stream.of(Front.values())
                        .flatMap(front -> METHODS.stream()
                                .map(method -> new Cell(behaviour, front, method, new CompletableFuture<>()))))
                .toList();
        BlockingQueue<Cell> slow = new LinkedBlockingQueue<>();
        BlockingQueue<Cell> quick = new LinkedBlockingQueue<>();
        cells.forEach(cell -> (cell.behaviour().endsByTimeout() ? slow : quick).add(cell));
        for (int i = 0; i < WAITING + WORKING; i++) {
            String pool = "w" + i;
            BlockingQueue<Cell> queue = i < WAITING ? slow : quick;
            THREADS.execute(() -> work(pool, queue));
        }
        return cells.stream().map(cell -> DynamicTest.dynamicTest(cell.toString(), () -> await(cell)));
    }

    private static void await(Cell cell) throws Exception {
        try {
            cell.outcome().get(120, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw new AssertionError(cell + ": " + failure.getCause().getMessage(), failure.getCause());
        }
    }

    private static void work(String pool, BlockingQueue<Cell> queue) {
        Cell cell = queue.poll();
        while (cell != null) {
            try {
                play(pool, cell);
                cell.outcome().complete(null);
            } catch (Throwable failure) {
                cell.outcome().completeExceptionally(failure);
            }
            cell = queue.poll();
        }
    }

    private static void play(String pool, Cell cell) throws Exception {
        Behaviour behaviour = cell.behaviour();
        Trial trial = STAGE.register(behaviour);
        String id = "HEAD".equals(cell.method()) ? "" : trial.id();
        String path = "/" + pool + "/" + Stage.BAD + "/" + trial.id();
        boolean half = behaviour.half() && "POST".equals(cell.method());
        try (Front.Client client = cell.front().connect(HTTP2, server.port())) {
            Answer answer = client.ask(cell.method(), path, half, trial::headSeen);
            Expectation expected = behaviour.of(cell.method());
            assertThat(expected.holds().test(answer, id))
                    .as("%s (expected: %s)", answer, expected.text())
                    .isTrue();
            trial.awaitOver();
            if (client.reusableAfter(answer, half)) {
                assertGood(client, pool);
            }
        }
        if ("POST".equals(cell.method())) {
            assertThat(trial.deliveries()).as("deliveries of a POST").isEqualTo(1);
        }
        try (Front.Client other = cell.front().connect(HTTP2, server.port())) {
            // Once for each upstream.
            assertGood(other, pool);
            assertGood(other, pool);
        }
        BalancedServer.await(
                "no attempt under way",
                () -> server.loadBalancer().status(pool).stream().allMatch(u -> u.inFlight() == 0));
        assertThat(server.loadBalancer().status(pool)).allMatch(u -> u.eligible() && u.ejections() == 0);
    }

    private static void assertGood(Front.Client client, String pool) throws Exception {
        String id = STAGE.nextId();
        Answer answer = client.ask("GET", "/" + pool + "/" + Stage.GOOD + "/" + id, false, () -> {});
        assertThat(Expectation.OK.holds().test(answer, id))
                .as("the next request: %s", answer)
                .isTrue();
    }
}
