package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How much pools take on, and when the server sheds. */
class LimitsConfigTest {

    private static final String QUEUE_KEYS = "unknown key (expected: size, timeout; did you mean ";
    private static final String BREAKER_KEYS =
            "unknown key (expected: failure-rate, min-requests, window, open, trials; did you mean ";
    private static final String ADAPTIVE_KEYS =
            "unknown key (expected: min-limit, max-limit, initial-limit, tolerance, window; did you mean ";
    private static final String SHED_KEYS =
            "unknown key (expected: low-resources, threads, heap, interval; did you mean ";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void withoutThemThereAreNone() throws Exception {
        assertThat(files.pool(GOOD).limits()).isEqualTo(LimitsConfig.NONE);
        assertThat(files.load("lb.pools.p { " + GOOD + " }").shed()).isNull();
    }

    @Test
    void emptyBlocksHaveTheDefaultsOfTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        Config all = ConfigFactory.parseFile(reference.toFile(), ConfigParseOptions.defaults())
                .resolve()
                .getConfig("lb");
        Config defaults = all.getConfig("defaults");

        LbConfig config = files.load(
                "lb { shed {}, pools.p { " + GOOD + ", queue { size = 1 }, adaptive-concurrency {}, breaker {} } }");
        LimitsConfig limits = config.pools().get("p").limits();

        assertThat(limits.maxRequests()).isEqualTo(UpstreamConfig.UNLIMITED);
        assertThat(defaults.getInt("queue.size")).isZero();
        assertThat(limits.queue()).isEqualTo(new QueueConfig(1, defaults.getDuration("queue.timeout")));
        assertThat(limits.adaptive())
                .isEqualTo(new AdaptiveConcurrencyConfig(
                        defaults.getInt("adaptive-concurrency.min-limit"),
                        defaults.getInt("adaptive-concurrency.max-limit"),
                        defaults.getInt("adaptive-concurrency.initial-limit"),
                        defaults.getDouble("adaptive-concurrency.tolerance"),
                        defaults.getDuration("adaptive-concurrency.window")));
        assertThat(limits.breaker())
                .isEqualTo(new BreakerConfig(
                        defaults.getDouble("breaker.failure-rate"),
                        defaults.getInt("breaker.min-requests"),
                        defaults.getDuration("breaker.window"),
                        defaults.getDuration("breaker.open"),
                        defaults.getInt("breaker.trials")));
        assertThat(config.pools().get("p").connections().connecting())
                .isEqualTo(defaults.getInt("connections.connecting"));
        assertThat(config.shed())
                .isEqualTo(new ShedConfig(
                        all.getBoolean("shed.low-resources"),
                        all.getDouble("shed.threads"),
                        all.getDouble("shed.heap"),
                        all.getDuration("shed.interval")));
    }

    @Test
    void everyKeyIsReadAndDefaultsAreFallenBackTo() throws Exception {
        LbConfig config = files.load("""
                lb {
                  shed { low-resources = off, threads = 0, heap = 0.5, interval = 250ms }
                  defaults {
                    max-requests = 900
                    queue { size = 70, timeout = 2s }
                    adaptive-concurrency { min-limit = 3 }
                    breaker { open = 1s }
                    connections { connecting = 7 }
                  }
                  pools.p {
                    upstreams = ["http://h:1"]
                    queue { timeout = 100ms }
                    adaptive-concurrency { max-limit = 10, tolerance = 2, window = 100ms }
                    breaker { failure-rate = 1, min-requests = 1, window = 1m, trials = 1 }
                  }
                  pools.none { upstreams = ["http://h:1"], max-requests = 1, connections { connecting = 1 } }
                  pools.off { upstreams = ["http://h:1"], queue { size = 0 } }
                }
                """);

        assertThat(config.shed()).isEqualTo(new ShedConfig(false, 0, 0.5, Duration.ofMillis(250)));
        PoolConfig pool = config.pools().get("p");
        assertThat(pool.connections().connecting()).isEqualTo(7);
        assertThat(pool.limits())
                .isEqualTo(new LimitsConfig(
                        900,
                        new QueueConfig(70, Duration.ofMillis(100)),
                        new AdaptiveConcurrencyConfig(3, 10, 10, 2, Duration.ofMillis(100)),
                        new BreakerConfig(1, 1, Duration.ofMinutes(1), Duration.ofSeconds(1), 1)));
        assertThat(config.pools().get("none").limits()).isEqualTo(new LimitsConfig(1, null, null, null));
        assertThat(config.pools().get("none").connections().connecting()).isEqualTo(1);
        assertThat(config.pools().get("off").limits()).isEqualTo(new LimitsConfig(900, null, null, null));
    }

    @ParameterizedTest
    @MethodSource
    void problems(String line, String problem) throws Exception {
        assertThat(files.problems("lb {\npools.p {\n" + GOOD + "\n" + line + "\n} }"))
                .containsExactly("lb.conf:4: pools.p." + problem);
    }

    static Stream<Arguments> problems() {
        return Stream.of(
                row("max-requests = 0", "max-requests: 0 (expected: 1..1000000)"),
                row("max-requests = many", "max-requests: \"many\" (expected: 1..1000000)"),
                row("queue {}", "queue.size: missing (expected: how many requests may wait, such as 100)"),
                row(
                        "queue { timeout = 3s }",
                        "queue.size: missing (expected: how many requests may wait, such as 100)"),
                row("queue = 100", "queue: 100 (expected: a block in braces)"),
                row("queue { size = -1 }", "queue.size: -1 (expected: 0..1000000)"),
                row(
                        "queue { size = 9, timeout = 5 }",
                        "queue.timeout: 5 (expected: a duration with a unit, such as 5s)"),
                row("queue { size = 9, timeout = 0s }", "queue.timeout: \"0s\" (expected: 1ms to 1d)"),
                row(
                        "adaptive-concurrency { min-limit = 0 }",
                        "adaptive-concurrency.min-limit: 0 (expected: 1..1000000)"),
                row(
                        "adaptive-concurrency { min-limit = 9, max-limit = 8 }",
                        "adaptive-concurrency.max-limit: 8 (expected: min-limit or more, which is 9)"),
                row(
                        "adaptive-concurrency { initial-limit = 19 }",
                        "adaptive-concurrency.initial-limit: 19 (expected: min-limit to max-limit, which is 20..1000)"),
                row(
                        "adaptive-concurrency { tolerance = 0.9 }",
                        "adaptive-concurrency.tolerance: 0.9 (expected: 1..100)"),
                row(
                        "adaptive-concurrency { window = 99ms }",
                        "adaptive-concurrency.window: \"99ms\" (expected: 100ms to 1d)"),
                row("breaker { failure-rate = 0 }", "breaker.failure-rate: 0 (expected: above 0, at most 1)"),
                row("breaker { failure-rate = 90 }", "breaker.failure-rate: 90 (expected: 0..1)"),
                row("breaker { min-requests = 0 }", "breaker.min-requests: 0 (expected: 1..1000000)"),
                row("breaker { window = 0s }", "breaker.window: \"0s\" (expected: 1ms to 1d)"),
                row("breaker { open = 0s }", "breaker.open: \"0s\" (expected: 1ms to 1d)"),
                row("breaker { trials = 0 }", "breaker.trials: 0 (expected: 1..1000)"),
                row("connections { connecting = 0 }", "connections.connecting: 0 (expected: 1..100000)"));
    }

    @ParameterizedTest
    @CsvSource({"threads = 2, threads: 2 (expected: 0..1)", "heap = x, heap: \"x\" (expected: 0..1)"})
    void problemsOfShedding(String setting, String problem) throws Exception {
        assertThat(files.problems("lb {\nshed { " + setting + " } }")).containsExactly("lb.conf:2: shed." + problem);
    }

    @ParameterizedTest
    @MethodSource
    void wordsOfPeers(String line, String problem) throws Exception {
        assertThat(files.problems("lb {\npools.p {\n" + GOOD + "\n" + line + "\n} }"))
                .singleElement()
                .asString()
                .startsWith("lb.conf:4: pools.p." + problem.substring(0, problem.lastIndexOf(' ')))
                .endsWith("did you mean " + problem.substring(problem.lastIndexOf(' ') + 1) + "?)");
    }

    static Stream<Arguments> wordsOfPeers() {
        return Stream.of(
                row("maxqueue = 5", "maxqueue: unknown key queue.size"),
                row("max_pending_requests = 5", "max_pending_requests: unknown key queue.size"),
                row("timeout-queue = 5s", "timeout-queue: unknown key queue.timeout"),
                row("inFlightReq { amount = 10 }", "inFlightReq: unknown key max-requests"),
                row("circuit_breakers {}", "circuit_breakers: unknown key breaker"),
                row("gradient-controller {}", "gradient-controller: unknown key adaptive-concurrency"),
                row("max-concurrent-requests = 5", "max-concurrent-requests: unknown key max-requests"),
                row("maxconn = 5", "maxconn: unknown key connections.max"),
                row("queue { maxqueue = 5, size = 1 }", "queue.maxqueue: " + QUEUE_KEYS + "size"),
                row("queue { size = 5, wait = 1s }", "queue.wait: " + QUEUE_KEYS + "timeout"),
                row("breaker { check-period = 1s }", "breaker.check-period: " + BREAKER_KEYS + "window"),
                row("breaker { threshold = 1 }", "breaker.threshold: " + BREAKER_KEYS + "failure-rate"),
                row(
                        "adaptive-concurrency { max-concurrency-limit = 9 }",
                        "adaptive-concurrency.max-concurrency-limit: " + ADAPTIVE_KEYS + "max-limit"),
                row("connections { max-pending = 9 }", "connections.max-pending: unknown key connecting"));
    }

    @Test
    void wordsOfPeersForShedding() throws Exception {
        assertThat(files.problems("lb {\nshed { memory = 0.5 }\noverload-manager {}\n}"))
                .containsExactly(
                        "lb.conf:2: shed.memory: " + SHED_KEYS + "heap?)",
                        "lb.conf:3: overload-manager: unknown key (expected: mounts, pools, defaults, forwarded, zone,"
                                + " shed; did you mean shed?)");
    }

    private static Arguments row(String line, String problem) {
        return Arguments.of(line, problem);
    }
}
