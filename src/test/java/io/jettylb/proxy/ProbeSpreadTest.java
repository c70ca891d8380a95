package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.InitialHealth;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.StatusRange;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.pool.Pool;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.testing.Configs;
import io.jettylb.testing.ManualScheduler;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the probes of many upstreams are spread over time, and how long one that is down waits; without sockets and time. */
class ProbeSpreadTest {

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration DOWN = Duration.ofSeconds(30);

    private final ManualScheduler scheduler = new ManualScheduler();
    private final List<Long> times = new ArrayList<>();
    private final Map<String, Consumer<ProbeResult>> underWay = new LinkedHashMap<>();
    private final long begin = scheduler.getAsLong();
    private ProbeResult answer = ProbeResult.PASSED;
    private final ProbeStarts starts = new ProbeStarts(scheduler);
    private final List<HealthChecker> checkers = new ArrayList<>();
    private Pool pool;
    private HealthChecker checker;

    /** Answers at once, if the test has an answer. */
    private void probe(UpstreamConfig upstream, Consumer<ProbeResult> listener) {
        times.add(scheduler.getAsLong() - begin);
        if (answer == null) {
            underWay.put(upstream.id(), listener);
        } else {
            listener.accept(answer);
        }
    }

    private void start(int members, ProbeConfig rules) throws Exception {
        List<URI> uris = IntStream.range(0, members)
                .mapToObj(i -> URI.create("http://127.0.0.1:" + (9000 + i)))
                .toList();
        PoolConfig config = Configs.probed(Configs.pool(uris), rules);
        Random seeded = new Random(1);
        RandomGenerator random = new Random(2);
        pool = new Pool(config, Strategies.installed().create(config.strategy(), () -> seeded, scheduler), scheduler);
        checker = new HealthChecker(pool, config, this::probe, scheduler, scheduler, () -> random, starts);
        checkers.add(checker);
        checker.start();
    }

    private static ProbeConfig rules(Duration interval) {
        Duration fast = interval.compareTo(Duration.ofSeconds(1)) < 0 ? interval : Duration.ofSeconds(1);
        return new ProbeConfig(
                "/health", interval, Duration.ofSeconds(2), 2, 2, fast, 0, List.of(new StatusRange(200, 399)));
    }

    @AfterEach
    void stop() throws Exception {
        for (HealthChecker started : checkers) {
            started.stop();
        }
    }

    private List<Long> millis() {
        return times.stream().map(nanos -> Duration.ofNanos(nanos).toMillis()).toList();
    }

    private long most(Duration window) {
        long most = 0;
        for (long from : times) {
            most = Math.max(
                    most,
                    times.stream()
                            .filter(t -> t >= from && t < from + window.toNanos())
                            .count());
        }
        return most;
    }

    private List<String> eligible() {
        return pool.status().stream()
                .filter(UpstreamStatus::eligible)
                .map(UpstreamStatus::id)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "64"})
    void aPoolOfUsualSizeIsProbedAtOnce(int members) throws Exception {
        start(members, rules(INTERVAL));

        assertThat(times).hasSize(members).containsOnly(0L);
    }

    @Test
    void theOthersFollowOneByOne() throws Exception {
        start(67, rules(INTERVAL));
        assertThat(times).hasSize(64);
        scheduler.pass(Duration.ofMillis(100));

        assertThat(millis().subList(64, times.size())).containsExactly(5L, 10L, 15L);
    }

    @Test
    void aThousandMakeNoBurst() throws Exception {
        start(1000, rules(INTERVAL));
        scheduler.pass(INTERVAL.minusNanos(1));

        assertThat(times).hasSize(1000);
        // The beginning apart, never more than one in five milliseconds.
        assertThat(most(Duration.ofMillis(100))).isLessThanOrEqualTo(64 + 20);
        times.removeIf(time -> time == 0);
        assertThat(most(Duration.ofMillis(100))).isLessThanOrEqualTo(20);
        assertThat(eligible()).hasSize(1000);
    }

    @Test
    void manyPoolsMakeNoBurst() throws Exception {
        for (int i = 0; i < 100; i++) {
            start(10, rules(INTERVAL));
        }
        assertThat(times).hasSize(64);
        scheduler.pass(INTERVAL.minusNanos(1));

        assertThat(times).hasSize(1000);
        times.removeIf(time -> time == 0);
        assertThat(most(Duration.ofMillis(100))).isLessThanOrEqualTo(20);
    }

    @Test
    void aPoolThatComesLaterIsProbedAtOnceAgain() throws Exception {
        start(64, rules(INTERVAL));
        start(1, rules(INTERVAL));
        assertThat(times).hasSize(64);
        scheduler.pass(Duration.ofSeconds(1));
        times.clear();

        start(64, rules(INTERVAL));
        assertThat(times).hasSize(64);
    }

    @Test
    void laterRoundsKeepTheirPhase() throws Exception {
        start(1000, rules(INTERVAL));
        scheduler.pass(INTERVAL.minusNanos(1));
        List<Long> first = List.copyOf(times);
        for (int round = 1; round <= 5; round++) {
            times.clear();
            scheduler.pass(INTERVAL);
            long later = round * INTERVAL.toNanos();
            assertThat(times)
                    .containsExactlyElementsOf(
                            first.stream().map(t -> t + later).toList());
        }
    }

    @Test
    void aShortIntervalIsLongEnoughForAll() throws Exception {
        Duration interval = Duration.ofMillis(200);
        start(1000, rules(interval));
        scheduler.pass(interval.minusNanos(1));

        assertThat(times).hasSize(1000);
        assertThat(times.get(999)).isLessThan(interval.toNanos());
        assertThat(most(Duration.ofMillis(20))).isLessThanOrEqualTo(64 + 24 + 4 * 24);
    }

    @Test
    void whoWaitsForItsTurnIsProbedAtOnceWhenARequestCannotConnect() throws Exception {
        start(100, rules(INTERVAL));
        checker.suspect("u99");
        assertThat(times).hasSize(65);
        assertThat(eligible()).contains("u99").doesNotContain("u98");

        scheduler.pass(INTERVAL.minusNanos(1));
        // Its turn is gone: it follows its own interval now.
        assertThat(times).hasSize(100);
    }

    @Test
    void nobodyHasATurnAfterTheStop() throws Exception {
        start(100, rules(INTERVAL));
        checker.stop();

        assertThat(scheduler.pending()).isEmpty();
        scheduler.pass(INTERVAL);
        assertThat(times).hasSize(64);
    }

    @Test
    void oneThatIsDownWaitsForTheIntervalOfBeingDown() throws Exception {
        answer = null;
        start(1, rules(INTERVAL).with(DOWN, InitialHealth.DOWN, ProbeCheck.PLAIN));
        List<Duration> pauses = new ArrayList<>();
        ProbeResult failed = ProbeResult.failed("status 503");
        ProbeResult passed = ProbeResult.PASSED;
        for (ProbeResult result : List.of(failed, passed, failed, failed, failed, passed)) {
            underWay.remove("u0").accept(result);
            pauses.addAll(scheduler.pending());
            scheduler.pass(DOWN);
        }

        // Down, up, wavering, down, down, up again: the only one of the pool need not pass twice.
        assertThat(pauses).containsExactly(DOWN, INTERVAL, Duration.ofSeconds(1), DOWN, DOWN, INTERVAL);
    }

    @Test
    void oneThatIsTrustedIsThereBeforeItsProbe() throws Exception {
        answer = null;
        start(2, rules(INTERVAL).with(null, InitialHealth.UNTIL_FIRST_PROBE, ProbeCheck.PLAIN));
        assertThat(eligible()).containsExactly("u0", "u1");

        underWay.remove("u0").accept(ProbeResult.failed("status 503"));
        assertThat(eligible()).containsExactly("u1");
        underWay.remove("u1").accept(ProbeResult.PASSED);
        assertThat(eligible()).containsExactly("u1");
        scheduler.pass(Duration.ofSeconds(1));
        underWay.remove("u0").accept(ProbeResult.PASSED);
        assertThat(eligible()).containsExactly("u0", "u1");
    }

    @Test
    void oneThatIsUpByTheOperatorsWordNeedsAllFailuresOfAFall() throws Exception {
        answer = null;
        start(2, rules(INTERVAL).with(null, InitialHealth.UP, ProbeCheck.PLAIN));
        underWay.remove("u0").accept(ProbeResult.failed("status 503"));
        assertThat(eligible()).containsExactly("u0", "u1");

        scheduler.pass(Duration.ofSeconds(1));
        underWay.remove("u0").accept(ProbeResult.failed("status 503"));
        assertThat(eligible()).containsExactly("u1");
    }
}
