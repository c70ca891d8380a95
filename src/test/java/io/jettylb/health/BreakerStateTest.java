package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.BreakerConfig;
import io.jettylb.health.BreakerState.Mode;
import io.jettylb.health.BreakerState.Permit;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The breaker of a pool, in virtual time. */
class BreakerStateTest {

    private static final BreakerConfig RULES =
            new BreakerConfig(0.9, 20, Duration.ofSeconds(10), Duration.ofSeconds(5), 3);
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private long now = Long.MAX_VALUE - 3 * SECOND;
    private BreakerState state = BreakerState.closed(now);

    private void attempts(int count, boolean failed) {
        for (int i = 0; i < count; i++) {
            state = state.attempted(failed, state.era(), RULES, now);
        }
    }

    private Permit permit() {
        return state.permit(RULES, now);
    }

    private void open() {
        attempts(20, true);
        assertThat(state.mode()).isEqualTo(Mode.OPEN);
    }

    @Test
    void itOpensWhenEnoughAttemptsHaveFailed() {
        attempts(19, true);
        assertThat(state.mode()).isEqualTo(Mode.CLOSED);
        assertThat(permit()).isEqualTo(Permit.YES);
        attempts(1, true);
        assertThat(state.mode()).isEqualTo(Mode.OPEN);
        assertThat(permit()).isEqualTo(Permit.NO);
    }

    @Test
    void theRateCountsNotTheNumber() {
        attempts(11, false);
        attempts(98, true);
        assertThat(state.mode()).as("98 of 109").isEqualTo(Mode.CLOSED);
        attempts(1, true);
        assertThat(state.mode()).as("99 of 110").isEqualTo(Mode.OPEN);
    }

    @Test
    void aSuccessNeverOpensIt() {
        attempts(19, true);
        attempts(1, false);
        assertThat(state.mode()).isEqualTo(Mode.CLOSED);
        attempts(1, true);
        assertThat(state.mode()).isEqualTo(Mode.OPEN);
    }

    @Test
    void whatIsOldIsForgottenBitByBit() {
        attempts(40, false);
        now += 10 * SECOND;
        // Half of the old ones still count then.
        now += 5 * SECOND;
        attempts(179, true);
        assertThat(state.mode()).as("179 of 199").isEqualTo(Mode.CLOSED);
        attempts(1, true);
        assertThat(state.mode()).as("180 of 200").isEqualTo(Mode.OPEN);
    }

    @Test
    void twoWindowsLaterNothingIsLeft() {
        attempts(1_000, false);
        now += 20 * SECOND;
        attempts(20, true);
        assertThat(state.mode()).isEqualTo(Mode.OPEN);
    }

    @Test
    void aPauseIsNoFailure() {
        attempts(15, true);
        now += 20 * SECOND;
        attempts(15, true);
        assertThat(state.mode()).isEqualTo(Mode.CLOSED);
    }

    @Test
    void afterAWhileAFewAreLetThroughAndCloseItTogether() {
        open();
        now += 5 * SECOND - 1;
        assertThat(permit()).isEqualTo(Permit.NO);
        now++;
        for (int i = 0; i < 3; i++) {
            assertThat(permit()).isEqualTo(Permit.TRIAL);
            state = state.tried(RULES, now);
            assertThat(state.mode()).isEqualTo(Mode.HALF_OPEN);
        }
        assertThat(permit()).isEqualTo(Permit.NO);
        state = state.trialEnded(false, state.era(), RULES, now);
        state = state.trialEnded(false, state.era(), RULES, now);
        assertThat(permit()).isEqualTo(Permit.NO);
        state = state.trialEnded(false, state.era(), RULES, now);
        assertThat(state.mode()).isEqualTo(Mode.CLOSED);
        assertThat(permit()).isEqualTo(Permit.YES);
        // It begins anew: what was before is forgotten.
        attempts(19, true);
        assertThat(state.mode()).isEqualTo(Mode.CLOSED);
    }

    @Test
    void trialsThatFollowEachOtherCloseItToo() {
        open();
        now += 5 * SECOND;
        for (int passed = 0; passed < 3; passed++) {
            assertThat(state.passed()).isEqualTo(passed);
            assertThat(permit()).isEqualTo(Permit.TRIAL);
            state = state.tried(RULES, now);
            state = state.trialEnded(false, state.era(), RULES, now);
        }
        assertThat(state.mode()).isEqualTo(Mode.CLOSED);
    }

    @Test
    void oneTrialThatFailsOpensItAgain() {
        open();
        now += 5 * SECOND;
        state = state.tried(RULES, now).tried(RULES, now);
        state = state.trialEnded(false, state.era(), RULES, now);
        now += SECOND;
        state = state.trialEnded(true, state.era(), RULES, now);
        assertThat(state.mode()).isEqualTo(Mode.OPEN);
        now += 5 * SECOND - 1;
        assertThat(permit()).isEqualTo(Permit.NO);
        now++;
        assertThat(permit()).isEqualTo(Permit.TRIAL);
        // The ones that passed before do not count any more.
        state = state.tried(RULES, now);
        assertThat(state.passed()).isZero();
    }

    @Test
    void aTrialWithoutAVerdictMakesRoomForAnother() {
        open();
        now += 5 * SECOND;
        state = state.tried(RULES, now).tried(RULES, now).tried(RULES, now);
        assertThat(permit()).isEqualTo(Permit.NO);
        state = state.trialCancelled(state.era());
        assertThat(permit()).isEqualTo(Permit.TRIAL);
    }

    /** A client may take as long as it likes over one of them: the pool must not wait for it. */
    @Test
    void trialsThatTakeTooLongAreForgotten() {
        open();
        now += 5 * SECOND;
        state = state.tried(RULES, now).tried(RULES, now).tried(RULES, now);
        long slow = state.era();
        state = state.trialEnded(false, slow, RULES, now);
        now += 5 * SECOND - 1;
        assertThat(permit()).isEqualTo(Permit.NO);
        now++;
        assertThat(permit()).isEqualTo(Permit.TRIAL);
        state = state.tried(RULES, now);
        assertThat(state.trials()).isEqualTo(1);
        assertThat(state.passed()).isEqualTo(1);
        assertThat(state.trialEnded(true, slow, RULES, now)).isSameAs(state);
        assertThat(permit()).isEqualTo(Permit.TRIAL);
        state = state.tried(RULES, now);
        assertThat(permit()).isEqualTo(Permit.NO);
        now += 5 * SECOND;
        assertThat(permit()).isEqualTo(Permit.TRIAL);
    }

    @Test
    void whatEndsLateChangesNothing() {
        open();
        BreakerState opened = state;
        attempts(100, false);
        attempts(100, true);
        assertThat(state).isSameAs(opened);
        assertThat(state.trialEnded(false, state.era(), RULES, now)).isSameAs(opened);
        assertThat(state.trialEnded(true, state.era(), RULES, now)).isSameAs(opened);
        assertThat(state.trialCancelled(state.era())).isSameAs(opened);
        now += 5 * SECOND;
        BreakerState half = state.tried(RULES, now);
        assertThat(half.attempted(true, half.era(), RULES, now)).isSameAs(half);
        BreakerState closed = BreakerState.closed(now);
        assertThat(closed.trialEnded(true, 0, RULES, now)).isSameAs(closed);
        assertThat(closed.trialCancelled(0)).isSameAs(closed);
    }

    /** A pool of a thousand requests that all time out, long after it has opened and closed again. */
    @Test
    void whatWasLetThroughBeforeItOpenedSaysNothingLater() {
        long first = state.era();
        open();
        now += 5 * SECOND;
        BreakerState half = state.tried(RULES, now);
        assertThat(half.trialEnded(true, first, RULES, now)).isSameAs(half);
        assertThat(half.trialCancelled(first)).isSameAs(half);

        state = half.tried(RULES, now).tried(RULES, now);
        for (int i = 0; i < 3; i++) {
            state = state.trialEnded(false, half.era(), RULES, now);
        }
        BreakerState closed = state;
        assertThat(closed.mode()).isEqualTo(Mode.CLOSED);
        assertThat(closed.attempted(true, first, RULES, now)).isSameAs(closed);
        assertThat(closed.attempted(false, half.era(), RULES, now)).isSameAs(closed);
        attempts(20, true);
        assertThat(state.mode()).isEqualTo(Mode.OPEN);
    }

    @Test
    void aTrialOfAnEarlierTimeDecidesNothing() {
        open();
        now += 5 * SECOND;
        state = state.tried(RULES, now).tried(RULES, now);
        long before = state.era();
        state = state.trialEnded(true, before, RULES, now);
        now += 5 * SECOND;
        BreakerState again = state.tried(RULES, now);
        assertThat(again.trialEnded(true, before, RULES, now)).isSameAs(again);
        assertThat(again.trialEnded(false, before, RULES, now)).isSameAs(again);
        assertThat(again.trialCancelled(before)).isSameAs(again);
        assertThat(again.trialEnded(true, again.era(), RULES, now).mode()).isEqualTo(Mode.OPEN);
    }

    /** Whatever happens: never more trials than allowed, and it never stays half open without a trial to wait for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void itCannotGetStuck(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int trials = 0;
        int closings = 0;
        for (int i = 0; i < 50_000; i++) {
            now += random.nextLong(SECOND / 4);
            Mode before = state.mode();
            int event = random.nextInt(6);
            if (event < 4) {
                Permit permit = permit();
                if (permit == Permit.TRIAL) {
                    boolean anew = before == Mode.OPEN || state.trials() + state.passed() == 3;
                    state = state.tried(RULES, now);
                    trials = anew ? 1 : trials + 1;
                } else if (permit == Permit.YES) {
                    state = state.attempted(random.nextInt(100) < 97, state.era(), RULES, now);
                }
            } else if (trials > 0) {
                trials--;
                int verdict = random.nextInt(10);
                state = verdict == 0
                        ? state.trialCancelled(state.era())
                        : state.trialEnded(verdict == 1, state.era(), RULES, now);
            }
            trials = state.mode() == Mode.HALF_OPEN ? trials : 0;
            closings += before != Mode.CLOSED && state.mode() == Mode.CLOSED ? 1 : 0;
            assertThat(state.trials() + state.passed()).isBetween(0, 3);
            assertThat(state.trials()).isEqualTo(trials);
            assertThat(state.mode() == Mode.HALF_OPEN && trials == 0 && permit() == Permit.NO)
                    .isFalse();
        }
        assertThat(closings).isGreaterThan(10);
    }
}
