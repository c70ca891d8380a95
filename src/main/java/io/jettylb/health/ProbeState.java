package io.jettylb.health;

import io.jettylb.config.ProbeConfig;
import java.time.Duration;

/**
 * What the probes of an upstream have shown so far. Immutable.
 *
 * <p>Unless the operator says otherwise, an upstream is down until a probe passes for the first time, and that one
 * suffices: there is nothing yet that it could flap back from. Later, {@code fall} failures in a row take it down and
 * {@code rise} passes in a row bring it up.
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

    /** Up on the word of the operator, until the first probe has spoken. */
    public static final ProbeState TRUSTED = new ProbeState(true, false, 0);

    private static final ProbeState DOWN = new ProbeState(false, true, 0);

    /**
     * The state before the first probe.
     *
     * @param rules what the operator believes of an upstream until then
     * @return down, up or trusted
     */
    public static ProbeState initial(ProbeConfig rules) {
        return switch (rules.initial()) {
            case DOWN -> UNKNOWN;
            case UP -> UP;
            case UNTIL_FIRST_PROBE -> TRUSTED;
        };
    }

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
     * One more probe, which may have found an upstream that is well and wants no new clients: while it is up, that speaks
     * neither for nor against it; while it is down, it is no reason to bring it up.
     *
     * @param result what it found
     * @param rules how many results in a row it takes
     * @return the next state
     */
    public ProbeState observe(ProbeResult result, ProbeConfig rules) {
        if (result.drain() && up) {
            return proven ? this : UP;
        }
        return observe(result.passed(), rules);
    }

    /**
     * How long the next probe waits, without jitter. While results speak against the present state, each interval is a
     * wrong state prolonged; while the upstream is down, each is an outage prolonged.
     *
     * @param rules the intervals
     * @return the whole interval if the upstream is up without doubt, that for being down if it is so without doubt, else
     *     the fast one
     */
    public Duration pause(ProbeConfig rules) {
        if (settled()) {
            return rules.interval();
        }
        boolean down = !up && (proven ? streak == 0 : streak > 0);
        return down && rules.downInterval() != null ? rules.downInterval() : rules.fastInterval();
    }

    /**
     * Whether the upstream is up and nothing speaks against it.
     *
     * @return false if the next probe is urgent
     */
    public boolean settled() {
        return up && streak == 0;
    }
}
