package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeightedDrawTest {

    @Test
    void probabilitiesAreExact() {
        SplittableRandom random = new SplittableRandom(1);
        int[][] lists = {
            {1},
            {1, 2},
            {5, 1, 1},
            {1, 1000},
            {1000, 1},
            {3, 3, 3},
            {1, 2, 3, 4, 5, 6},
            weights(777, i -> random.nextInt(1, 1001)),
            weights(100, i -> i == 50 ? 1000 : 1)
        };
        for (int[] weights : lists) {
            WeightedDraw draw = new WeightedDraw(weights);
            for (int i = 0; i < weights.length; i++) {
                assertThat(draw.area(i)).isEqualTo((long) weights[i] * weights.length);
            }
        }
    }

    @Test
    void drawsFollowTheProbabilities() {
        int[] weights = {5, 1, 10, 4};
        WeightedDraw draw = new WeightedDraw(weights);
        SplittableRandom random = new SplittableRandom(2);
        int[] counts = new int[4];
        for (int i = 0; i < 200_000; i++) {
            counts[draw.draw(random)]++;
        }
        for (int i = 0; i < 4; i++) {
            assertThat(counts[i]).isCloseTo(10_000 * weights[i], within(800));
        }
    }

    @Test
    void equalWeightsNeedNoTables() {
        assertThat(new WeightedDraw(weights(10_000, i -> 7)).uniform()).isTrue();
        assertThat(new WeightedDraw(weights(10_000, i -> 7 + i % 2)).uniform()).isFalse();
    }

    @Test
    void theOtherIsNeverTheSameAndFollowsTheWeightsOfTheRest() {
        SplittableRandom random = new SplittableRandom(3);
        int[][] lists = {{1, 1, 1, 1}, {5, 1, 3, 1}, {1, 3, 1, 9}};
        for (int[] weights : lists) {
            WeightedDraw draw = new WeightedDraw(weights);
            int rest = Arrays.stream(weights).sum() - weights[0];
            int[] counts = new int[4];
            for (int i = 0; i < 60_000; i++) {
                counts[draw.drawOther(0, random)]++;
            }
            assertThat(counts[0]).isZero();
            for (int i = 1; i < 4; i++) {
                assertThat(counts[i]).isCloseTo(60_000 * weights[i] / rest, within(1_000));
            }
        }
    }

    @Test
    void anOverwhelmingWeightDoesNotHideTheOthers() {
        WeightedDraw draw = new WeightedDraw(new int[] {1_000_000, 1, 1});
        SplittableRandom random = new SplittableRandom(4);
        int[] counts = new int[3];
        for (int i = 0; i < 10_000; i++) {
            counts[draw.drawOther(0, random)]++;
        }
        assertThat(counts[0]).isZero();
        assertThat(counts[1]).isCloseTo(5_000, within(300));
    }
}
