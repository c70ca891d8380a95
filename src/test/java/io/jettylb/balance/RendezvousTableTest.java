package io.jettylb.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one list among hundreds of thousands comes to: a slot that nobody hits. */
class RendezvousTableTest {

    private static final int SLOTS = 8;
    /** Names whose throws all miss the first of eight slots. */
    private static final String ONE = "u6753924";

    private static final String OTHER = "u7028801";
    /** Misses the last of them. */
    private static final String THIRD = "u6571282";

    private record Member(String id, int weight) implements Candidate {
        @Override
        public int inFlight() {
            return 0;
        }
    }

    private static RendezvousTable table(Member... members) {
        return new RendezvousTable(List.of(members), SLOTS);
    }

    @Test
    void aloneItGetsThatSlotTooWhichIsTheFirstOrTheLast() {
        for (String id : List.of(ONE, THIRD)) {
            RendezvousTable table = table(new Member(id, 1));
            for (long slot = 0; slot < SLOTS; slot++) {
                assertThat(table.owner(table.start(slot << 61), 0)).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1000, 1, 0", "1, 1000, 1"})
    void theHeavierOneGetsItAndTheOtherOneComesSecond(int first, int second, int winner) {
        RendezvousTable table = table(new Member(ONE, first), new Member(OTHER, second));
        int start = table.start(0);
        assertThat(table.owner(start, 0)).isEqualTo(winner);
        assertThat(table.owner(start, 1)).isEqualTo(1 - winner);
    }

    @Test
    void itDoesNotMoveWhenTheListIsInAnotherOrder() {
        RendezvousTable table = table(new Member(ONE, 1), new Member(OTHER, 1));
        RendezvousTable reversed = table(new Member(OTHER, 1), new Member(ONE, 1));
        assertThat(reversed.owner(reversed.start(0), 0)).isEqualTo(1 - table.owner(table.start(0), 0));
    }
}
