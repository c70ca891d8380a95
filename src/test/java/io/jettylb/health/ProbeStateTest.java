package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ProbeConfig;
import io.jettylb.config.StatusRange;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeStateTest {

    private static ProbeConfig rules(int fall, int rise) {
        Duration any = Duration.ofSeconds(1);
        return new ProbeConfig("/", any, any, fall, rise, any, 0, List.of(new StatusRange(200, 399)));
    }

    /** Probes that pass (+) or fail (-), and the state after each: up (U) or down (D). */
    @ParameterizedTest
    @CsvSource({
        // Until the first pass it is down, and then up at once, however many have failed.
        "3, 2, +,             U",
        "3, 2, -+,            DU",
        "3, 2, -----+,        DDDDDU",
        // Only failures in a row take it down.
        "3, 2, +--,           UUU",
        "3, 2, +---,          UUUD",
        "3, 2, +--+--+---,    UUUUUUUUUD",
        // Only passes in a row bring it up again.
        "3, 2, +---+,         UUUDD",
        "3, 2, +---++,        UUUDDU",
        "3, 2, +---+-+-++,    UUUDDDDDDU",
        // What was counted before a change counts no more after it.
        "3, 2, +---++--+---,  UUUDDUUUUUUD",
        "2, 3, +--+++--+++,   UUDDDUUDDDU",
        // The smallest numbers change it with each result.
        "1, 1, -+-+-,         DUDUD",
        "1, 3, +-++-+++,      UDDDDDDU",
        "100, 1, +--+,        UUUU",
    })
    void followsTheTable(int fall, int rise, String probes, String states) {
        StringBuilder seen = new StringBuilder();
        ProbeState state = ProbeState.UNKNOWN;
        for (char probe : probes.toCharArray()) {
            state = state.observe(probe == '+', rules(fall, rise));
            seen.append(state.up() ? 'U' : 'D');
        }
        assertThat(seen).hasToString(states);
    }

    /** The same notation; S: settled, F: in need of the fast interval. */
    @ParameterizedTest
    @CsvSource({"+, S", "+-, SF", "+-+, SFS", "+---, SFFF", "+---+, SFFFF", "+---++, SFFFFS", "--+, FFS"})
    void isSettledWhileItIsUpWithoutDoubt(String probes, String settled) {
        StringBuilder seen = new StringBuilder();
        ProbeState state = ProbeState.UNKNOWN;
        for (char probe : probes.toCharArray()) {
            state = state.observe(probe == '+', rules(3, 2));
            seen.append(state.settled() ? 'S' : 'F');
        }
        assertThat(seen).hasToString(settled);
    }

    @Test
    void beginsDownAndUnsettled() {
        assertThat(ProbeState.UNKNOWN.up()).isFalse();
        assertThat(ProbeState.UNKNOWN.proven()).isFalse();
        assertThat(ProbeState.UNKNOWN.settled()).isFalse();
        assertThat(ProbeState.UP.settled()).isTrue();
    }

    @Test
    void countsFailuresWithoutWrapping() {
        ProbeState state = new ProbeState(false, false, Integer.MAX_VALUE).observe(false, rules(3, 2));

        assertThat(state).isEqualTo(new ProbeState(false, false, Integer.MAX_VALUE));
    }
}
