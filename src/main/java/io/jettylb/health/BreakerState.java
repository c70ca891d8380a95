package io.jettylb.health;

import io.jettylb.config.BreakerConfig;

/**
 * Whether a pool lets requests through that would most likely fail: a circuit breaker over all upstreams, for what
 * ejections must not do, which is to take out the last one. Immutable; every transition is a new state.
 *
 * <p>Closed, it counts attempts; when the failed part of them reaches the rule's rate, it opens and refuses all requests.
 * After a while it lets a few through, and what becomes of these decides: one that fails opens it again, and when all of
 * them have succeeded it closes.
 *
 * @param mode what becomes of requests
 * @param window the latest attempts; counted while closed
 * @param until when it lets the first trial through, or, half open, further ones; meaningless while closed
 * @param trials how many trials are under way
 * @param passed how many trials have succeeded
 * @param era how often it has opened, closed or forgotten its trials: what was let through in an earlier era says nothing about this one
 */
public record BreakerState(Mode mode, FailureWindow window, long until, int trials, int passed, long era) {

    /** What becomes of requests. */
    public enum Mode {
        /** All are let through. */
        CLOSED,
        /** All are refused. */
        OPEN,
        /** A few are let through. */
        HALF_OPEN
    }

    /** What a request may do. */
    public enum Permit {
        /** It may go on. */
        YES,
        /** It may go on, and much depends on it. */
        TRIAL,
        /** It may not. */
        NO
    }

    /**
     * Nothing is known.
     *
     * @param now nanoseconds with an arbitrary start
     * @return closed
     */
    public static BreakerState closed(long now) {
        return closed(now, 0);
    }

    private static BreakerState closed(long now, long era) {
        return new BreakerState(Mode.CLOSED, FailureWindow.empty(now), 0, 0, 0, era);
    }

    /**
     * What a request may do that comes now. A trial has to be taken by {@link #tried}.
     *
     * @param rules when to refuse
     * @param now nanoseconds on the same clock
     * @return its permit
     */
    public Permit permit(BreakerConfig rules, long now) {
        return switch (mode) {
            case CLOSED -> Permit.YES;
            case OPEN -> now - until >= 0 ? Permit.TRIAL : Permit.NO;
            case HALF_OPEN -> trials + passed < rules.trials() || now - until >= 0 ? Permit.TRIAL : Permit.NO;
        };
    }

    /**
     * A trial begins. Those that have had no verdict for as long as the breaker is open are forgotten: a request may take
     * as long as its client likes.
     *
     * @param rules when to refuse
     * @param now nanoseconds on the same clock
     * @return half open, with a trial more under way
     */
    public BreakerState tried(BreakerConfig rules, long now) {
        if (mode == Mode.HALF_OPEN && trials + passed < rules.trials()) {
            return new BreakerState(mode, window, until, trials + 1, passed, era);
        }
        long patience = now + rules.open().toNanos();
        return mode == Mode.HALF_OPEN
                ? new BreakerState(mode, window, patience, 1, passed, era + 1)
                : new BreakerState(Mode.HALF_OPEN, window, patience, 1, 0, era);
    }

    /**
     * An attempt that was no trial is over.
     *
     * @param failed whether it failed
     * @param begun the era in which it was let through
     * @param rules when to refuse
     * @param now nanoseconds on the same clock
     * @return with the attempt counted; open if it was one failure too many; this if it does not count now
     */
    public BreakerState attempted(boolean failed, long begun, BreakerConfig rules, long now) {
        if (mode != Mode.CLOSED || begun != era) {
            return this;
        }
        long width = rules.window().toNanos();
        FailureWindow next = window.with(failed, now, width);
        boolean tooMany =
                failed && next.total(now, width) >= rules.minRequests() && next.rate(now, width) >= rules.failureRate();
        return tooMany ? opened(rules, now) : new BreakerState(Mode.CLOSED, next, 0, 0, 0, era);
    }

    /**
     * A trial is over with a verdict.
     *
     * @param failed whether it failed
     * @param begun the era in which it was let through
     * @param rules when to refuse
     * @param now nanoseconds on the same clock
     * @return open after a failure, closed after enough successes; this if another trial has decided already
     */
    public BreakerState trialEnded(boolean failed, long begun, BreakerConfig rules, long now) {
        if (mode != Mode.HALF_OPEN || begun != era) {
            return this;
        }
        if (failed) {
            return opened(rules, now);
        }
        return passed + 1 >= rules.trials()
                ? closed(now, era + 1)
                : new BreakerState(mode, window, until, trials - 1, passed + 1, era);
    }

    /**
     * A trial is over without a verdict: another one may take its place.
     *
     * @param begun the era in which it was let through
     * @return with a trial less under way; this if another trial has decided already
     */
    public BreakerState trialCancelled(long begun) {
        return mode == Mode.HALF_OPEN && begun == era
                ? new BreakerState(mode, window, until, trials - 1, passed, era)
                : this;
    }

    private BreakerState opened(BreakerConfig rules, long now) {
        return new BreakerState(
                Mode.OPEN, FailureWindow.empty(now), now + rules.open().toNanos(), 0, 0, era + 1);
    }
}
