package io.jettylb.balance;

import static io.jettylb.balance.Traffic.FAILED;
import static io.jettylb.balance.Traffic.failing;
import static io.jettylb.balance.Traffic.steady;
import static io.jettylb.kit.Fixtures.context;
import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.weighted;
import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.jettylb.balance.Observer.Ending;
import io.jettylb.balance.Traffic.Behaviour;
import io.jettylb.balance.Traffic.Reply;
import io.jettylb.kit.Fixtures.Upstream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What all strategies have in common that look at response times, in virtual time. */
class LatencyStrategiesTest {

    private record Variant(StrategyProvider provider, Map<String, Object> options) {
        /** How far from its share, in part of it, one of several that are alike may be. */
        double uneven() {
            // Made for many: of a few, the rule of hot and cold prefers one for quite some time.
            return provider instanceof Prequal ? 0.6 : 0.35;
        }

        Traffic traffic(Behaviour... behaviours) {
            return new Traffic(provider, options, behaviours);
        }
    }

    static Stream<Named<Variant>> variants() {
        return Stream.of(
                variant(new LeastResponseTime(), Map.of()),
                variant(new LeastResponseTime(), Map.of("inflight", true)),
                variant(new LeastResponseTime(), Map.of("time", "last-byte")),
                variant(new PeakEwma(), Map.of()),
                variant(new Prequal(), Map.of()));
    }

    private static Named<Variant> variant(StrategyProvider provider, Map<String, Object> options) {
        return Named.of(provider.name() + " " + options, new Variant(provider, options));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aSlowUpstreamGetsFarLessThanItsShare(Variant variant) {
        int[] picks = variant.traffic(steady(200), steady(10), steady(10)).run(120, 100);
        assertThat(picks[0]).isBetween(1, Arrays.stream(picks).sum() / 9);
        assertThat((double) picks[1]).isCloseTo(picks[2], within(variant.uneven() * picks[2]));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void amongManyToo(Variant variant) {
        Behaviour[] behaviours = new Behaviour[40];
        Arrays.fill(behaviours, steady(10));
        behaviours[7] = steady(200);
        behaviours[9] = failing(1, 503);
        int[] picks = variant.traffic(behaviours).run(60, 1_000);
        int fair = 60_000 / 40;
        assertThat(picks[7]).isBetween(1, fair / 3);
        assertThat(picks[9]).isBetween(1, fair / 3);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void whatFailsFastAttractsNothing(Variant variant) {
        for (Behaviour failing : List.of(
                failing(0.5, 503), failing(0.5, 500), failing(0.5, 429), failing(0.5, FAILED), failing(0, FAILED))) {
            for (double perSecond : new double[] {5, 300}) {
                int[] picks = variant.traffic(failing, steady(20), steady(20)).run(120, perSecond);
                // Far below its share, and so little that a retry budget would not even notice.
                assertThat(picks[0])
                        .as("%s of %s", failing, Arrays.toString(picks))
                        .isBetween(1, Arrays.stream(picks).sum() / 20);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void whatFailsFastAfterGoodTimesIsLeftSoonAndFoundAgain(Variant variant) {
        Traffic traffic = variant.traffic(steady(20), steady(20), steady(20));
        int[] before = traffic.run(60, 100);
        assertThat((double) before[0]).isCloseTo(2_000, within(2_000 * variant.uneven()));
        traffic.behaviours.set(0, failing(0.5, 503));
        int[] during = traffic.run(60, 100);
        assertThat(during[0]).isLessThan(2_000 / 3);
        traffic.behaviours.set(0, steady(20));
        traffic.run(60, 100);
        int[] after = traffic.run(60, 100);
        assertThat((double) after[0]).isCloseTo(2_000, within(2_000 * variant.uneven()));
    }

    /** Errors that all have alike, such as those of requests that nobody can serve, must not drive a herd. */
    @ParameterizedTest
    @MethodSource("variants")
    void errorsThatAllHaveAlikeMoveNoTraffic(Variant variant) {
        SplittableRandom errors = new SplittableRandom(3);
        Behaviour now = others -> new Reply(20, errors.nextInt(100) == 0 ? 500 : 200);
        int[] picks = variant.traffic(now, now, now).run(120, 200);
        for (int picked : picks) {
            assertThat((double) picked).as(Arrays.toString(picks)).isCloseTo(8_000, within(8_000 * variant.uneven()));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aBlackHoleGetsNoneOfTheRest(Variant variant) {
        Traffic traffic = variant.traffic(steady(20), steady(20), steady(20));
        traffic.run(30, 100);
        traffic.behaviours.set(0, others -> new Reply(30_000, FAILED));
        int[] picks = traffic.run(120, 100);
        assertThat(picks[0]).as(Arrays.toString(picks)).isLessThan(12_000 / 3 / 10);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void whatWasNeverMeasuredIsTriedOnce(Variant variant) {
        Traffic traffic = variant.traffic(steady(20), steady(20), steady(60_000));
        int[] picks = traffic.run(30, 100);
        assertThat(picks[2]).isEqualTo(1);
        // At a start, when nothing is measured and nothing answers, requests are spread all the same.
        int[] cold =
                variant.traffic(steady(60_000), steady(60_000), steady(60_000)).run(3, 100);
        int total = Arrays.stream(cold).sum();
        for (int picked : cold) {
            assertThat((double) picked).isCloseTo(total / 3.0, within(2.0));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void whatRecoversGetsItsShareAgain(Variant variant) {
        Traffic traffic = variant.traffic(steady(400), steady(20), steady(20));
        traffic.run(60, 100);
        traffic.behaviours.set(0, steady(20));
        traffic.run(120, 100);
        int[] picks = traffic.run(60, 100);
        assertThat((double) picks[0]).as(Arrays.toString(picks)).isCloseTo(2_000, within(2_000 * variant.uneven()));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void queuesAreInProportionToTheWeights(Variant variant) {
        Behaviour one = others -> new Reply(20.0, 200);
        Traffic traffic = new Traffic(variant.provider, variant.options, weighted(4, 2, 1), one, one, one);
        int[] picks = traffic.run(60, 2_000);
        assertThat(picks[0]).isGreaterThan(picks[1]);
        assertThat(picks[1]).isGreaterThan(picks[2]);
        assertThat(picks[2]).isPositive();
    }

    /** Queue and time count as a product: with one and the same time the shorter queue, and the other way round. */
    @Test
    void theCostIsTimeByQueueByWeight() {
        List<Upstream> upstreams = weighted(1, 1, 4);
        Strategy strategy = new PeakEwma().create(context(new SplittableRandom(1)));
        long[] nanos = {100, 300, 400};
        for (int i = 0; i < 3; i++) {
            strategy.observerOf(upstreams.get(i)).responded(nanos[i], 200);
        }
        Picker picker = strategy.pickerFor(upstreams);
        int[] tied = counts(picker, 3, 600);
        assertThat(tied[0]).as("100, 300, 100: both, by weight").isBetween(60, 180);
        assertThat(tied[1]).isZero();
        upstreams.get(0).inFlight = 1;
        assertThat(counts(picker, 3, 100)).as("200, 300, 100").containsExactly(0, 0, 100);
        upstreams.get(2).inFlight = 2;
        assertThat(counts(picker, 3, 100)).as("200, 300, 300").containsExactly(100, 0, 0);
        upstreams.get(0).inFlight = 3;
        upstreams.get(2).inFlight = 6;
        assertThat(counts(picker, 3, 100)).as("400, 300, 700").containsExactly(0, 100, 0);
    }

    @Test
    void responseTimesThatAreAboutTheSameTakeTurns() {
        List<Upstream> upstreams = weighted(1, 1, 1);
        Strategy strategy = new LeastResponseTime().create(context(new SplittableRandom(1)));
        long[] nanos = {10_000_000, 10_400_000, 20_000_000};
        for (int i = 0; i < 3; i++) {
            strategy.observerOf(upstreams.get(i)).responded(nanos[i], 200);
        }
        int[] counts = counts(strategy.pickerFor(upstreams), 3, 900);
        assertThat(counts[2]).isZero();
        assertThat(counts[0]).isBetween(300, 600);
    }

    @Test
    void aboveSixteenTheBetterOfTwoIsTaken() {
        List<Upstream> upstreams = equal(17);
        Strategy strategy = new PeakEwma().create(context(new SplittableRandom(1)));
        for (int i = 0; i < 17; i++) {
            strategy.observerOf(upstreams.get(i)).responded(i == 4 ? 5 : i == 8 ? 500 : 50, 200);
        }
        int[] counts = counts(strategy.pickerFor(upstreams), 17, 17_000);
        assertThat(counts[4]).isCloseTo(2_000, within(150));
        assertThat(counts[8]).isZero();
    }

    @Test
    void optionsAreReadAndRefusedInTheWordsOfTheConfiguration() {
        assertRefused(new PeakEwma(), "decay", 10, "decay: 10 (expected: a duration such as 10s)");
        assertRefused(new PeakEwma(), "decay", "0s", "decay: 0s (expected: 1ms to 1d)");
        assertRefused(new PeakEwma(), "decay", "soon", "decay: soon (expected: a duration such as 10s)");
        assertRefused(new PeakEwma(), "penalty", -1, "penalty: -1 (expected: 0..1000000)");
        assertRefused(
                new LeastResponseTime(), "time", "first-byte", "time: first-byte (expected: header or last-byte)");
        assertRefused(new LeastResponseTime(), "inflight", 1, "inflight: 1 (expected: true or false)");
        assertRefused(new LeastRequest(), "bias", "x", "bias: x (expected: 0..10)");
        assertRefused(new LeastRequest(), "bias", 11, "bias: 11 (expected: 0..10)");
        for (Object usable : List.of("250ms", "1.5 minutes", "10s")) {
            assertThat(new PeakEwma().create(with("decay", usable))).isNotNull();
        }
    }

    private static void assertRefused(StrategyProvider provider, String option, Object value, String message) {
        assertThatThrownBy(() -> provider.create(with(option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static StrategyContext with(String option, Object value) {
        SplittableRandom random = new SplittableRandom(1);
        return new StrategyContext(Map.of(option, value), () -> random, () -> 0L);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void learningAndPickingAllocateNothing(Variant variant) {
        AtomicLong clock = new AtomicLong();
        SplittableRandom random = new SplittableRandom(2);
        Strategy strategy = variant.provider.create(
                new StrategyContext(variant.options, () -> random, () -> clock.addAndGet(10_000)));
        for (int size : new int[] {3, 16, 100}) {
            List<Upstream> upstreams = weighted(weights(size, i -> 1 + i % 3));
            List<Observer> observers = new ArrayList<>();
            upstreams.forEach(upstream -> observers.add(strategy.observerOf(upstream)));
            Picker picker = strategy.pickerFor(upstreams);
            Runnable work = () -> {
                for (int i = 0; i < 50_000; i++) {
                    int index = picker.pick(i, 0);
                    Observer observer = observers.get(index);
                    observer.began();
                    observer.responded(1_000 + i % 977, i % 50 == 0 ? 503 : 200);
                    observer.ended(2_000 + i % 977, i % 70 == 0 ? Ending.FAILED : Ending.COMPLETE);
                }
            };
            work.run();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long self = Thread.currentThread().getId();
            long before = threads.getThreadAllocatedBytes(self);
            work.run();
            assertThat(threads.getThreadAllocatedBytes(self) - before).isLessThan(2_000);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void manyThreadsLearnAndPickTogether(Variant variant) throws Exception {
        AtomicLong seeds = new AtomicLong();
        ThreadLocal<RandomGenerator> random =
                ThreadLocal.withInitial(() -> new SplittableRandom(seeds.incrementAndGet()));
        AtomicLong clock = new AtomicLong();
        Strategy strategy = variant.provider.create(
                new StrategyContext(variant.options, random::get, () -> clock.addAndGet(1_000)));
        List<Upstream> upstreams = equal(4);
        List<Observer> observers = upstreams.stream().map(strategy::observerOf).toList();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                done.add(threads.submit(() -> {
                    Picker picker = strategy.pickerFor(upstreams);
                    for (int i = 0; i < 10_000; i++) {
                        int index = picker.pick(i, 0);
                        assertThat(index).isBetween(0, 3);
                        observers.get(index).began();
                        observers.get(index).responded(index == 3 ? 50_000 : 1_000 + i % 7, 200);
                        observers.get(index).ended(60_000, i % 10 == 0 ? Ending.CANCELLED : Ending.COMPLETE);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        for (int i = 0; i < 4; i++) {
            assertThat(estimate(observers.get(i), clock.get())).isBetween(0.0, 60_000.0);
        }
    }

    private static double estimate(Observer observer, long now) {
        if (observer instanceof ResponseTime time) {
            return time.estimate(0, now);
        }
        ProbedLoad load = (ProbedLoad) observer;
        load.probe(now, 1);
        return load.latency();
    }
}
