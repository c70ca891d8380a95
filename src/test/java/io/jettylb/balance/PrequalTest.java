package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.kit.Fixtures.Upstream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class PrequalTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final String PATH = "probe-path";
    private static final String FIELD = "the name of a field such as X-Requests-In-Flight, and of no standard one";

    private final SplittableRandom random = new SplittableRandom(1);
    private long now = 5;

    /** Upstreams that answer probes at once with what the test says; -1: not at all. */
    private static final class Told implements LoadProbes {
        final List<String> asked = new ArrayList<>();
        ToIntFunction<String> answer = id -> 0;

        @Override
        public boolean probe(String upstream, Consumer<LoadReport> answered) {
            asked.add(upstream);
            int inFlight = answer.applyAsInt(upstream);
            if (inFlight >= 0) {
                answered.accept(new LoadReport(inFlight, Double.NaN, Double.NaN));
            }
            return true;
        }
    }

    private final Told told = new Told();

    private Strategy strategy(Map<String, Object> options) {
        Strategy strategy = new Prequal().create(new StrategyContext(options, () -> random, () -> now));
        if (strategy.loadSource().path() != null) {
            strategy.probeWith(told);
        }
        return strategy;
    }

    private static Map<String, Object> options(Object... pairs) {
        Map<String, Object> options = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            options.put((String) pairs[i], pairs[i + 1]);
        }
        return options;
    }

    private Picker measured(Strategy strategy, List<Upstream> upstreams, long... nanos) {
        for (int i = 0; i < nanos.length; i++) {
            strategy.observerOf(upstreams.get(i)).responded(nanos[i], 200);
        }
        return strategy.pickerFor(upstreams);
    }

    @Test
    void amongColdOnesTheFastestWins() {
        Picker picker = measured(strategy(options(PATH, "/load")), equal(3), 30, 10, 20);
        assertThat(counts(picker, 3, 300)).containsExactly(0, 300, 0);
    }

    @Test
    void aHotOneLosesHoweverFastItIs() {
        told.answer = id -> id.equals("b1") ? 8 : 2;
        Picker picker = measured(strategy(options(PATH, "/load", "rif-quantile", 0.6)), equal(3), 30, 10, 20);
        assertThat(counts(picker, 3, 300)[1]).isLessThan(3);
        assertThat(counts(picker, 3, 300)).containsExactly(0, 0, 300);
    }

    @Test
    void theQuantileDecidesBetweenLoadAndLatency() {
        told.answer = id -> id.equals("b0") ? 1 : 5;
        List<Upstream> upstreams = equal(3);
        Picker byLoad = measured(strategy(options(PATH, "/load", "rif-quantile", 0)), upstreams, 30, 10, 20);
        assertThat(counts(byLoad, 3, 300)[0]).isGreaterThan(297);
        Picker byLatency = measured(strategy(options(PATH, "/load", "rif-quantile", 1)), upstreams, 30, 10, 20);
        assertThat(counts(byLatency, 3, 300)[1]).isGreaterThan(297);
    }

    @Test
    void ifAllAreHotTheLeastLoadedWins() {
        Strategy strategy = strategy(options(PATH, "/load", "rif-quantile", 0));
        Picker picker = measured(strategy, equal(3), 30, 10, 20);
        picker.pick(0, 0);
        told.answer = id -> id.equals("b2") ? 7 : 9;
        // The loads of the first probes, all zero, still are the lowest of the latest.
        assertThat(picker.pick(0, 0)).isEqualTo(2);
    }

    @Test
    void loadIsPerWeight() {
        told.answer = id -> id.equals("b0") ? 4 : 2;
        Picker picker = measured(strategy(options(PATH, "/load", "rif-quantile", 0)), weighted(4, 1, 1), 10, 10, 10);
        assertThat(counts(picker, 3, 300)[0]).isGreaterThan(297);
    }

    @Test
    void withoutAnswersTheChoiceIsThatOfTwo() {
        told.answer = id -> -1;
        List<Upstream> upstreams = equal(4);
        upstreams.get(2).inFlight = 9;
        int[] counts = counts(measured(strategy(options(PATH, "/load")), upstreams, 1, 2, 3, 4), 4, 9_000);
        assertThat(counts[2]).isZero();
        assertThat(counts[0]).isCloseTo(3_000, within(300));
    }

    @Test
    void probesThatAreTooOldAreNotUsed() {
        Picker picker =
                measured(strategy(options(PATH, "/load", "max-age", "2s", "rif-quantile", 1)), equal(3), 30, 10, 20);
        assertThat(picker.pick(0, 0)).isEqualTo(1);
        told.answer = id -> -1;
        now += 2 * SECOND;
        assertThat(counts(picker, 3, 300)).containsExactly(0, 300, 0);
        now += 1;
        assertThat(counts(picker, 3, 3_000)[0]).isCloseTo(1_000, within(150));
    }

    @Test
    void aNewListKeepsTheProbes() {
        Strategy strategy = strategy(options(PATH, "/load", "rif-quantile", 1, "remove-rate", 0));
        List<Upstream> upstreams = equal(3);
        measured(strategy, upstreams, 30, 10, 20).pick(0, 0);
        told.answer = id -> -1;
        assertThat(strategy.pickerFor(upstreams).pick(0, 0)).isEqualTo(1);
        assertThat(strategy.pickerFor(List.of(upstreams.get(0), upstreams.get(2)))
                        .pick(0, 0))
                .isEqualTo(1);
    }

    @Test
    void theReuseBudgetIsThatOfThePaper() {
        assertThat(new ProbePool.Rules(16, 3, 1, 0.84).reuse(100)).isCloseTo(2 / (0.84 * 3 - 1), within(1e-9));
        assertThat(new ProbePool.Rules(16, 10, 1, 0.84).reuse(1_000)).isEqualTo(1);
        assertThat(new ProbePool.Rules(16, 0.5, 1, 0.84).reuse(100)).isEqualTo(Integer.MAX_VALUE);
        assertThat(new ProbePool.Rules(16, 3, 1, 0.84).reuse(3)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void aProbeIsUsedNoMoreOftenThanTheBudgetSays() {
        List<Upstream> upstreams = equal(100);
        // 2 / (0.5 * 4 - 1) = 2 uses for each, and no other way out but age.
        Strategy strategy = strategy(options(PATH, "/load", "pool-size", 50, "probe-rate", 4, "remove-rate", 1));
        long[] nanos = new long[100];
        Arrays.setAll(nanos, i -> 100 + i);
        Picker picker = measured(strategy, upstreams, nanos);
        picker.pick(0, 0);
        told.answer = id -> -1;
        int[] counts = counts(picker, 100, 4);
        for (int count : counts) {
            assertThat(count).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void probesAreSentAtTheirRateToDifferentUpstreams() {
        told.answer = id -> -1;
        Picker picker = strategy(options(PATH, "/load", "probe-rate", 3)).pickerFor(equal(20));
        int[] perUpstream = new int[20];
        for (int i = 0; i < 4_000; i++) {
            told.asked.clear();
            picker.pick(0, 0);
            assertThat(told.asked).hasSize(3);
            assertThat(new HashSet<>(told.asked)).hasSize(3);
            told.asked.forEach(id -> perUpstream[Integer.parseInt(id.substring(1))]++);
        }
        for (int probes : perUpstream) {
            assertThat(probes).isCloseTo(600, within(120));
        }
        told.asked.clear();
        counts(strategy(options(PATH, "/load", "probe-rate", 0.25)).pickerFor(equal(20)), 20, 10_000);
        assertThat(told.asked).hasSizeBetween(2_300, 2_700);
    }

    @Test
    void withTwoOrThreeUpstreamsAllAreProbedAtMostOnceForEachRequest() {
        for (int size : new int[] {2, 3, 4}) {
            told.asked.clear();
            Picker picker = strategy(options(PATH, "/load", "probe-rate", 10)).pickerFor(equal(size));
            picker.pick(0, 0);
            assertThat(told.asked).hasSize(size).doesNotHaveDuplicates();
        }
    }

    /** Without a path the upstream is not asked, but what it says in a response counts, for as long as it is fresh. */
    @Test
    void whatUpstreamsTellOfOtherBalancersCounts() {
        Strategy strategy = strategy(options("rif-quantile", 0));
        List<Upstream> upstreams = equal(2);
        Picker picker = measured(strategy, upstreams, 10, 10);
        upstreams.get(0).inFlight = 1;
        strategy.observerOf(upstreams.get(0)).reported(new LoadReport(30, Double.NaN, Double.NaN));
        upstreams.get(1).inFlight = 20;
        // 30 there, with one of ours; when two more of ours are there it is 32.
        assertThat(counts(picker, 2, 100)).containsExactly(0, 100);
        upstreams.get(1).inFlight = 31;
        assertThat(counts(picker, 2, 100)[0]).isGreaterThan(97);
        upstreams.get(0).inFlight = 3;
        assertThat(counts(picker, 2, 100)[1]).isGreaterThan(97);
        now += SECOND + 1;
        assertThat(counts(picker, 2, 100)[0]).isGreaterThan(97);
        strategy.observerOf(upstreams.get(0)).reported(new LoadReport(LoadReport.UNKNOWN, 0.5, 1));
        assertThat(counts(picker, 2, 100)).containsExactly(100, 0);
    }

    /** Whoever wins the races for a slot: nobody sits twice, and who is marked sits. */
    @Test
    void threadsAgreeOnWhoIsInThePool() throws Exception {
        AtomicLong seeds = new AtomicLong();
        ThreadLocal<RandomGenerator> generators =
                ThreadLocal.withInitial(() -> new SplittableRandom(seeds.incrementAndGet()));
        AtomicLong clock = new AtomicLong();
        Strategy strategy = new Prequal()
                .create(new StrategyContext(
                        options("pool-size", 8, "probe-rate", 2, "max-age", "1ms"),
                        generators::get,
                        () -> clock.addAndGet(10_000)));
        ProbePool pool = (ProbePool) strategy.pickerFor(equal(30));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        assertThat(pool.pick(0, 0)).isBetween(0, 29);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        List<Integer> seats = pool.seats();
        assertThat(seats).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(8);
        for (int i = 0; i < 30; i++) {
            assertThat(pool.seated(i)).isEqualTo(seats.contains(i));
        }
    }

    @Test
    void theWorstLeavesThePoolAndThenTheOldest() {
        Strategy strategy = strategy(options(PATH, "/load", "probe-rate", 4, "rif-quantile", 1));
        List<Upstream> upstreams = equal(4);
        told.answer = id -> {
            now += 10;
            return 4;
        };
        ProbePool pool = (ProbePool) measured(strategy, upstreams, 40, 10, 20, 30);
        pool.pick(0, 0);
        assertThat(pool.seats()).as("the slowest is gone").containsExactlyInAnyOrder(1, 2, 3);
        String oldest =
                told.asked.stream().filter(id -> !id.equals("b0")).findFirst().orElseThrow();
        told.answer = id -> -1;
        pool.pick(0, 0);
        assertThat(pool.seats()).hasSize(2).doesNotContain(Integer.parseInt(oldest.substring(1)));
        pool.pick(0, 0);
        assertThat(pool.seats()).as("a choice needs two").hasSize(2);
    }

    @Test
    void bucketsOfLoadGrowWithIt() {
        int last = -1;
        for (double load = 0; load < 16; load += 0.25) {
            assertThat(RecentLoads.bucket(load)).isEqualTo(++last);
        }
        for (double load = 16; load < 1e12; load *= 1.19) {
            assertThat(RecentLoads.bucket(load)).isGreaterThanOrEqualTo(last);
            last = RecentLoads.bucket(load);
        }
        assertThat(RecentLoads.bucket(16)).isEqualTo(64);
        assertThat(RecentLoads.bucket(Double.MAX_VALUE)).isLessThan(256);
    }

    @Test
    void aQuantileIsOfTheLatestLoads() {
        RecentLoads loads = new RecentLoads();
        assertThat(loads.quantile(0.84)).isZero();
        for (int i = 0; i < 1_000; i++) {
            loads.add(15);
        }
        for (int i = 0; i < 128; i++) {
            loads.add(i % 10);
        }
        assertThat(loads.quantile(0)).isZero();
        assertThat(loads.quantile(0.5)).isEqualTo(RecentLoads.bucket(4));
        assertThat(loads.quantile(0.999)).isEqualTo(RecentLoads.bucket(9));
        assertThat(loads.quantile(1)).isEqualTo(RecentLoads.bucket(Double.MAX_VALUE));
    }

    @Test
    void optionsAreRefusedInTheWordsOfTheConfiguration() {
        assertRefused("pool-size", 1, "pool-size: 1 (expected: 2..256)");
        assertRefused("pool-size", 2.5, "pool-size: 2.5 (expected: 2..256)");
        assertRefused("rif-quantile", 1.5, "rif-quantile: 1.5 (expected: 0..1)");
        assertRefused("probe-rate", "many", "probe-rate: many (expected: 0..100)");
        assertRefused("max-age", 1, "max-age: 1 (expected: a duration such as 10s)");
        assertRefused(PATH, "load", "probe-path: load (expected: a path such as /load, percent-encoded)");
        assertRefused(PATH, "/a b", "probe-path: /a b (expected: a path such as /load, percent-encoded)");
        assertRefused("load-header", "In flight", "load-header: In flight (expected: " + FIELD + ")");
        assertRefused("load-header", "Content-Length", "load-header: Content-Length (expected: " + FIELD + ")");
        LoadSource source = strategy(options(PATH, "/load?x=1", "load-header", "X-Load", "max-age", "250ms"))
                .loadSource();
        assertThat(source).isEqualTo(new LoadSource("X-Load", "/load?x=1", 250_000_000));
    }

    private void assertRefused(String option, Object value, String message) {
        assertThatThrownBy(() -> strategy(Map.of(option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
