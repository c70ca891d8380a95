package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.equal;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Observer.Ending;
import io.jettylb.kit.Fixtures.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets a request that the best upstream cannot have, because it has failed there or because that is full. */
class NextBestTest {

    private static final long MILLI = 1_000_000;

    private long now;

    /** The first is fast, the second slower, the third fails at once. */
    private Picker picker(String name, List<? extends Candidate> candidates) {
        SplittableRandom random = new SplittableRandom(1);
        StrategyProvider provider = name.equals("peak-ewma") ? new PeakEwma() : new LeastResponseTime();
        Strategy strategy = provider.create(new StrategyContext(Map.of(), () -> random, () -> now));
        int[] millis = {5, 20, 1};
        for (int i = 0; i < 3; i++) {
            Observer observer = strategy.observerOf(candidates.get(i));
            for (int n = 0; n < 50; n++) {
                observer.began();
                now += millis[i] * MILLI;
                observer.responded(millis[i] * MILLI, i == 2 ? 503 : 200);
                observer.ended(millis[i] * MILLI, Ending.COMPLETE);
            }
        }
        return strategy.pickerFor(candidates);
    }

    @ParameterizedTest
    @ValueSource(strings = {"peak-ewma", "least-response-time"})
    void aRetryGoesToTheSecondBest(String name) {
        Picker picker = picker(name, equal(3));
        assertThat(picker.pick(1, 0)).isEqualTo(0);
        assertThat(picker.pick(1, 1)).isEqualTo(1);
        assertThat(picker.pick(1, 2)).isEqualTo(2);
        assertThat(picker.pick(1, 3)).isEqualTo(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"peak-ewma", "least-response-time"})
    void whoIsFullIsNotPicked(String name) {
        List<Candidate> candidates = new ArrayList<>();
        for (Upstream upstream : equal(3)) {
            candidates.add(new Limited(upstream, candidates.isEmpty() ? 4 : Integer.MAX_VALUE));
        }
        Picker picker = picker(name, candidates);
        ((Limited) candidates.get(0)).upstream.inFlight = 4;
        assertThat(picker.pick(1, 0)).isEqualTo(1);
    }

    @Test
    void firstGoesOnInItsOrder() {
        Picker picker = new First()
                .create(new StrategyContext(Map.of(), () -> new SplittableRandom(1), () -> 0))
                .pickerFor(equal(3));
        assertThat(picker.pick(1, 0)).isZero();
        assertThat(picker.pick(1, 1)).isEqualTo(1);
        assertThat(picker.pick(1, 2)).isEqualTo(2);
    }

    private record Limited(Upstream upstream, int maxRequests) implements Candidate {
        @Override
        public String id() {
            return upstream.id();
        }

        @Override
        public int weight() {
            return upstream.weight();
        }

        @Override
        public int inFlight() {
            return upstream.inFlight();
        }
    }
}
