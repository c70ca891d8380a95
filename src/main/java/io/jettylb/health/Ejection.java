package io.jettylb.health;

/**
 * The passive removal of an upstream: for how long, and for the how-many-th time in a row. Immutable.
 *
 * <p>An upstream is ejected for a time that doubles with each failed trial. When the time is over it is not simply let
 * back in: one trial request goes to it, and only its success ends the ejection.
 *
 * @param untilNanos when a trial is due, on the pool's clock; meaningless while {@code count} is 0
 * @param count how often in a row it was ejected; 0: it is not
 */
public record Ejection(long untilNanos, int count) {

    /** Not ejected. */
    public static final Ejection NONE = new Ejection(0, 0);

    /**
     * Whether the upstream is out.
     *
     * @return true from the first failure until a trial succeeds
     */
    public boolean active() {
        return count > 0;
    }

    /**
     * Whether the time has come to try it again.
     *
     * @param nowNanos the pool's clock
     * @return true if it is out and its time is over
     */
    public boolean dueAt(long nowNanos) {
        return active() && nowNanos - untilNanos >= 0;
    }

    /**
     * One more failure: out for the first time, or for twice as long as before.
     *
     * @param rules how long
     * @param nowNanos the pool's clock
     * @return the next state, active
     */
    public Ejection next(EjectionRules rules, long nowNanos) {
        int next = Math.min(count, Integer.MAX_VALUE - 1) + 1;
        return new Ejection(nowNanos + rules.nanosFor(next), next);
    }
}
