package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When probes are sent, without sockets, threads and time. */
class HealthCheckerTest {

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration FAST = Duration.ofSeconds(1);
    private static final ProbeResult PASSED = ProbeResult.PASSED;
    private static final ProbeResult FAILED = ProbeResult.failed("status 503");

    private final ManualScheduler scheduler = new ManualScheduler();
    private final Upstreams upstreams = new Upstreams();
    private double chance = 0.5;
    private Pool pool;
    private HealthChecker checker;

    /** Keeps the probes until the test answers them. */
    private static final class Upstreams implements Prober {

        private final Map<String, Consumer<ProbeResult>> underWay = new LinkedHashMap<>();
        private final List<String> asked = new ArrayList<>();
        private boolean refusing;

        @Override
        public void probe(UpstreamConfig upstream, Consumer<ProbeResult> answer) {
            asked.add(upstream.id());
            if (refusing) {
                throw new IllegalStateException("no more");
            }
            assertThat(underWay.put(upstream.id(), answer))
                    .as("another probe under way")
                    .isNull();
        }

        void answer(String id, ProbeResult result) {
            underWay.remove(id).accept(result);
        }

        /** Whom was asked since the last time. */
        List<String> takeAsked() {
            List<String> taken = List.copyOf(asked);
            asked.clear();
            return taken;
        }
    }

    /** Randomness of which only one method may be used, with a known result. */
    private final class Chance implements RandomGenerator {
        @Override
        public long nextLong() {
            throw new UnsupportedOperationException();
        }

        @Override
        public double nextDouble() {
            return chance;
        }
    }

    private void start(int members, double jitter) throws Exception {
        List<URI> uris = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            uris.add(URI.create("http://127.0.0.1:" + (9000 + i)));
        }
        ProbeConfig rules = new ProbeConfig(
                "/health", INTERVAL, Duration.ofSeconds(2), 2, 2, FAST, jitter, List.of(new StatusRange(200, 399)));
        PoolConfig config = Configs.probed(Configs.pool(uris), rules);
        Random seeded = new Random(1);
        pool = new Pool(config, Strategies.installed().create(config.strategy(), () -> seeded, scheduler), scheduler);
        RandomGenerator random = new Chance();
        checker = new HealthChecker(
                pool, config, upstreams, scheduler, scheduler, () -> random, new ProbeStarts(scheduler));
        checker.start();
    }

    @AfterEach
    void stop() throws Exception {
        checker.stop();
    }

    private List<String> eligible() {
        return pool.status().stream()
                .filter(UpstreamStatus::eligible)
                .map(UpstreamStatus::id)
                .toList();
    }

    @Test
    void asksAllAtOnceAtTheStartAndEachOnlyOnce() throws Exception {
        start(3, 0);

        assertThat(upstreams.takeAsked()).containsExactly("u0", "u1", "u2");
        // No answer, no next probe, however long it takes.
        scheduler.pass(Duration.ofMinutes(10));
        assertThat(upstreams.takeAsked()).isEmpty();
        assertThat(eligible()).isEmpty();
        upstreams.answer("u1", PASSED);
        assertThat(eligible()).containsExactly("u1");
    }

    @Test
    void waitsForTheIntervalFromTheEndOfAProbe() throws Exception {
        start(1, 0);
        scheduler.pass(Duration.ofSeconds(1));
        upstreams.answer("u0", PASSED);
        upstreams.takeAsked();

        scheduler.pass(INTERVAL.minusNanos(1));
        assertThat(upstreams.takeAsked()).isEmpty();
        scheduler.pass(Duration.ofNanos(1));
        assertThat(upstreams.takeAsked()).containsExactly("u0");
        assertThat(scheduler.pending()).isEmpty();
    }

    @Test
    void isFasterWhileAnUpstreamWaversOrIsDown() throws Exception {
        start(2, 0);
        upstreams.answer("u1", PASSED);
        upstreams.answer("u0", FAILED);
        assertThat(scheduler.pending()).containsExactly(FAST, INTERVAL);
        // From now on the probe of u1, which is up, is under way, and the only timer is that of u0.
        scheduler.pass(INTERVAL);
        List<Duration> waits = new ArrayList<>();
        for (ProbeResult result : List.of(PASSED, FAILED, PASSED, FAILED, FAILED, FAILED, PASSED, PASSED)) {
            upstreams.answer("u0", result);
            assertThat(scheduler.pending()).hasSize(1);
            waits.addAll(scheduler.pending());
            scheduler.pass(INTERVAL);
        }

        // Up, wavering, up, wavering, down, down, half way up, up.
        assertThat(waits).containsExactly(INTERVAL, FAST, INTERVAL, FAST, FAST, FAST, FAST, INTERVAL);
    }

    @Test
    void allAreBackOneFastIntervalAfterTheFirstCanPass() throws Exception {
        start(1, 0);
        upstreams.answer("u0", PASSED);
        scheduler.pass(INTERVAL);
        upstreams.answer("u0", FAILED);
        scheduler.pass(FAST);
        upstreams.answer("u0", FAILED);
        assertThat(eligible()).isEmpty();

        scheduler.pass(FAST);
        upstreams.answer("u0", PASSED);
        assertThat(eligible()).containsExactly("u0");
    }

    @Test
    void variesTheIntervalByTheJitter() throws Exception {
        start(1, 0.2);
        Map<Double, Duration> expected =
                Map.of(0.0, Duration.ofSeconds(4), 0.5, INTERVAL, 0.75, Duration.ofMillis(5500));
        for (Map.Entry<Double, Duration> entry : expected.entrySet()) {
            chance = entry.getKey();
            upstreams.answer("u0", PASSED);
            assertThat(scheduler.pending()).containsExactly(entry.getValue());
            scheduler.pass(entry.getValue());
        }
    }

    @Test
    void neverSpinsHoweverLargeTheJitter() throws Exception {
        start(1, 1);
        chance = 0;
        upstreams.answer("u0", PASSED);

        assertThat(scheduler.pending()).containsExactly(Duration.ofMillis(1));
    }

    @Test
    void probesNowWhenARequestCouldNotConnect() throws Exception {
        start(2, 0);
        upstreams.answer("u0", PASSED);
        upstreams.answer("u1", PASSED);
        upstreams.takeAsked();

        checker.suspect("u1");
        assertThat(upstreams.takeAsked()).containsExactly("u1");
        // The timer of the interval is gone, so there are not two from now on.
        assertThat(scheduler.pending()).containsExactly(INTERVAL);
        upstreams.answer("u1", FAILED);
        assertThat(scheduler.pending()).containsExactly(FAST, INTERVAL);
    }

    @Test
    void aStormOfFailedConnectsIsOneReasonToProbe() throws Exception {
        start(1, 0);
        upstreams.answer("u0", PASSED);
        upstreams.takeAsked();

        for (int i = 0; i < 100; i++) {
            checker.suspect("u0");
        }
        upstreams.answer("u0", PASSED);
        for (int i = 0; i < 100; i++) {
            checker.suspect("u0");
        }
        assertThat(upstreams.takeAsked()).containsExactly("u0");
        scheduler.pass(FAST);
        checker.suspect("u0");
        assertThat(upstreams.takeAsked()).containsExactly("u0");
    }

    @Test
    void aTimerThatFiresDuringATriggeredProbeMakesNoSecondChain() throws Exception {
        start(1, 0);
        upstreams.answer("u0", PASSED);
        Runnable firing = scheduler.fireNext();
        checker.suspect("u0");
        firing.run();
        upstreams.answer("u0", PASSED);
        assertThat(scheduler.pending()).containsExactly(INTERVAL);
        // Or a moment later.
        firing.run();
        assertThat(scheduler.pending()).isEmpty();
        upstreams.answer("u0", PASSED);
        assertThat(scheduler.pending()).containsExactly(INTERVAL);
    }

    @Test
    void suspectsNobodyThatIsNotProbed() throws Exception {
        start(1, 0);
        upstreams.takeAsked();
        checker.suspect("u7");
        assertThat(upstreams.takeAsked()).isEmpty();
    }

    @Test
    void anAnswerCountsOnce() throws Exception {
        start(2, 0);
        Consumer<ProbeResult> first = upstreams.underWay.get("u0");
        upstreams.answer("u0", PASSED);
        upstreams.answer("u1", PASSED);
        first.accept(FAILED);
        first.accept(FAILED);

        assertThat(eligible()).containsExactly("u0", "u1");
        assertThat(scheduler.pending()).containsExactly(INTERVAL, INTERVAL);
    }

    @Test
    void aProbeThatCannotBeSentHasFailed() throws Exception {
        upstreams.refusing = true;
        start(1, 0);

        assertThat(eligible()).isEmpty();
        assertThat(scheduler.pending()).containsExactly(FAST);
        upstreams.refusing = false;
        scheduler.pass(FAST);
        upstreams.answer("u0", PASSED);
        assertThat(eligible()).containsExactly("u0");
    }

    @Test
    void nothingHappensAfterTheStop() throws Exception {
        start(2, 0);
        upstreams.answer("u0", PASSED);
        upstreams.takeAsked();
        checker.stop();

        assertThat(scheduler.pending()).isEmpty();
        upstreams.answer("u1", PASSED);
        checker.suspect("u0");
        assertThat(eligible()).containsExactly("u0");
        assertThat(scheduler.pending()).isEmpty();
        assertThat(upstreams.takeAsked()).isEmpty();
    }

    @Test
    void aSecondStartAsksAllAgain() throws Exception {
        start(2, 0);
        upstreams.takeAsked();
        checker.stop();
        upstreams.underWay.clear();
        checker.start();

        assertThat(upstreams.takeAsked()).containsExactly("u0", "u1");
    }
}
