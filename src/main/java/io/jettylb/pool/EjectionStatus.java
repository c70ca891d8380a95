package io.jettylb.pool;

import io.jettylb.health.Ejection;
import java.time.Duration;

/**
 * That an upstream is ejected.
 *
 * @param reason why
 * @param times for the how-many-th time, failed trials included
 * @param left how long it is until its next trial; zero: it is due
 */
public record EjectionStatus(Ejection.Reason reason, int times, Duration left) {

    /** What is to be said of an ejection; null if there is none. */
    static EjectionStatus of(Ejection ejection, long now) {
        if (!ejection.active()) {
            return null;
        }
        long left = Math.max(0, ejection.atNanos() - now);
        return new EjectionStatus(ejection.reason(), ejection.times(), Duration.ofNanos(left));
    }
}
