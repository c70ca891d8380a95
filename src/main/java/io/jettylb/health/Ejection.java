package io.jettylb.health;

/**
 * The passive removal of an upstream: why, for how long, and for the how-many-th time. Immutable.
 *
 * <p>When its time is over it is not simply let back in: one trial request goes to it, and only its success ends the
 * ejection. How often it was ejected is remembered for a while after that, so that one that comes and goes is away for
 * longer each time.
 *
 * @param reason why it is out; null: it is not
 * @param atNanos until when it is out, or since when it is back, on the pool's clock; meaningless before the first time
 * @param refusals how often it was ejected for refusing connections, failed trials included, as far as remembered
 * @param failures how often for failing requests
 */
public record Ejection(Reason reason, long atNanos, int refusals, int failures) {

    /** Why an upstream is out. */
    public enum Reason {
        /** It refuses connections, or does not take them in time. */
        REFUSED,
        /** Too many failures in a row. */
        CONSECUTIVE_FAILURES,
        /** Too large a part of its requests failed. */
        FAILURE_RATE,
        /** It succeeds less often than the others. */
        SUCCESS_RATE
    }

    /** Never ejected, or forgotten. */
    public static final Ejection NONE = new Ejection(null, 0, 0, 0);

    /**
     * Whether the upstream is out.
     *
     * @return true from the ejection until a trial succeeds
     */
    public boolean active() {
        return reason != null;
    }

    /**
     * Whether the time has come to try it again.
     *
     * @param nowNanos the pool's clock
     * @return true if it is out and its time is over
     */
    public boolean dueAt(long nowNanos) {
        return active() && nowNanos - atNanos >= 0;
    }

    /**
     * How often it has been ejected by now for this kind of reason, failed trials included.
     *
     * @return 0 if it is not out
     */
    public int times() {
        if (!active()) {
            return 0;
        }
        return reason == Reason.REFUSED ? refusals : failures;
    }

    /**
     * Ejects it, or, after a failed trial, once more.
     *
     * @param why the reason
     * @param rules for how long
     * @param nowNanos the pool's clock
     * @param random 0 to 1, for the jitter
     * @return the next state, active
     */
    public Ejection next(Reason why, EjectionRules rules, long nowNanos, double random) {
        int refused = active() ? refusals : rules.remembered(refusals, nowNanos - atNanos);
        int failed = active() ? failures : rules.remembered(failures, nowNanos - atNanos);
        if (why == Reason.REFUSED) {
            int times = more(refused);
            return new Ejection(why, nowNanos + rules.refusedNanos(times), times, failed);
        }
        int times = more(failed);
        return new Ejection(why, nowNanos + rules.failedNanos(times, random), refused, times);
    }

    private static int more(int times) {
        return Math.min(times, Integer.MAX_VALUE - 1) + 1;
    }

    /**
     * Lets it back in.
     *
     * @param nowNanos the pool's clock
     * @return the next state, not active, which remembers the past
     */
    public Ejection over(long nowNanos) {
        return active() ? new Ejection(null, nowNanos, refusals, failures) : this;
    }

    /**
     * Why it stays out if a trial fails.
     *
     * @param refused whether the trial could not connect
     * @param answered whether the upstream answered it, in time and to the end, but with an error
     * @return the reason
     */
    public Reason afterTrial(boolean refused, boolean answered) {
        // What has just been started may say for a while that it is not ready; that costs no more than a refusal.
        if (refused || reason == Reason.REFUSED && answered) {
            return Reason.REFUSED;
        }
        return reason == Reason.REFUSED ? Reason.CONSECUTIVE_FAILURES : reason;
    }

    /**
     * Whether a trial that was answered like this has shown that the upstream is well again.
     *
     * @param verdict what the answer says about the upstream
     * @return false for any failure, and for an error where errors were what it was ejected for
     */
    public boolean passes(Verdict verdict) {
        return switch (verdict) {
            case SUCCESS -> true;
            case ERROR -> reason != Reason.FAILURE_RATE && reason != Reason.SUCCESS_RATE;
            case FAILURE -> false;
        };
    }
}
