package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.context;
import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.nginxSequence;
import static io.jettylb.kit.Fixtures.sequence;
import static io.jettylb.kit.Fixtures.startingAt;
import static io.jettylb.kit.Fixtures.weighted;
import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.kit.Fixtures.Upstream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeastRequestTest {

    @Test
    void aQuietPoolIsServedInTheOrderOfRoundRobin() {
        int[] weights = {5, 1, 1};
        Picker picker = new LeastRequest().create(context(startingAt(0))).pickerFor(weighted(weights));
        assertThat(sequence(picker, 700)).containsExactly(nginxSequence(weights, 700));
    }

    @Test
    void theLeastLoadedForItsWeightWins() {
        List<Upstream> upstreams = weighted(4, 2, 1);
        Picker picker = picker(upstreams);
        load(upstreams, 4, 1, 1);
        assertThat(counts(picker, 3, 100)).containsExactly(0, 100, 0);
        load(upstreams, 3, 2, 1);
        assertThat(counts(picker, 3, 100)).containsExactly(100, 0, 0);
        load(upstreams, 5, 3, 1);
        assertThat(counts(picker, 3, 100)).containsExactly(0, 0, 100);
    }

    @Test
    void loadsAreComparedExactly() {
        List<Upstream> upstreams = weighted(1000, 999);
        // The products are more than an int can hold, and as one the larger would be negative.
        load(upstreams, 1, 3_000_000);
        assertThat(counts(picker(upstreams), 2, 100)).containsExactly(100, 0);
        // Apart by less than a float can tell.
        load(upstreams, 2_000_000_000, 1_998_000_001);
        assertThat(counts(picker(upstreams), 2, 100)).containsExactly(100, 0);
        load(upstreams, 2_000_000_001, 1_998_000_000);
        assertThat(counts(picker(upstreams), 2, 100)).containsExactly(0, 100);
    }

    @Test
    void tiesFollowTheWeightsAlsoUnderLoad() {
        List<Upstream> upstreams = weighted(3, 2, 1);
        load(upstreams, 6, 4, 2);
        assertThat(counts(picker(upstreams), 3, 600)).containsExactly(300, 200, 100);
    }

    /** F2 for an upstream that hangs, and is therefore still in the list. */
    @Test
    void theNeighbourOfAStuckUpstreamGetsNoMoreThanTheOthers() {
        for (int stuck = 0; stuck < 4; stuck++) {
            List<Upstream> upstreams = equal(4);
            upstreams.get(stuck).inFlight = 50;
            int[] counts = counts(picker(upstreams), 4, 30_000);
            for (int i = 0; i < 4; i++) {
                assertThat(counts[i]).isCloseTo(i == stuck ? 0 : 10_000, within(i == stuck ? 0 : 400));
            }
        }
    }

    @Test
    void theShareOfAStuckUpstreamGoesToTheOthersByWeight() {
        List<Upstream> upstreams = weighted(6, 3, 2, 1);
        upstreams.get(0).inFlight = 50;
        int[] counts = counts(picker(upstreams), 4, 60_000);
        assertThat(counts[0]).isZero();
        assertThat(counts[1]).isCloseTo(30_000, within(900));
        assertThat(counts[2]).isCloseTo(20_000, within(900));
        assertThat(counts[3]).isCloseTo(10_000, within(900));
    }

    @Test
    void upToSixteenAllAreCompared() {
        List<Upstream> upstreams = equal(LeastRequest.FULL_SCAN);
        assertThat(upstreams).hasSize(16);
        upstreams.forEach(upstream -> upstream.inFlight = 1);
        upstreams.get(11).inFlight = 0;
        assertThat(counts(picker(upstreams), 16, 1_000)[11]).isEqualTo(1_000);
    }

    @Test
    void aboveSixteenOnlyTwoAreCompared() {
        List<Upstream> upstreams = equal(LeastRequest.FULL_SCAN + 1);
        upstreams.forEach(upstream -> upstream.inFlight = 1);
        upstreams.get(11).inFlight = 0;
        upstreams.get(5).inFlight = 2;
        int[] counts = counts(picker(upstreams), 17, 17_000);
        // One of two different ones: 2 of 17. The most loaded one never, which shows that the two do differ.
        assertThat(counts[11]).isCloseTo(2_000, within(150));
        assertThat(counts[5]).isZero();
    }

    @Test
    void requestsInFlightSettleInProportionToTheWeights() {
        assertInFlightProportional(weighted(3, 2, 1), 60, 1);
        assertInFlightProportional(weighted(10, 10, 5, 5), 90, 2);
        assertInFlightProportional(weighted(weights(16, i -> 1 + i % 4)), 400, 2);
    }

    /** A closed loop: a fixed number of clients; in each step a random one's request ends and it sends the next. */
    private static void assertInFlightProportional(List<Upstream> upstreams, int clients, int tolerance) {
        Picker picker = picker(upstreams);
        SplittableRandom order = new SplittableRandom(5);
        List<Upstream> running = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            if (running.size() == clients) {
                Upstream ended = running.remove(order.nextInt(clients));
                ended.inFlight--;
            }
            Upstream next = upstreams.get(picker.pick(0, 0));
            next.inFlight++;
            running.add(next);
        }
        int total = upstreams.stream().mapToInt(Upstream::weight).sum();
        for (Upstream upstream : upstreams) {
            assertThat((double) upstream.inFlight)
                    .as(upstream.id())
                    .isCloseTo((double) clients * upstream.weight() / total, within((double) tolerance));
        }
    }

    @Test
    void aSlowUpstreamGetsLess() {
        List<Upstream> upstreams = equal(3);
        Picker picker = picker(upstreams);
        int[] picks = new int[3];
        // In virtual time: b0 needs 30 ticks for a request, the others 3; one request arrives with each tick.
        List<Queue<Integer>> ends = List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
        for (int now = 0; now < 9_000; now++) {
            for (int i = 0; i < 3; i++) {
                while (!ends.get(i).isEmpty() && ends.get(i).peek() <= now) {
                    ends.get(i).remove();
                    upstreams.get(i).inFlight--;
                }
            }
            int index = picker.pick(0, 0);
            picks[index]++;
            upstreams.get(index).inFlight++;
            ends.get(index).add(now + (index == 0 ? 30 : 3));
        }
        assertThat(picks[0]).isLessThan(picks[1] / 3);
        assertThat(picks[1]).isCloseTo(picks[2], within(500));
    }

    /** Mitzenmacher's bound: a thousand balls into a hundred bins; the fullest is hardly above the mean of ten. */
    @Test
    void twoChoicesBoundTheMaximum() {
        int fullest = fill(equal(100), 1_000);
        assertThat(fullest).isLessThanOrEqualTo(13);
        int[] random = new int[100];
        SplittableRandom generator = new SplittableRandom(6);
        int max = 0;
        for (int ball = 0; ball < 1_000; ball++) {
            max = Math.max(max, ++random[generator.nextInt(100)]);
        }
        assertThat(max).as("one choice does worse").isGreaterThan(fullest + 2);
    }

    @Test
    void twoChoicesRespectTheWeights() {
        List<Upstream> upstreams = weighted(weights(100, i -> 1 + i % 4));
        fill(upstreams, 25_000);
        for (Upstream upstream : upstreams) {
            assertThat(upstream.inFlight).isCloseTo(100 * upstream.weight(), within(8 * upstream.weight()));
        }
    }

    /** Requests that never end; gives the greatest number at one upstream. */
    private static int fill(List<Upstream> upstreams, int balls) {
        Picker picker = picker(upstreams);
        int max = 0;
        for (int ball = 0; ball < balls; ball++) {
            max = Math.max(max, ++upstreams.get(picker.pick(0, 0)).inFlight);
        }
        return max;
    }

    @Test
    void withABiasSharesFallWithTheLoadAsEnvoysWeightsDo() {
        List<Upstream> upstreams = weighted(4, 2, 1);
        load(upstreams, 3, 0, 1);
        // 4/4, 2/1 and 1/2.
        int[] counts = counts(biased(upstreams, 1), 3, 35_000);
        assertThat(counts[0]).isCloseTo(10_000, within(500));
        assertThat(counts[1]).isCloseTo(20_000, within(500));
        assertThat(counts[2]).isCloseTo(5_000, within(500));
        // 4/2, 2 and 1/1.4; a load beyond the table.
        load(upstreams, 1023, 0, 0);
        counts = counts(biased(upstreams, 0.5), 3, 31_250);
        assertThat(counts[0]).isCloseTo(1_250, within(150));
    }

    @Test
    void withABiasOfZeroTheLoadDoesNotCount() {
        List<Upstream> upstreams = weighted(3, 1);
        load(upstreams, 1_000, 0);
        assertThat(counts(biased(upstreams, 0), 2, 40_000)[0]).isCloseTo(30_000, within(500));
        List<Upstream> many = equal(20);
        many.get(3).inFlight = 1_000;
        assertThat(counts(biased(many, 0), 20, 20_000)[3]).isCloseTo(1_000, within(150));
        // One in twenty times two draws, against one that is idle: hardly ever.
        assertThat(counts(biased(many, 1), 20, 20_000)[3]).isLessThan(20);
    }

    private static Picker biased(List<Upstream> upstreams, Object bias) {
        SplittableRandom random = new SplittableRandom(1);
        return new LeastRequest()
                .create(new StrategyContext(Map.of("bias", bias), () -> random, () -> 0L))
                .pickerFor(upstreams);
    }

    private static void load(List<Upstream> upstreams, int... inFlight) {
        for (int i = 0; i < inFlight.length; i++) {
            upstreams.get(i).inFlight = inFlight[i];
        }
    }

    private static Picker picker(List<Upstream> upstreams) {
        return new LeastRequest().create(context(new SplittableRandom(1))).pickerFor(upstreams);
    }
}
