package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.equal;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Observer.Ending;
import io.jettylb.kit.Fixtures.Upstream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strategies with a key pass on to the one that they fall back to. */
class KeyedStrategyTest {

    private static final LoadReport REPORT = new LoadReport(3, 0.5, 7);
    private static final LoadSource SOURCE = new LoadSource("X-Load", "/load", 1);

    private final List<Object> seen = new ArrayList<>();
    private final List<Upstream> upstreams = equal(2);

    private final Strategy other = new Strategy() {
        @Override
        public Picker pickerFor(List<? extends Candidate> candidates) {
            return (hash, attempt) -> 0;
        }

        @Override
        public Observer observerOf(Candidate candidate) {
            return new Observer() {
                @Override
                public void began() {
                    seen.add(candidate.id());
                }

                @Override
                public void responded(long nanos, int status) {
                    seen.add(nanos);
                    seen.add(status);
                }

                @Override
                public void reported(LoadReport report) {
                    seen.add(report);
                }

                @Override
                public void ended(long nanos, Ending ending) {
                    seen.add(nanos);
                    seen.add(ending);
                }
            };
        }

        @Override
        public LoadSource loadSource() {
            return SOURCE;
        }

        @Override
        public void probeWith(LoadProbes probes) {
            seen.add(probes);
        }
    };

    private KeyedStrategy keyed(double bound) {
        HashOptions options = new HashOptions(List.of(HashKey.parse("ip")), other, bound);
        return new KeyedStrategy(options, candidates -> new RendezvousTable(candidates, 64));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1.25})
    void theOtherStrategyLearnsFromAllRequests(double bound) {
        Observer observer = keyed(bound).observerOf(upstreams.get(1));
        observer.began();
        observer.responded(5, 200);
        observer.reported(REPORT);
        observer.ended(9, Ending.FAILED);
        assertThat(seen).containsExactly("b1", 5L, 200, REPORT, 9L, Ending.FAILED);
    }

    @Test
    void theBoundCountsAllRequestsToo() {
        KeyedStrategy keyed = keyed(1.01);
        Picker picker = keyed.pickerFor(upstreams);
        int first = picker.pick(77, 0);
        Observer observer = keyed.observerOf(upstreams.get(first));
        observer.began();
        observer.began();
        assertThat(picker.pick(77, 0)).as("two of three are more than it may").isEqualTo(1 - first);
        observer.ended(1, Ending.COMPLETE);
        assertThat(picker.pick(77, 0)).isEqualTo(first);
    }

    @Test
    void theOtherStrategyGetsTheReportsThatItWants() {
        LoadProbes probes = (upstream, answered) -> false;
        KeyedStrategy keyed = keyed(0);
        keyed.probeWith(probes);
        assertThat(keyed.loadSource()).isSameAs(SOURCE);
        assertThat(seen).containsExactly(probes);
    }
}
