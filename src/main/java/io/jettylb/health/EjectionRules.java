package io.jettylb.health;

import java.time.Duration;

/**
 * For how long an upstream is ejected.
 *
 * @param first the first ejection
 * @param max the longest; reached by doubling
 */
public record EjectionRules(Duration first, Duration max) {

    /**
     * What a failed connect costs: long enough to spare most requests the detour over a dead upstream, short enough
     * that a restarted one is back before anybody looks.
     */
    public static final EjectionRules CONNECT_FAILURE =
            new EjectionRules(Duration.ofSeconds(1), Duration.ofSeconds(10));

    long nanosFor(int count) {
        long nanos = first.toNanos();
        for (int i = 1; i < count && nanos < max.toNanos(); i++) {
            nanos *= 2;
        }
        return Math.min(nanos, max.toNanos());
    }
}
