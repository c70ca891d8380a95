package io.jettylb.health;

import io.jettylb.config.ProbeConfig;

/**
 * What the probes of an upstream have shown so far. Immutable.
 *
 * <p>An upstream is down until a probe passes for the first time, and that one suffices: there is nothing yet that it
 * could flap back from. Later, {@code fall} failures in a row take it down and {@code rise} passes in a row bring it up.
 *
 * @param up whether it may get requests
 * @param proven whether a probe has ever passed
 * @param streak how many results in a row speak against the present state; while it is not proven, how many failed
 */
public record ProbeState(boolean up, boolean proven, int streak) {

    /** Nothing is known yet, which is reason enough to send nothing there. */
    public static final ProbeState UNKNOWN = new ProbeState(false, false, 0);

    /** Up without doubt; also what stands for an upstream that nobody probes. */
    public static final ProbeState UP = new ProbeState(true, true, 0);

    private static final ProbeState DOWN = new ProbeState(false, true, 0);

    /**
     * One more probe.
     *
     * @param passed its result
     * @param rules how many results in a row it takes
     * @return the next state
     */
    public ProbeState observe(boolean passed, ProbeConfig rules) {
        if (!proven) {
            return passed ? UP : new ProbeState(false, false, Math.min(streak, Integer.MAX_VALUE - 1) + 1);
        }
        if (passed == up) {
            return up ? UP : DOWN;
        }
        int against = streak + 1;
        if (against >= (up ? rules.fall() : rules.rise())) {
            return up ? DOWN : UP;
        }
        return new ProbeState(up, true, against);
    }

    /**
     * Whether the next probe can wait for the whole interval: the upstream is up and nothing speaks against it. While it
     * is down, each interval is an outage prolonged; while it wavers, each one is a wrong state prolonged.
     *
     * @return false if the fast interval applies
     */
    public boolean settled() {
        return up && streak == 0;
    }
}
