package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.counts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who costs least, exactly, where response times are known and stand still. */
class LeastCostTest {

    private record Member(String id, int weight, int inFlight, int maxRequests) implements Candidate {}

    private final SplittableRandom random = new SplittableRandom(1);
    private final ResponseTimes times = new ResponseTimes(
            new ResponseTimes.Rules(TimeUnit.SECONDS.toNanos(10), true, false, true, 100, 1), () -> 5L);

    private static Member member(String id, int weight, int inFlight) {
        return new Member(id, weight, inFlight, Integer.MAX_VALUE);
    }

    private Member full(String id, long millis) {
        return measured(new Member(id, 1, 3, 3), millis);
    }

    private Member measured(Member member, long millis) {
        times.of(member).responded(TimeUnit.MILLISECONDS.toNanos(millis), 200);
        return member;
    }

    private Picker picker(Member... members) {
        return new LeastCost(List.of(members), times, false, new AtomicLong(), () -> random);
    }

    @Test
    void eachAttemptGoesToTheNextByCost() {
        Picker picker = picker(
                measured(member("a", 1, 0), 30),
                // 30 ms * 2 / 4
                measured(member("b", 4, 1), 30),
                measured(member("c", 1, 0), 10));
        for (int i = 0; i < 10; i++) {
            assertThat(picker.pick(0, 0)).isEqualTo(2);
            assertThat(picker.pick(0, 1)).isEqualTo(1);
            assertThat(picker.pick(0, 2)).isZero();
            assertThat(picker.pick(0, 3)).as("from the beginning").isEqualTo(2);
        }
    }

    @Test
    void attemptsAmongEqualOnesGoToDifferentOnes() {
        Picker picker = picker(member("a", 1, 0), member("b", 1, 0), member("c", 1, 0));
        assertThat(picker.pick(0, 1)).isEqualTo(1);
        assertThat(picker.pick(0, 2)).isEqualTo(2);
    }

    @Test
    void whoIsFullComesLastHoweverFastItIs() {
        Picker picker = picker(full("a", 1), measured(member("b", 1, 0), 30), full("c", 1));
        for (int i = 0; i < 10; i++) {
            assertThat(picker.pick(0, 0)).isEqualTo(1);
        }
        assertThat(picker.pick(0, 1)).isZero();
    }

    /** Nothing is known of them: requests in flight for the weight are 2 of 4, 1 of 1 and 2 of 3. */
    @Test
    void onATieTheOneWithFewerRequestsForItsWeightComesFirst() {
        Picker picker = picker(member("a", 4, 2), member("b", 1, 1), member("c", 3, 2));
        for (int i = 0; i < 16; i++) {
            assertThat(picker.pick(0, 0)).isZero();
        }
    }

    @Test
    void equalOnesBesideAWorseOneShareItsTurnsByWeight() {
        Picker picker = picker(
                measured(member("a", 6, 0), 600),
                measured(member("b", 1, 0), 10),
                measured(member("c", 2, 0), 20),
                measured(member("d", 3, 0), 30));
        int[] counts = counts(picker, 4, 12_000);
        assertThat(counts[0]).isZero();
        assertThat(counts[1]).isCloseTo(2_000, within(150));
        assertThat(counts[2]).isCloseTo(4_000, within(150));
        assertThat(counts[3]).isCloseTo(6_000, within(150));
    }
}
