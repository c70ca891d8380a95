package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.InitialHealth;
import io.jettylb.config.ProbeCheck;
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

    /** The same notation; d: a probe finds an upstream that is well and drains. */
    @ParameterizedTest
    @CsvSource({
        // It needs no pass to be up, and stays so.
        "2, 2, +dd,      UUU",
        // Neither for it nor against it: the failures before it still count.
        "2, 2, +-d-,     UUUD",
        // No reason to bring it up.
        "2, 2, +--dd,    UUDDD",
        "2, 2, d+,       DU"
    })
    void aDrainIsNoVerdict(int fall, int rise, String probes, String states) {
        StringBuilder seen = new StringBuilder();
        ProbeState state = ProbeState.UNKNOWN;
        for (char probe : probes.toCharArray()) {
            ProbeResult result = probe == 'd'
                    ? ProbeResult.draining("says so")
                    : probe == '+' ? ProbeResult.PASSED : ProbeResult.failed("status 503");
            state = state.observe(result, rules(fall, rise));
            seen.append(state.up() ? 'U' : 'D');
        }
        assertThat(seen).hasToString(states);
    }

    /** Who was trusted until the first probe is trusted no longer when that finds a drain, but proven. */
    @Test
    void aDrainIsAsGoodAsAPassForOneThatIsUp() {
        assertThat(ProbeState.TRUSTED.observe(ProbeResult.draining("says so"), rules(2, 2)))
                .isEqualTo(ProbeState.UP);
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

    /** The same notation after a beginning of the operator's choice. */
    @ParameterizedTest
    @CsvSource({
        "DOWN,              '',     D, ''",
        "DOWN,              -+,     D, DU",
        // It is as if it had passed before: all failures of a fall are needed, and all passes of a rise.
        "UP,                '',     U, ''",
        "UP,                --+---, U, UUUUUD",
        "UP,                ---+,   U, UUDD",
        "UP,                ---++,  U, UUDDU",
        // The first one alone decides; if it failed, so does the first pass.
        "UNTIL_FIRST_PROBE, '',     U, ''",
        "UNTIL_FIRST_PROBE, -,      U, D",
        "UNTIL_FIRST_PROBE, --+,    U, DDU",
        "UNTIL_FIRST_PROBE, +---,   U, UUUD",
    })
    void beginsAsTheOperatorBelieves(InitialHealth initial, String probes, String first, String states) {
        ProbeConfig rules = rules(3, 2).with(null, initial, ProbeCheck.PLAIN);
        ProbeState state = ProbeState.initial(rules);
        assertThat(state.up() ? "U" : "D").isEqualTo(first);
        StringBuilder seen = new StringBuilder();
        for (char probe : probes.toCharArray()) {
            state = state.observe(probe == '+', rules);
            seen.append(state.up() ? 'U' : 'D');
        }
        assertThat(seen).hasToString(states);
    }

    /** The pause after each probe: the whole interval (I), the fast one (F) or that of being down (D). */
    @ParameterizedTest
    @CsvSource({
        "DOWN,              ++,       II",
        "DOWN,              ---+,     DDDI",
        "DOWN,              +--+,     IFFI",
        "DOWN,              +-----,   IFFDDD",
        "DOWN,              +---+-++, IFFDFDFI",
        "UP,                ----++,   FFDDFI",
        "UNTIL_FIRST_PROBE, -+,       DI",
    })
    void pausesAsLongAsTheStateIsWorth(InitialHealth initial, String probes, String pauses) {
        Duration whole = Duration.ofSeconds(5);
        Duration fast = Duration.ofSeconds(1);
        Duration down = Duration.ofSeconds(30);
        ProbeConfig rules = new ProbeConfig("/", whole, whole, 3, 2, fast, 0, List.of(new StatusRange(200, 399)))
                .with(down, initial, ProbeCheck.PLAIN);
        ProbeConfig without = rules.with(null, initial, ProbeCheck.PLAIN);
        StringBuilder seen = new StringBuilder();
        ProbeState state = ProbeState.initial(rules);
        for (char probe : probes.toCharArray()) {
            state = state.observe(probe == '+', rules);
            Duration pause = state.pause(rules);
            seen.append(pause.equals(whole) ? 'I' : pause.equals(fast) ? 'F' : 'D');
            assertThat(state.pause(without)).isEqualTo(state.settled() ? whole : fast);
        }
        assertThat(seen).hasToString(pauses);
    }

    @Test
    void isInAHurryWhereNothingIsKnown() {
        ProbeConfig rules = rules(3, 2).with(Duration.ofHours(1), InitialHealth.DOWN, ProbeCheck.PLAIN);

        assertThat(ProbeState.UNKNOWN.pause(rules)).isEqualTo(rules.fastInterval());
    }

    @Test
    void countsFailuresWithoutWrapping() {
        ProbeState state = new ProbeState(false, false, Integer.MAX_VALUE).observe(false, rules(3, 2));

        assertThat(state).isEqualTo(new ProbeState(false, false, Integer.MAX_VALUE));
    }
}
