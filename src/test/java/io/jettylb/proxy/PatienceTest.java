package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.ManualScheduler;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose fault it is that the time for a whole exchange is over, in virtual time. */
class PatienceTest {

    private static final Duration WHOLE = Duration.ofSeconds(10);

    private final ManualScheduler time = new ManualScheduler();
    private final Deadlines deadlines = new Deadlines(time, time);
    private Patience patience;

    @BeforeEach
    void begin() {
        patience = new Patience(null, deadlines, Duration.ZERO, null, deadlines.in(WHOLE));
    }

    @Test
    void anUpstreamThatHadMostOfTheTimeIsToBlame() {
        time.pass(WHOLE.dividedBy(2));
        patience.upstreamsTurn();
        assertThat(patience.wasShort(WHOLE)).as("not over").isFalse();
        time.pass(WHOLE.dividedBy(2));
        assertThat(patience.wasShort(WHOLE)).isFalse();
    }

    /** A client that sends slowly, or a wait for room, would else eject any upstream. */
    @Test
    void anUpstreamThatHadLittleOfTheTimeIsNot() {
        time.pass(WHOLE.dividedBy(2).plusNanos(1));
        patience.upstreamsTurn();
        time.pass(WHOLE.dividedBy(2));
        assertThat(patience.wasShort(WHOLE)).isTrue();
    }

    @Test
    void norIsOneThatHasNotEverything() {
        time.pass(WHOLE);
        assertThat(patience.wasShort(WHOLE)).isTrue();
    }

    @Test
    void withoutATimeForTheWholeThereIsNothingToExcuse() {
        Patience endless = new Patience(null, deadlines, Duration.ZERO, null, deadlines.in(Duration.ZERO));
        endless.upstreamsTurn();
        time.pass(Duration.ofDays(1));
        assertThat(endless.wasShort(Duration.ZERO)).isFalse();
    }
}
