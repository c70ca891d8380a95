package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ZoneSplitTest {

    private static final Offset<Double> EXACT = within(1e-12);

    @ParameterizedTest
    @MethodSource
    void table(long[] capacities, int zones, double share, double[] parts) {
        double[] upTo = ZoneSplit.cumulative(capacities, zones, share);

        double before = 0;
        for (int i = 0; i < parts.length; i++) {
            assertThat(upTo[i] - before).as("zone " + i).isCloseTo(parts[i], EXACT);
            before = upTo[i];
        }
        assertThat(upTo[parts.length - 1]).isEqualTo(1);
    }

    static Stream<Arguments> table() {
        double even = Double.NaN;
        return Stream.of(
                // As much here as anywhere, or more: nobody leaves.
                row(of(2, 2, 2), 3, even, 1, 0, 0),
                row(of(1, 1, 1), 3, even, 1, 0, 0),
                row(of(4, 1, 1), 3, even, 1, 0, 0),
                // Half of what an even share would need: half stays, and the rest goes where there is too much.
                row(of(1, 2, 3), 3, even, 0.5, 0, 0.5),
                row(of(1, 3, 2), 3, even, 0.5, 0.5, 0),
                row(of(2, 5, 5), 3, even, 0.5, 0.25, 0.25),
                // The example of Envoy's documentation with percents: 20 % of the capacity, a third of the traffic.
                row(of(20, 40, 40), 3, even, 0.6, 0.2, 0.2),
                // With a share that was told: the own zone has half of all traffic and a quarter of the capacity.
                row(of(1, 3), 2, 0.5, 0.5, 0.5),
                row(of(1, 3), 2, 0.25, 1, 0),
                row(of(1, 3), 2, 1, 0.25, 0.75),
                // A zone that has lost all its upstreams still has traffic, which the others take over here as well.
                row(of(3, 3), 3, even, 1, 0),
                row(of(1, 5), 3, even, 0.5, 0.5));
    }

    /** If all zones do this with the even shares that they assume, every upstream gets the same for its weight. */
    @Test
    void everybodyGetsTheSame() {
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 1000; round++) {
            int zones = 2 + random.nextInt(4);
            long[] capacity = random.longs(zones, 1, 100).toArray();
            double[] load = new double[zones];
            for (int own = 0; own < zones; own++) {
                long[] ownFirst = swapped(capacity, own);
                double[] upTo = ZoneSplit.cumulative(ownFirst, zones, Double.NaN);
                double before = 0;
                for (int i = 0; i < zones; i++) {
                    load[i == 0 ? own : i == own ? 0 : i] += (upTo[i] - before) / zones;
                    before = upTo[i];
                }
            }
            double total = java.util.Arrays.stream(capacity).sum();
            for (int zone = 0; zone < zones; zone++) {
                assertThat(load[zone]).isCloseTo(capacity[zone] / total, within(1e-9));
            }
        }
    }

    private static long[] swapped(long[] capacity, int own) {
        long[] ownFirst = capacity.clone();
        ownFirst[0] = capacity[own];
        ownFirst[own] = capacity[0];
        return ownFirst;
    }

    private static long[] of(long... capacities) {
        return capacities;
    }

    private static Arguments row(long[] capacities, int zones, double share, double... parts) {
        return Arguments.of(capacities, zones, share, parts);
    }
}
