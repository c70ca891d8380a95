package io.jettylb.pool;

import io.jettylb.config.SlowStartConfig;

/**
 * How much of its weight an upstream has that came back a while ago, after Envoy: {@code max(min-weight, (t /
 * window)^(1 / aggression))}. Stateless.
 */
final class SlowStart {

    /** In how many steps a weight grows: each makes new pickers. */
    static final int STEPS = 20;

    private final long window;
    private final double exponent;
    private final double least;

    SlowStart(SlowStartConfig config) {
        window = config.window().toNanos();
        exponent = 1 / config.aggression();
        least = config.minWeight() / 100.0;
    }

    boolean off() {
        return window == 0;
    }

    /**
     * The part of its weight that an upstream has.
     *
     * @param elapsed nanoseconds since it came back
     * @return above 0 to 1
     */
    double factor(long elapsed) {
        if (elapsed >= window) {
            return 1;
        }
        return Math.max(least, Math.pow(Math.max(0, elapsed) / (double) window, exponent));
    }

    /** Nanoseconds between two steps, at least one. */
    long step() {
        return Math.max(1, window / STEPS);
    }
}
