package io.jettylb.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of the simulator, each on its own. */
class PartsTest {

    private static final List<Phase> GOOD = List.of(new Phase(0, Condition.GOOD));

    @Test
    void eventsHappenInTheOrderOfTheirTimeAndThenOfTheirAnnouncement() {
        VirtualTime time = new VirtualTime();
        List<String> happened = new ArrayList<>();
        time.at(20, () -> happened.add("c" + time.getAsLong()));
        time.at(10, () -> {
            happened.add("a" + time.getAsLong());
            time.at(5, () -> happened.add("late" + time.getAsLong()));
        });
        time.at(10, () -> happened.add("b" + time.getAsLong()));
        time.run();

        assertThat(happened).containsExactly("a10", "b10", "late10", "c20");
    }

    @ParameterizedTest
    @EnumSource(names = "PARETO", mode = EnumSource.Mode.EXCLUDE)
    void serviceTimesHaveTheMeanOne(ServiceTime service) {
        SplittableRandom random = new SplittableRandom(1);
        double sum = 0;
        for (int i = 0; i < 200_000; i++) {
            sum += service.draw(random);
        }
        assertThat(sum / 200_000).isCloseTo(1, Percentage.withPercentage(1));
    }

    /** Its variance is infinite, so that a mean would say little. */
    @Test
    void paretoHasItsTail() {
        SplittableRandom random = new SplittableRandom(1);
        int longer = 0;
        for (int i = 0; i < 1_000_000; i++) {
            longer += ServiceTime.PARETO.draw(random) > 5 ? 1 : 0;
        }
        assertThat(longer).isCloseTo(10_000, Percentage.withPercentage(5));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void arrivalsKeepTheirRate(boolean bursty) {
        Arrivals arrivals = new Arrivals(1_000, bursty, new SplittableRandom(3));
        int count = 0;
        while (arrivals.next() < 1_000e9) {
            count++;
        }
        assertThat(count).isCloseTo(1_000_000, Percentage.withPercentage(bursty ? 5 : 1));
    }

    @Test
    void burstsAreUneven() {
        // The number in a tenth of a second: its variance is its mean for a Poisson process, and far more in bursts.
        assertThat(dispersion(false)).isBetween(0.9, 1.1);
        assertThat(dispersion(true)).isGreaterThan(10);
    }

    private static double dispersion(boolean bursty) {
        Arrivals arrivals = new Arrivals(1_000, bursty, new SplittableRandom(4));
        int[] counts = new int[2_000];
        for (long at = arrivals.next(); at < counts.length * 100_000_000L; at = arrivals.next()) {
            counts[(int) (at / 100_000_000)]++;
        }
        double squares = 0;
        for (int count : counts) {
            squares += (count - 100.0) * (count - 100.0);
        }
        return squares / counts.length / 100;
    }

    @Test
    void fewKeysAreBusy() {
        Keys keys = new Keys(true, new SplittableRandom(5));
        int first = 0;
        for (int i = 0; i < 100_000; i++) {
            first += keys.next() == 0 ? 1 : 0;
        }
        assertThat(first).isBetween(2_000, 2_500);
    }

    @Test
    void keysDifferInTheirHash() {
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < Keys.COUNT; i++) {
            hashes.add(Keys.hash(i));
        }
        assertThat(hashes).hasSize(Keys.COUNT).doesNotContain(0L);
    }

    @Test
    void whoFindsAllWorkersBusyWaitsForTheFirst() {
        Upstream upstream = new Upstream(0, "u", 2, GOOD);

        assertThat(upstream.serve(0, 100, 1_000)).isEqualTo(100);
        assertThat(upstream.serve(10, 20, 1_000)).isEqualTo(30);
        assertThat(upstream.serve(20, 50, 1_000)).isEqualTo(80);
        assertThat(upstream.serve(25, 10, 1_000)).isEqualTo(90);
        assertThat(upstream.serve(500, 10, 1_000)).isEqualTo(510);
    }

    @Test
    void whoHasLeftBeforeItsTurnTakesNoWorker() {
        Upstream upstream = new Upstream(0, "u", 1, GOOD);

        assertThat(upstream.serve(0, 100, 1_000)).isEqualTo(100);
        assertThat(upstream.serve(10, 100, 50)).isEqualTo(Long.MAX_VALUE);
        assertThat(upstream.serve(20, 100, 1_000)).isEqualTo(200);
    }

    @Test
    void aDelayKeepsNobodyElseWaiting() {
        Upstream upstream = new Upstream(0, "u", 1, List.of(new Phase(0, Condition.delayed(1_000))));

        assertThat(upstream.serve(0, 100, 10_000)).isEqualTo(1_100);
        assertThat(upstream.serve(0, 100, 10_000)).isEqualTo(1_200);
    }

    @Test
    void aColdUpstreamWarmsUpWithItsRequests() {
        Upstream upstream =
                new Upstream(0, "u", 1, List.of(new Phase(0, Condition.GOOD), new Phase(1_000, Condition.cold(3, 2))));

        assertThat(upstream.serve(0, 100, 10_000)).isEqualTo(100);
        assertThat(upstream.serve(1_000, 100, 10_000)).isEqualTo(1_300);
        assertThat(upstream.serve(2_000, 100, 10_000)).isEqualTo(2_200);
        assertThat(upstream.serve(3_000, 100, 10_000)).isEqualTo(3_100);
    }

    @Test
    void theLoadIsCounted() {
        Upstream upstream = new Upstream(0, "u", 1, GOOD);
        upstream.began(0, true);
        upstream.began(50, false);
        upstream.ended(100);
        upstream.ended(150);

        assertThat(upstream.load(200)).isEqualTo(new UpstreamLoad("u", 1, 2, 1.0));
    }

    @ParameterizedTest
    @EnumSource
    void everyLifeBeginsAtTheBeginningAndGoesForward(Scenario scenario) {
        for (int upstreams : new int[] {1, 2, 3, 10, 11, 99}) {
            for (int i = 0; i < upstreams; i++) {
                List<Phase> phases = scenario.phases(i, upstreams, 60_000_000_000L);
                assertThat(phases.get(0).from()).isZero();
                assertThat(phases).isSortedAccordingTo((a, b) -> Long.compare(a.from(), b.from()));
            }
        }
        assertThat(Scenario.of(scenario.label())).contains(scenario);
    }
}
