package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Candidate;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EffectiveWeightsTest {

    private static final double NONE = Double.NaN;

    @Test
    void plainWeightsStayWhatTheyAre() {
        int[] weights = {5, 1, 1};

        assertThat(EffectiveWeights.of(weights, of(1, 1, 1), of(NONE, NONE, NONE)))
                .isSameAs(weights);
    }

    @ParameterizedTest
    @MethodSource
    void table(int[] weights, double[] factors, double[] capacities, int[] effective) {
        assertThat(EffectiveWeights.of(weights, factors, capacities)).containsExactly(effective);
    }

    static Stream<Arguments> table() {
        return Stream.of(
                // One that is not nominal puts all in hundredths.
                row(w(5, 1, 1), of(1, 1, 0.1), of(NONE, NONE, NONE), w(500, 100, 10)),
                row(w(1, 1), of(0.75, 1), of(NONE, NONE), w(75, 100)),
                // Nobody who may be picked weighs nothing.
                row(w(1, 1), of(0.001, 1), of(NONE, NONE), w(1, 100)),
                // Measured capacities share what those measured have together: 3 + 1 as 3 to 1, and not as 9 to 1.
                row(w(3, 1), of(1, 1), of(300, 100), w(300, 100)),
                row(w(1, 1), of(1, 1), of(300, 100), w(150, 50)),
                // Those without are as before.
                row(w(1, 1, 7), of(1, 1, 1), of(300, 100, NONE), w(150, 50, 700)),
                row(w(2, 2), of(1, 1), of(NONE, 40), w(200, 200)),
                // A tenth and ten times the mean at most.
                row(w(1, 1), of(1, 1), of(1, 1e9), w(10, 200)),
                // Slow start applies to what was measured, too.
                row(w(1, 1), of(0.5, 1), of(100, 100), w(50, 100)),
                // The largest of all fits, and the others keep their proportion.
                row(w(1000, 500), of(10, 10), of(NONE, NONE), w(100_000, 50_000)));
    }

    @Test
    void tenThousandOfTheLargestFitAnInt() {
        int[] weights = new int[10_000];
        double[] factors = new double[weights.length];
        double[] capacities = new double[weights.length];
        Arrays.fill(weights, 1000);
        Arrays.fill(factors, 10);
        Arrays.fill(capacities, NONE);

        int[] effective = EffectiveWeights.of(weights, factors, capacities);

        assertThat(Arrays.stream(effective).asLongStream().sum()).isLessThanOrEqualTo(Integer.MAX_VALUE);
        assertThat(effective).containsOnly(Candidate.MAX_WEIGHT);
    }

    private static Arguments row(int[] weights, double[] factors, double[] capacities, int[] effective) {
        return Arguments.of(weights, factors, capacities, effective);
    }

    private static int[] w(int... weights) {
        return weights;
    }

    private static double[] of(double... figures) {
        return figures;
    }
}
