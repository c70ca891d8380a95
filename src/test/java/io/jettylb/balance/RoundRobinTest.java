package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.context;
import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.nginxSequence;
import static io.jettylb.kit.Fixtures.sequence;
import static io.jettylb.kit.Fixtures.startingAt;
import static io.jettylb.kit.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundRobinTest {

    @Test
    void theOrderIsNginxs() {
        assertThat(sequence(from(0, 5, 1, 1), 7)).containsExactly(0, 0, 1, 0, 2, 0, 0);
        int[][] lists = {{5, 1, 1}, {1, 2, 3}, {1, 1, 1}, {1}, {10, 20, 30}, {4, 3, 2}, {1000, 1, 999, 7}, {2, 2, 1}};
        for (int[] weights : lists) {
            assertThat(sequence(from(0, weights), 5_000)).containsExactly(nginxSequence(weights, 5_000));
        }
    }

    @Test
    void theOrderIsTheSameAcrossTheWrapOfAnInt() {
        int[] expected = nginxSequence(new int[] {5, 1, 1}, 7);
        int[] picked = sequence(from(Integer.MAX_VALUE - 10L, 5, 1, 1), 100);
        for (int i = 0; i < picked.length; i++) {
            assertThat(picked[i]).isEqualTo(expected[(int) ((Integer.MAX_VALUE - 10L + i) % 7)]);
        }
    }

    @Test
    void theWrapOfALongCostsAtMostOneTurn() {
        assertThat(Arrays.stream(counts(from(Long.MAX_VALUE - 1_499, 1, 1, 1), 3, 3_000)))
                .allMatch(count -> Math.abs(count - 1_000) <= 1);
        assertThat(sequence(from(-4, 1, 1, 1), 6)).containsExactly(2, 0, 1, 2, 0, 1);
    }

    /** F13. */
    @Test
    void balancersStartedTogetherStartAtDifferentUpstreams() {
        SplittableRandom seeds = new SplittableRandom(1);
        int[] first = new int[7];
        for (int balancer = 0; balancer < 7_000; balancer++) {
            Strategy strategy = new RoundRobin().create(context(new SplittableRandom(seeds.nextLong())));
            first[strategy.pickerFor(equal(7)).pick(0, 0)]++;
        }
        assertThat(Arrays.stream(first)).allMatch(count -> count > 850 && count < 1_150);
    }

    /** Else each of two upstreams would be asked first by all clients or by none, if every first attempt at it fails. */
    @Test
    void aRetryTakesNoTurn() {
        Picker picker =
                new RoundRobin().create(context(new SplittableRandom(1))).pickerFor(equal(2));
        int first = picker.pick(0, 0);
        for (int i = 1; i <= 100; i++) {
            picker.pick(0, 1);
            assertThat(picker.pick(0, 0)).isEqualTo((first + i) % 2);
        }
    }

    /** F2: the retries of a failing upstream are not its neighbour's burden alone. */
    @Test
    void retriesAreSpreadByWeight() {
        Picker picker =
                new RoundRobin().create(context(new SplittableRandom(1))).pickerFor(weighted(1, 2, 1));
        int[] counts = new int[3];
        for (int i = 0; i < 8_000; i++) {
            counts[picker.pick(0, 1)]++;
        }
        assertThat(counts[0]).isBetween(1_800, 2_200);
        assertThat(counts[1]).isBetween(3_700, 4_300);
        assertThat(counts[2]).isBetween(1_800, 2_200);
    }

    /** F3: and the position goes on exactly where it was. */
    @Test
    void thePositionSurvivesChangesOfTheList() {
        Strategy strategy = new RoundRobin().create(context(startingAt(0)));
        for (int i = 0; i < 30; i++) {
            assertThat(strategy.pickerFor(equal(3)).pick(0, 0)).isEqualTo(i % 3);
        }
        strategy.pickerFor(equal(2)).pick(0, 0);
        assertThat(strategy.pickerFor(equal(3)).pick(0, 0)).isEqualTo(31 % 3);
    }

    @Test
    void twoPoolsDoNotMoveEachOther() {
        RoundRobin provider = new RoundRobin();
        Picker one = provider.create(context(startingAt(0))).pickerFor(equal(3));
        Picker other = provider.create(context(startingAt(0))).pickerFor(equal(3));
        assertThat(sequence(one, 4)).containsExactly(0, 1, 2, 0);
        assertThat(sequence(other, 4)).containsExactly(0, 1, 2, 0);
    }

    @Test
    void sharesAreExactWhateverTheThreads() throws Exception {
        Picker picker = from(-12_345, 5, 1, 1);
        AtomicIntegerArray counts = new AtomicIntegerArray(3);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<? extends Future<?>> done = IntStream.range(0, 8)
                    .mapToObj(thread -> threads.submit(() -> {
                        for (int i = 0; i < 7_000; i++) {
                            counts.incrementAndGet(picker.pick(0, 0));
                        }
                    }))
                    .toList();
            for (Future<?> each : done) {
                each.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(new int[] {counts.get(0), counts.get(1), counts.get(2)}).containsExactly(40_000, 8_000, 8_000);
    }

    @Test
    void aHeavyUpstreamsTurnsAreSpread() {
        // Weight 6 of 10: never more than two in a row, also over the end of the cycle.
        int[] picked = sequence(from(0, 6, 2, 2), 1_000);
        Set<Integer> runs = new HashSet<>();
        int run = 0;
        for (int index : picked) {
            run = index == 0 ? run + 1 : 0;
            runs.add(run);
        }
        assertThat(runs).containsExactlyInAnyOrder(0, 1, 2);
    }

    private static Picker from(long start, int... weights) {
        return new RoundRobin().create(context(startingAt(start))).pickerFor(weighted(weights));
    }
}
