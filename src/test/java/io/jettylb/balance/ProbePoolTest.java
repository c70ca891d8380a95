package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.counts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is chosen from the pool of probes, and who is thrown out of it, where all upstreams answer each probe at once. */
class ProbePoolTest {

    private static final String PATH = "probe-path";

    private record Member(String id, int weight, int inFlight, int maxRequests) implements Candidate {}

    private final SplittableRandom random = new SplittableRandom(1);
    private final Map<String, Integer> loads = new HashMap<>();
    private long now = 5;

    private static Member member(String id, int weight, int inFlight) {
        return new Member(id, weight, inFlight, Integer.MAX_VALUE);
    }

    private ProbePool pool(double quantile, long[] nanos, Member... members) {
        Map<String, Object> options = Map.of(PATH, "/load", "probe-rate", members.length, "rif-quantile", quantile);
        Strategy strategy = new Prequal().create(new StrategyContext(options, () -> random, () -> now));
        strategy.probeWith((upstream, answered) -> {
            Integer load = loads.get(upstream);
            if (load != null) {
                answered.accept(new LoadReport(load, Double.NaN, Double.NaN));
            }
            return true;
        });
        for (int i = 0; i < members.length; i++) {
            strategy.observerOf(members[i]).responded(nanos[i], 200);
        }
        return (ProbePool) strategy.pickerFor(List.of(members));
    }

    /** Loads of four, of which the last two are hot; they are the fastest. */
    @ParameterizedTest
    @CsvSource({"4, 3, 9, 12, 3", "4, 3, 12, 9, 2", "3, 4, 9, 12, 3", "3, 4, 12, 9, 2"})
    void theMostLoadedOneLeavesBeforeTheSlowest(int a, int b, int c, int d, int gone) {
        loads.putAll(Map.of("a", a, "b", b, "c", c, "d", d));
        long[] nanos = {40, 30, 20, 10};
        ProbePool pool = pool(0.5, nanos, member("a", 1, 0), member("b", 1, 0), member("c", 1, 0), member("d", 1, 0));
        pool.pick(0, 0);
        assertThat(pool.seats()).hasSize(3).doesNotContain(gone);
    }

    @Test
    void equalOnesShareByWeight() {
        loads.putAll(Map.of("a", 0, "b", 0));
        ProbePool pool = pool(1, new long[] {10, 10}, member("a", 1, 0), member("b", 3, 0));
        int[] counts = counts(pool, 2, 4_000);
        assertThat(counts[0]).isCloseTo(1_000, within(120));
    }

    /** By the probes, and not by the requests in flight. */
    @Test
    void theSecondAttemptGoesToTheOnlyOtherOne() {
        loads.putAll(Map.of("a", 0, "b", 0));
        ProbePool pool = pool(1, new long[] {30, 10}, member("a", 1, 50), member("b", 1, 0));
        for (int i = 0; i < 20; i++) {
            assertThat(pool.pick(0, 0)).isEqualTo(1);
            assertThat(pool.pick(0, 1)).isZero();
        }
    }

    @Test
    void whoIsFullIsNotChosen() {
        loads.putAll(Map.of("a", 0, "b", 0, "c", 0));
        ProbePool pool =
                pool(1, new long[] {10, 20, 30}, new Member("a", 1, 3, 3), member("b", 1, 0), member("c", 1, 0));
        for (int i = 0; i < 20; i++) {
            assertThat(pool.pick(0, 0)).isEqualTo(1);
        }
    }

    @Test
    void aProbeThatIsTooOldLeavesThePool() {
        loads.putAll(Map.of("a", 0, "b", 0));
        ProbePool pool = pool(1, new long[] {10, 20}, member("a", 1, 0), member("b", 1, 0));
        pool.pick(0, 0);
        assertThat(pool.seats()).hasSize(2);
        loads.clear();
        now += TimeUnit.MINUTES.toNanos(10);
        pool.pick(0, 0);
        assertThat(pool.seats()).isEmpty();
        assertThat(pool.seated(0)).isFalse();
    }
}
