package io.jettylb.config;

import java.time.Duration;

/**
 * When requests that fail take an upstream out: passive detection.
 *
 * @param on whether anything does; false: nobody is ever ejected, not even who refuses connections
 * @param consecutiveFailures how many failures in a row do, 0: any number may
 * @param failureRate which part of the requests within the window, 0 to 1; 0: any part may
 * @param minRequests how many requests the window must have for that
 * @param window how long the window is
 * @param slow after how long without a response, from the end of the request, an answer counts as a failure; zero: never
 * @param successRateFactor by how many standard deviations an upstream may succeed less often than the pool's mean; 0: by
 *     any
 * @param successRateMinRequests how many requests an upstream must have had in the window to be compared
 * @param eject for how long, and how many at once
 * @param panic what happens when too few are left
 */
public record OutlierConfig(
        boolean on,
        int consecutiveFailures,
        double failureRate,
        int minRequests,
        Duration window,
        Duration slow,
        double successRateFactor,
        int successRateMinRequests,
        EjectConfig eject,
        PanicConfig panic) {

    /** What holds where nothing is written. */
    public static final OutlierConfig DEFAULT = new OutlierConfig(
            true,
            5,
            0.5,
            20,
            Duration.ofSeconds(10),
            Duration.ZERO,
            1.9,
            100,
            new EjectConfig(Duration.ofSeconds(30), Duration.ofSeconds(300), 0.1, 0.34, false),
            PanicConfig.OFF);

    /**
     * The same, on or off.
     *
     * @param other whether anything takes an upstream out
     * @return the detection
     */
    public OutlierConfig on(boolean other) {
        return copy(other, eject, panic);
    }

    /**
     * The same with other ejections.
     *
     * @param other for how long, and how many at once
     * @return the detection
     */
    public OutlierConfig with(EjectConfig other) {
        return copy(on, other, panic);
    }

    /**
     * The same with another panic.
     *
     * @param other what happens when too few are left
     * @return the detection
     */
    public OutlierConfig with(PanicConfig other) {
        return copy(on, eject, other);
    }

    private OutlierConfig copy(boolean newOn, EjectConfig newEject, PanicConfig newPanic) {
        return new OutlierConfig(
                newOn,
                consecutiveFailures,
                failureRate,
                minRequests,
                window,
                slow,
                successRateFactor,
                successRateMinRequests,
                newEject,
                newPanic);
    }
}
