package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.weighted;
import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The forms of the cycle, and that none of them is ever made where it would be dear. */
class WeightedCycleTest {

    @Test
    void equalWeightsNeedNoTable() {
        assertThat(cycle(weights(10_000, i -> 1))).isEqualTo(new WeightedCycle.Rotation(10_000));
        assertThat(cycle(weights(10_000, i -> 997))).isEqualTo(new WeightedCycle.Rotation(10_000));
        assertThat(cycle(17)).isEqualTo(new WeightedCycle.Rotation(1));
    }

    @Test
    void aTableIsAsLongAsTheReducedWeights() {
        assertThat(table(5, 1, 1)).hasSize(7);
        assertThat(table(500, 100, 100)).hasSize(7);
        assertThat(table(1000, 999)).hasSize(1999);
        // As many unequal upstreams as a full scan may have, of the greatest weights: always exact.
        assertThat(table(weights(16, i -> 1000 - i))).hasSize(16 * 1000 - 120);
    }

    @Test
    void tenThousandUglyWeightsCostOnlyTheirOwnArray() {
        SplittableRandom random = new SplittableRandom(1);
        int[] ugly = weights(10_000, i -> random.nextInt(1, 1001));
        assertThat(cycle(ugly))
                .isInstanceOfSatisfying(
                        WeightedCycle.Stride.class,
                        stride -> assertThat(stride.weights()).containsExactly(ugly));
    }

    @Test
    void noTableIsLargerThanItsLimit() {
        for (int size = 2; size < 2_000; size += 37) {
            int[] rising = weights(size, i -> 1 + i % 1000);
            long work = Arrays.stream(rising).asLongStream().sum() * size;
            assertThat(cycle(rising) instanceof WeightedCycle.Table)
                    .as("a table for %d", size)
                    .isEqualTo(work <= 1 << 20);
        }
    }

    @Test
    void strideSharesAreExactOverACycle() {
        int[][] lists = {{5, 1, 1}, {1000, 1, 1, 1}, {6, 4, 3, 12}, weights(500, i -> 1 + i % 12)};
        for (int[] weights : lists) {
            for (long start : new long[] {0, 12_345, -12_345, Integer.MAX_VALUE - 3L}) {
                assertThat(strideCounts(weights, start)).containsExactly(weights);
            }
        }
    }

    @Test
    void strideGoesOnOverTheWrapOfALong() {
        int[] weights = {5, 3, 1};
        int heaviest = 5;
        WeightedCycle.Stride stride = new WeightedCycle.Stride(weights, heaviest);
        AtomicLong cursor = new AtomicLong(Long.MAX_VALUE - 6_750);
        int[] counts = new int[3];
        for (int i = 0; i < 9_000; i++) {
            counts[stride.next(cursor)]++;
        }
        assertThat(cursor.get()).as("the cursor has wrapped").isNegative();
        // One cycle is broken off, so a share may be off by what it has in one.
        for (int i = 0; i < 3; i++) {
            assertThat(counts[i]).isBetween(weights[i] * 1_000 - heaviest, weights[i] * 1_000 + heaviest);
        }
    }

    /** All light ones in the same round would be a burst of them, and then none for long. */
    @Test
    void strideSpreadsTheLightOnesOverTheRounds() {
        int[] weights = weights(1_000, i -> i < 10 ? 100 : 1);
        WeightedCycle.Stride stride = new WeightedCycle.Stride(weights, 100);
        AtomicLong cursor = new AtomicLong();
        int[] lightInRound = new int[100];
        for (int pick = 0; pick < 1_990; pick++) {
            int index = stride.next(cursor);
            if (index >= 10) {
                lightInRound[(int) ((cursor.get() - 1) / 1_000)]++;
            }
        }
        assertThat(Arrays.stream(lightInRound)).allMatch(light -> light >= 5 && light <= 15);
    }

    private static int[] strideCounts(int[] weights, long start) {
        int heaviest = Arrays.stream(weights).max().orElseThrow();
        WeightedCycle.Stride stride = new WeightedCycle.Stride(weights, heaviest);
        AtomicLong cursor = new AtomicLong(start);
        int[] counts = new int[weights.length];
        for (int i = Arrays.stream(weights).sum(); i > 0; i--) {
            counts[stride.next(cursor)]++;
        }
        return counts;
    }

    private static int[] table(int... weights) {
        return ((WeightedCycle.Table) cycle(weights)).order();
    }

    private static WeightedCycle cycle(int... weights) {
        return WeightedCycle.of(weighted(weights));
    }
}
