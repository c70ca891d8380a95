package io.jettylb.health;

import io.jettylb.config.EjectConfig;
import java.time.Duration;

/**
 * For how long upstreams are ejected. Immutable.
 *
 * <p>Who refuses connections is out for a short time that doubles with each failed trial: a trial costs nothing there,
 * since its request goes elsewhere, and a restarted upstream is to be back before anybody looks. Who takes requests and
 * fails them is out for {@code time * n} the n-th time, as in Envoy: there each trial may cost a client its answer.
 *
 * @param refused the first ejection of one that refuses connections
 * @param maxRefused the longest of those
 * @param failed the first ejection of one that fails requests
 * @param maxFailed the longest of those, without jitter
 * @param jitter by which part of itself such an ejection is lengthened at random at most, 0 to 1
 */
public record EjectionRules(Duration refused, Duration maxRefused, Duration failed, Duration maxFailed, double jitter) {

    private static final Duration REFUSED = Duration.ofSeconds(1);
    private static final Duration MAX_REFUSED = Duration.ofSeconds(10);

    /**
     * The rules that follow from a configuration.
     *
     * @param config what the operator says
     * @return one second doubling up to ten for who refuses connections, unless the configured times are shorter
     */
    public static EjectionRules of(EjectConfig config) {
        return new EjectionRules(
                shorter(REFUSED, config.time()),
                shorter(MAX_REFUSED, config.max()),
                config.time(),
                config.max(),
                config.jitter());
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    long refusedNanos(int times) {
        long nanos = refused.toNanos();
        for (int i = 1; i < times && nanos < maxRefused.toNanos(); i++) {
            nanos *= 2;
        }
        return Math.min(nanos, maxRefused.toNanos());
    }

    long failedNanos(int times, double random) {
        double nanos = Math.min((double) failed.toNanos() * times, maxFailed.toNanos());
        return (long) (nanos * (1 + jitter * random));
    }

    /**
     * What is left of a number of ejections after a time in service: one of them is forgotten for each {@link #failed} of
     * it, and those that no longer made a difference at once.
     */
    int remembered(int times, long inService) {
        if (times == 0) {
            return 0;
        }
        long longest = maxFailed.toNanos() / failed.toNanos() + 1;
        return (int) Math.max(0, Math.min(times, longest) - inService / failed.toNanos());
    }
}
