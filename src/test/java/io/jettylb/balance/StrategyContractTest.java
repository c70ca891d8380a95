package io.jettylb.balance;

import static io.jettylb.balance.Fixtures.context;
import static io.jettylb.balance.Fixtures.counts;
import static io.jettylb.balance.Fixtures.equal;
import static io.jettylb.balance.Fixtures.startingAt;
import static io.jettylb.balance.Fixtures.weighted;
import static io.jettylb.balance.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jettylb.balance.Fixtures.Upstream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every strategy must do, whatever its algorithm. A new provider is found by its line in META-INF/services. */
class StrategyContractTest {

    /** Wide enough for a hash ring, and far from what a wrong share looks like: nothing, or that of two. */
    private static final Percentage ROUGHLY = Percentage.withPercentage(35);

    private static final int[] SIZES = {1, 2, 3, 7, 16, 17, 100};

    static Stream<Named<StrategyProvider>> providers() {
        return ServiceLoader.load(StrategyProvider.class, StrategyProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .map(provider -> Named.of(provider.name(), provider));
    }

    /** Those that promise shares. */
    static Stream<Named<StrategyProvider>> proportional() {
        return providers().filter(provider -> provider.getPayload().proportional());
    }

    @ParameterizedTest
    @MethodSource("providers")
    void everyPickIsAnIndexOfTheList(StrategyProvider provider) {
        SplittableRandom random = new SplittableRandom(1);
        Strategy strategy = provider.create(context(random.split()));
        for (int size : SIZES) {
            List<Upstream> upstreams = weighted(weights(size, i -> random.nextInt(1, 1001)));
            Picker picker = strategy.pickerFor(upstreams);
            for (int i = 0; i < 2_000; i++) {
                // Any load must do, the largest as well: nothing may overflow.
                upstreams.get(random.nextInt(size)).inFlight = i % 10 == 0 ? Integer.MAX_VALUE : random.nextInt(1_000);
                assertThat(picker.pick(random.nextLong(), i % 4)).isBetween(0, size - 1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void anyHashAndAnyAttemptWillDo(StrategyProvider provider) {
        Strategy strategy = provider.create(context(new SplittableRandom(2)));
        long[] hashes = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE, 1L << 32};
        int[] attempts = {0, 1, 2, 100, Integer.MAX_VALUE};
        for (int size : SIZES) {
            Picker picker = strategy.pickerFor(equal(size));
            for (long hash : hashes) {
                for (int attempt : attempts) {
                    assertThat(picker.pick(hash, attempt)).isBetween(0, size - 1);
                }
            }
        }
    }

    /** Whatever attempts do, and whatever an upstream says: orders and figures that a pool would never produce, too. */
    @ParameterizedTest
    @MethodSource("providers")
    void observersTakeAnythingAndPicksStayValid(StrategyProvider provider) {
        SplittableRandom random = new SplittableRandom(11);
        long[] now = {Long.MAX_VALUE - 1_000_000};
        Strategy strategy = provider.create(new StrategyContext(Map.of(), () -> random, () -> now[0]));
        long[] nanos = {0, 1, -1, 1_000_000, Long.MAX_VALUE, Long.MIN_VALUE};
        Observer.Ending[] endings = Observer.Ending.values();
        for (int size : SIZES) {
            List<Upstream> upstreams = weighted(weights(size, i -> 1 + i % 5));
            List<Observer> observers = new ArrayList<>();
            upstreams.forEach(upstream -> observers.add(strategy.observerOf(upstream)));
            Picker picker = strategy.pickerFor(upstreams);
            for (int i = 0; i < 3_000; i++) {
                int index = picker.pick(random.nextLong(), 0);
                assertThat(index).isBetween(0, size - 1);
                upstreams.get(index).inFlight = random.nextInt(100);
                Observer observer = observers.get(index);
                long took = nanos[random.nextInt(nanos.length)];
                now[0] += random.nextLong(-1_000, 1_000_000_000);
                switch (random.nextInt(4)) {
                    case 0 -> observer.began();
                    case 1 -> observer.responded(took, random.nextInt(100, 600));
                    case 2 ->
                        observer.reported(
                                new LoadReport(random.nextInt(-1, Integer.MAX_VALUE), Double.NaN, Double.NaN));
                    default -> observer.ended(took, endings[i % endings.length]);
                }
            }
        }
    }

    /** F1: the field's most repeated bug. With two or four candidates a wrong remainder may stay unnoticed. */
    @ParameterizedTest
    @MethodSource("proportional")
    void aCursorMayWrap(StrategyProvider provider) {
        long[] ends = {Long.MAX_VALUE, Integer.MAX_VALUE, (1L << 32) - 1, -1, Long.MIN_VALUE + 1_500};
        for (long end : ends) {
            for (int[] shares : new int[][] {{1, 1, 1}, {3, 2, 1}}) {
                Strategy strategy = provider.create(context(startingAt(end - 1_500)));
                assertShares(counts(strategy.pickerFor(weighted(shares)), 3, 6_000), shares);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("proportional")
    void sharesFollowTheWeights(StrategyProvider provider) {
        Strategy strategy = provider.create(context(new SplittableRandom(3)));
        for (int size : new int[] {1, 2, 3, 7, 16, 17}) {
            int[] same = weights(size, i -> 1);
            assertShares(counts(strategy.pickerFor(weighted(same)), size, 3_000 * size), same);
            int[] mixed = weights(size, i -> 1 + i % 3);
            assertShares(counts(strategy.pickerFor(weighted(mixed)), size, 3_000 * size), mixed);
        }
    }

    @ParameterizedTest
    @MethodSource("proportional")
    void extremeWeightsKeepTheirOrderOfMagnitude(StrategyProvider provider) {
        Strategy strategy = provider.create(context(new SplittableRandom(4)));
        int[] counts = counts(strategy.pickerFor(weighted(1, 1000, 30)), 3, 100_000);
        assertThat(counts[1]).isGreaterThan(90_000);
        assertThat(counts[2]).isBetween(1_000, 6_000);
        assertThat(counts[0]).isBetween(1, 1_000);
    }

    /** F3: a list that flaps must not send everything to its first member. */
    @ParameterizedTest
    @MethodSource("proportional")
    void aNewPickerDoesNotStartOver(StrategyProvider provider) {
        Strategy strategy = provider.create(context(new SplittableRandom(5)));
        SplittableRandom hashes = new SplittableRandom(6);
        int[] counts = new int[3];
        for (int i = 0; i < 600; i++) {
            counts[strategy.pickerFor(equal(3)).pick(hashes.nextLong(), 0)]++;
        }
        assertShares(counts, 1, 1, 1);
    }

    /** F2: the upstream after one that is gone gets no more than the others. */
    @ParameterizedTest
    @MethodSource("proportional")
    void whatIsLeftSharesEqually(StrategyProvider provider) {
        Strategy strategy = provider.create(context(new SplittableRandom(8)));
        List<Upstream> all = equal(5);
        strategy.pickerFor(all).pick(0, 0);
        for (Upstream gone : all) {
            List<Upstream> left = new ArrayList<>(all);
            left.remove(gone);
            assertShares(counts(strategy.pickerFor(left), 4, 8_000), 1, 1, 1, 1);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aPickerLooksOnlyAtItsOwnListAndOutlivesItsSuccessor(StrategyProvider provider) {
        for (int size : SIZES) {
            Strategy strategy = provider.create(context(new SplittableRandom(9)));
            List<Upstream> earlier = equal(3);
            List<Upstream> later = weighted(weights(size, i -> 1 + i));
            Picker first = strategy.pickerFor(earlier);
            Picker second = strategy.pickerFor(later);
            for (int i = 0; i < 200; i++) {
                // Either list is out of bounds while the other is picked from.
                later.forEach(upstream -> upstream.gone = true);
                assertThat(first.pick(i, 0)).isBetween(0, 2);
                later.forEach(upstream -> upstream.gone = false);
                earlier.forEach(upstream -> upstream.gone = true);
                assertThat(second.pick(i, 0)).isBetween(0, size - 1);
                earlier.forEach(upstream -> upstream.gone = false);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void eightThreadsGetValidIndicesAndTheSameSharesAsOne(StrategyProvider provider) throws Exception {
        AtomicLong seeds = new AtomicLong();
        ThreadLocal<RandomGenerator> random =
                ThreadLocal.withInitial(() -> new SplittableRandom(seeds.incrementAndGet()));
        Strategy strategy = provider.create(new StrategyContext(Map.of(), random::get, () -> 0L));
        int[] shares = {1, 2, 3, 1};
        Picker picker = strategy.pickerFor(weighted(shares));
        AtomicIntegerArray counts = new AtomicIntegerArray(shares.length);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                SplittableRandom hashes = new SplittableRandom(thread);
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 7_000; i++) {
                        counts.incrementAndGet(picker.pick(hashes.nextLong(), 0));
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        if (provider.proportional()) {
            assertShares(new int[] {counts.get(0), counts.get(1), counts.get(2), counts.get(3)}, shares);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aPickAllocatesNothing(StrategyProvider provider) {
        Strategy strategy = provider.create(context(new SplittableRandom(10)));
        for (int size : new int[] {1, 3, 16, 17, 3_000}) {
            for (int step : new int[] {0, 1}) {
                List<Upstream> upstreams = weighted(weights(size, i -> 1 + i % 997 * step));
                // Some load, so that ties and comparisons take all their ways.
                for (int i = 0; i < size; i++) {
                    upstreams.get(i).inFlight = i % 3;
                }
                Picker picker = strategy.pickerFor(upstreams);
                allocatedBytes(picker, 5_000);
                assertThat(allocatedBytes(picker, 100_000))
                        .as("bytes for 100000 picks from %d", size)
                        .isLessThan(1_000);
            }
        }
    }

    private static long allocatedBytes(Picker picker, int picks) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(self);
        assertThat(before).as("allocation can be measured on this JVM").isPositive();
        before = threads.getThreadAllocatedBytes(self);
        for (int i = 0; i < picks; i++) {
            picker.pick(i * 0x9E3779B97F4A7C15L, i & 3);
        }
        return threads.getThreadAllocatedBytes(self) - before;
    }

    private static void assertShares(int[] counts, int... weights) {
        double picks = Arrays.stream(counts).sum();
        double weight = Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            assertThat((double) counts[i])
                    .as("picks of %d in %s for weights %s", i, Arrays.toString(counts), Arrays.toString(weights))
                    .isCloseTo(picks * weights[i] / weight, ROUGHLY);
        }
    }
}
