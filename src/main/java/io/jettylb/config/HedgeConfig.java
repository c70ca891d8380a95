package io.jettylb.config;

import java.time.Duration;

/**
 * When a request that waits for the head of a response gets a second attempt beside the first one (Dean and Barroso, The
 * Tail at Scale, 2013).
 *
 * @param after after which time; zero: see {@code quantile}
 * @param quantile after the time within which so many of the attempts have got the head of a response, above 0 and below
 *     1; zero: see {@code after}
 */
public record HedgeConfig(Duration after, double quantile) {

    /** Never. */
    public static final HedgeConfig OFF = new HedgeConfig(Duration.ZERO, 0);

    /**
     * Whether there are second attempts at all.
     *
     * @return true if there are
     */
    public boolean isOn() {
        return observes() || !after.isZero();
    }

    /**
     * Whether the time follows from those that attempts take.
     *
     * @return true if it does
     */
    public boolean observes() {
        return quantile > 0;
    }
}
