package io.jettylb.config;

import java.time.Duration;

/**
 * How the share of an upstream that comes back grows.
 *
 * @param window until it has all of it; zero: at once
 * @param aggression the shape: 1 is a straight line, above 1 grows faster at first, below 1 slower; above 0
 * @param minWeight where it begins, in percent of its weight, 1 to 100
 */
public record SlowStartConfig(Duration window, double aggression, int minWeight) {

    /** All of the share at once. */
    public static final SlowStartConfig OFF = new SlowStartConfig(Duration.ZERO, 1, 10);
}
