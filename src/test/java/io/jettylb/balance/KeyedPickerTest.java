package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Observer.Ending;
import io.jettylb.kit.Fixtures.Upstream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the strategies with a key have in common. */
class KeyedPickerTest {

    static Stream<StrategyProvider> providers() {
        return Stream.of(new IpHash(), new RingHash(), new Maglev(), new Rendezvous());
    }

    private static StrategyContext context(Map<String, Object> options, Strategy fallback) {
        return new StrategyContext(options, () -> new SplittableRandom(1), () -> 0L, option -> fallback);
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aKeyStaysWhereItIs(StrategyProvider provider) {
        Strategy strategy = provider.create(context(Map.of(), null));
        List<Upstream> upstreams = equal(5);
        Picker picker = strategy.pickerFor(upstreams);
        for (int i = 0; i < 100; i++) {
            long hash = KeyHash.of("key" + i);
            int first = picker.pick(hash, 0);
            upstreams.get(first).inFlight = i;
            assertThat(picker.pick(hash, 0)).isEqualTo(first);
            assertThat(strategy.pickerFor(upstreams).pick(hash, 0)).isEqualTo(first);
            if (i > 3) {
                // Making pickers is not what is being tested.
                break;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void eachAttemptOfARequestGoesToAnother(StrategyProvider provider) {
        Strategy strategy = provider.create(context(Map.of(), null));
        for (int[] shares : new int[][] {{1, 1, 1, 1, 1, 1, 1}, {1, 1_000, 30}, {1, 1}}) {
            Picker picker = strategy.pickerFor(weighted(shares));
            for (int i = 0; i < 20; i++) {
                Set<Integer> picked = new HashSet<>();
                for (int attempt = 0; attempt < shares.length; attempt++) {
                    picked.add(picker.pick(KeyHash.of("key" + i), attempt));
                }
                assertThat(picked).hasSize(shares.length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void requestsWithoutAKeyGoToTheFallback(StrategyProvider provider) {
        List<Upstream> upstreams = equal(3);
        Picker picker = provider.create(context(Map.of(), null)).pickerFor(upstreams);
        upstreams.get(0).inFlight = 1;
        upstreams.get(2).inFlight = 1;
        assertThat(picker.pick(Picker.NO_KEY, 0))
                .as("least-request unless configured")
                .isEqualTo(1);

        Strategy last = candidates -> (hash, attempt) -> candidates.size() - 1;
        picker = provider.create(context(Map.of("fallback", "last"), last)).pickerFor(upstreams);
        assertThat(picker.pick(Picker.NO_KEY, 0)).isEqualTo(2);
    }

    @Test
    void theFallbackLearnsFromAllAttempts() {
        List<String> told = new ArrayList<>();
        Strategy learning = new Strategy() {
            @Override
            public Picker pickerFor(List<? extends Candidate> candidates) {
                return (hash, attempt) -> 0;
            }

            @Override
            public Observer observerOf(Candidate candidate) {
                return new Observer() {
                    @Override
                    public void began() {
                        told.add(candidate.id() + " began");
                    }

                    @Override
                    public void responded(long nanos, int status) {
                        told.add(nanos + " " + status);
                    }

                    @Override
                    public void reported(LoadReport report) {
                        told.add("reported");
                    }

                    @Override
                    public void ended(long nanos, Ending ending) {
                        told.add(nanos + " " + ending);
                    }
                };
            }
        };
        for (Map<String, Object> options : List.of(
                Map.<String, Object>of("fallback", "x"), Map.<String, Object>of("fallback", "x", "bounded-load", 2))) {
            told.clear();
            Strategy strategy = new RingHash().create(context(options, learning));
            Observer observer = strategy.observerOf(equal(1).get(0));
            observer.began();
            observer.responded(1, 200);
            observer.reported(null);
            observer.ended(2, Ending.COMPLETE);
            assertThat(told).containsExactly("b0 began", "1 200", "reported", "2 COMPLETE");
        }
    }

    @Test
    void withoutBoundNothingIsCounted() {
        Strategy strategy = new RingHash().create(context(Map.of(), null));
        assertThat(strategy.observerOf(equal(1).get(0))).isSameAs(Observer.NONE);
    }
}
