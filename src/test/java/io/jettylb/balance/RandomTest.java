package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.context;
import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.kit.Fixtures.Upstream;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RandomTest {

    private static Picker picker(List<Upstream> upstreams) {
        return new Random().create(context(new SplittableRandom(1))).pickerFor(upstreams);
    }

    @Test
    void eachIsAsLikelyAsItsWeightSays() {
        int[] counts = counts(picker(weighted(6, 3, 1)), 3, 100_000);
        assertThat(counts[0]).isCloseTo(60_000, within(1_000));
        assertThat(counts[1]).isCloseTo(30_000, within(1_000));
        assertThat(counts[2]).isCloseTo(10_000, within(1_000));
    }

    @Test
    void theLoadDoesNotMatter() {
        List<Upstream> upstreams = weighted(1, 1);
        upstreams.get(0).inFlight = 1_000;
        assertThat(counts(picker(upstreams), 2, 20_000)[0]).isCloseTo(10_000, within(500));
    }

    @Test
    void onePickSaysNothingAboutTheNext() {
        Picker picker = picker(weighted(1, 1));
        int same = 0;
        int last = picker.pick(0, 0);
        for (int i = 0; i < 20_000; i++) {
            int next = picker.pick(0, 0);
            same += next == last ? 1 : 0;
            last = next;
        }
        assertThat(same).isCloseTo(10_000, within(500));
    }
}
