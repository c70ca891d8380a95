package io.jettylb.pool;

import io.jettylb.health.BreakerState;
import java.util.concurrent.atomic.AtomicBoolean;

/** An attempt that was let into a pool with limits: what is learned of it, and the room that it takes. Thread-safe. */
final class Admitted {

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private final Admission admission;
    private final boolean counted;
    private final AdaptiveLimit adaptive;
    private final Breaker breaker;
    private final boolean trial;
    private final long era;
    private final long began;
    /** Whether the breaker, or the adaptive limit, is still to learn something. */
    private final AtomicBoolean unjudged = new AtomicBoolean(true);

    private final AtomicBoolean unsampled = new AtomicBoolean(true);

    /**
     * One attempt.
     *
     * @param counted whether it takes room
     * @param adaptive the limit that learns of it, or null
     * @param breaker the breaker that learns of it, or null
     * @param state by which the breaker has let it through, or null
     * @param began when that was, if the limit wants to know
     */
    Admitted(
            Admission admission,
            boolean counted,
            AdaptiveLimit adaptive,
            Breaker breaker,
            BreakerState state,
            long began) {
        this.admission = admission;
        this.counted = counted;
        this.adaptive = adaptive;
        this.breaker = breaker;
        this.trial = state != null && state.mode() == BreakerState.Mode.HALF_OPEN;
        this.era = state == null ? 0 : state.era();
        this.began = began;
    }

    /** The head of a response is here. A trial has shown enough by that, however long the rest takes. */
    void answering(int status) {
        if (adaptive != null && unsampled.getAndSet(false)) {
            sample(status == UNAVAILABLE || status == TOO_MANY_REQUESTS);
        }
        if (trial && unjudged.getAndSet(false)) {
            breaker.trialEnded(status >= 500, era);
        }
    }

    /** The attempt is over; called once. */
    void ended(Outcome outcome) {
        if (counted) {
            if (outcome == Outcome.TIMED_OUT && adaptive != null && unsampled.getAndSet(false)) {
                sample(true);
            }
            admission.leave();
        }
        if (breaker != null && unjudged.getAndSet(false)) {
            judge(outcome);
        }
    }

    /** No upstream was found for it: as if it had never come. */
    void none() {
        ended(Outcome.CANCELLED);
    }

    private void judge(Outcome outcome) {
        boolean failed = outcome != Outcome.SUCCESS;
        if (outcome == Outcome.CANCELLED) {
            if (trial) {
                breaker.trialCancelled(era);
            }
        } else if (trial) {
            breaker.trialEnded(failed, era);
        } else {
            breaker.attempted(failed, era);
        }
    }

    private void sample(boolean dropped) {
        adaptive.sample(began, admission.nanos(), admission.inside(), dropped);
    }
}
