package io.jettylb.kit;

import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.startingAt;
import static io.jettylb.kit.Fixtures.weighted;
import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jettylb.balance.LoadReport;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.balance.StrategyContext;
import io.jettylb.balance.StrategyProvider;
import io.jettylb.config.StrategyConfig;
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
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/**
 * What every strategy must do, whatever its algorithm. Extend it in the tests of your own provider, and JUnit runs all of
 * it:
 *
 * <pre>{@code
 * class ClosestTest extends StrategyContract {
 *     protected StrategyProvider provider() { return new Closest(); }
 * }
 * }</pre>
 *
 * <p>It takes the provider's word for it whether shares follow the weights: see {@link StrategyProvider#proportional}.
 * Time stands still in it, and all that is random is seeded.
 */
public abstract class StrategyContract {

    /** Wide enough for a hash ring, and far from what a wrong share looks like: nothing, or that of two. */
    private static final Percentage ROUGHLY = Percentage.withPercentage(35);

    private static final Observer.Ending[] ENDINGS = Observer.Ending.values();
    private static final int[] SIZES = {1, 2, 3, 7, 16, 17, 100};

    /** For subclasses. */
    protected StrategyContract() {}

    /**
     * What is to be tested.
     *
     * @return the provider, always with the same properties
     */
    protected abstract StrategyProvider provider();

    /**
     * The options to test it with; override it to run the contract again with others.
     *
     * @return by default none
     */
    protected Map<String, Object> options() {
        return Map.of();
    }

    private Strategy strategy(Supplier<RandomGenerator> random, LongSupplier clock) {
        return provider()
                .create(new StrategyContext(
                        options(),
                        random,
                        clock,
                        option -> Strategies.installed()
                                .create(new StrategyConfig(String.valueOf(option), Map.of()), random, clock)));
    }

    private Strategy strategy(RandomGenerator random) {
        return strategy(() -> random, () -> 0L);
    }

    @Test
    final void everyPickIsAnIndexOfTheList() {
        SplittableRandom random = new SplittableRandom(1);
        Strategy strategy = strategy(random.split());
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

    @Test
    final void anyHashAndAnyAttemptWillDo() {
        Strategy strategy = strategy(new SplittableRandom(2));
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
    @Test
    final void observersTakeAnythingAndPicksStayValid() {
        SplittableRandom random = new SplittableRandom(11);
        long[] now = {Long.MAX_VALUE - 1_000_000};
        Strategy strategy = strategy(() -> random, () -> now[0]);
        long[] nanos = {0, 1, -1, 1_000_000, Long.MAX_VALUE, Long.MIN_VALUE};
        for (int size : SIZES) {
            List<Upstream> upstreams = weighted(weights(size, i -> 1 + i % 5));
            List<Observer> observers =
                    upstreams.stream().map(strategy::observerOf).toList();
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
                    default -> observer.ended(took, ENDINGS[i % ENDINGS.length]);
                }
            }
        }
    }

    /** F1: the field's most repeated bug. With two or four candidates a wrong remainder may stay unnoticed. */
    @Test
    final void aCursorMayWrap() {
        if (!provider().proportional()) {
            return;
        }
        long[] ends = {Long.MAX_VALUE, Integer.MAX_VALUE, (1L << 32) - 1, -1, Long.MIN_VALUE + 1_500};
        for (long end : ends) {
            for (int[] shares : new int[][] {{1, 1, 1}, {3, 2, 1}}) {
                Strategy strategy = strategy(startingAt(end - 1_500));
                assertShares(counts(strategy.pickerFor(weighted(shares)), 3, 6_000), shares);
            }
        }
    }

    @Test
    final void sharesFollowTheWeights() {
        if (!provider().proportional()) {
            return;
        }
        Strategy strategy = strategy(new SplittableRandom(3));
        for (int size : new int[] {1, 2, 3, 7, 16, 17}) {
            int[] same = weights(size, i -> 1);
            assertShares(counts(strategy.pickerFor(weighted(same)), size, 3_000 * size), same);
            int[] mixed = weights(size, i -> 1 + i % 3);
            assertShares(counts(strategy.pickerFor(weighted(mixed)), size, 3_000 * size), mixed);
        }
    }

    @Test
    final void extremeWeightsKeepTheirOrderOfMagnitude() {
        if (!provider().proportional()) {
            return;
        }
        Strategy strategy = strategy(new SplittableRandom(4));
        int[] counts = counts(strategy.pickerFor(weighted(1, 1000, 30)), 3, 100_000);
        assertThat(counts[1]).isGreaterThan(90_000);
        assertThat(counts[2]).isBetween(1_000, 6_000);
        assertThat(counts[0]).isBetween(1, 1_000);
    }

    /** F3: a list that flaps must not send everything to its first member. */
    @Test
    final void aNewPickerDoesNotStartOver() {
        if (!provider().proportional()) {
            return;
        }
        Strategy strategy = strategy(new SplittableRandom(5));
        SplittableRandom hashes = new SplittableRandom(6);
        int[] counts = new int[3];
        for (int i = 0; i < 600; i++) {
            counts[strategy.pickerFor(equal(3)).pick(hashes.nextLong(), 0)]++;
        }
        assertShares(counts, 1, 1, 1);
    }

    /** F2: the upstream after one that is gone gets no more than the others. */
    @Test
    final void whatIsLeftSharesEqually() {
        if (!provider().proportional()) {
            return;
        }
        Strategy strategy = strategy(new SplittableRandom(8));
        List<Upstream> all = equal(5);
        strategy.pickerFor(all).pick(0, 0);
        for (Upstream gone : all) {
            List<Upstream> left = new ArrayList<>(all);
            left.remove(gone);
            assertShares(counts(strategy.pickerFor(left), 4, 8_000), 1, 1, 1, 1);
        }
    }

    @Test
    final void aPickerLooksOnlyAtItsOwnListAndOutlivesItsSuccessor() {
        for (int size : SIZES) {
            Strategy strategy = strategy(new SplittableRandom(9));
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

    @Test
    final void eightThreadsGetValidIndicesAndTheSameSharesAsOne() throws Exception {
        AtomicLong seeds = new AtomicLong();
        ThreadLocal<RandomGenerator> random =
                ThreadLocal.withInitial(() -> new SplittableRandom(seeds.incrementAndGet()));
        Strategy strategy = strategy(random::get, () -> 0L);
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
        if (provider().proportional()) {
            assertShares(new int[] {counts.get(0), counts.get(1), counts.get(2), counts.get(3)}, shares);
        }
    }

    @Test
    final void aPickAllocatesNothing() {
        Strategy strategy = strategy(new SplittableRandom(10));
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

    @Test
    final void whateverItLearnsItStillPicksAndAllocatesNothing() {
        Strategy strategy = strategy(new SplittableRandom(11));
        for (int size : SIZES) {
            List<Upstream> upstreams = equal(size);
            List<Observer> observers =
                    upstreams.stream().map(strategy::observerOf).toList();
            Picker picker = strategy.pickerFor(upstreams);
            SplittableRandom random = new SplittableRandom(12);
            LoadReport report = new LoadReport(3, 0.5, Double.NaN);
            IntConsumer attempt = i -> {
                Observer observer = observers.get(picker.pick(random.nextLong(), i & 1));
                observer.began();
                // Clocks may stand still, and an upstream may take a day.
                long nanos = i % 50 == 0 ? 0 : i % 99 == 0 ? TimeUnit.DAYS.toNanos(1) : random.nextInt(100_000_000);
                if (i % 3 != 0) {
                    observer.responded(nanos, i % 7 == 0 ? 503 : 200);
                }
                if (i % 5 == 0) {
                    observer.reported(report);
                }
                observer.ended(nanos, ENDINGS[i % ENDINGS.length]);
            };
            allocatedBytes(attempt, 5_000);
            assertThat(allocatedBytes(attempt, 50_000))
                    .as("bytes for 50000 attempts at %d", size)
                    .isLessThan(1_000);
        }
    }

    private static long allocatedBytes(Picker picker, int picks) {
        return allocatedBytes(i -> picker.pick(i * 0x9E3779B97F4A7C15L, i & 3), picks);
    }

    private static long allocatedBytes(IntConsumer step, int steps) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(self);
        assertThat(before).as("allocation can be measured on this JVM").isPositive();
        before = threads.getThreadAllocatedBytes(self);
        for (int i = 0; i < steps; i++) {
            step.accept(i);
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
