package io.jettylb.sim;

import java.time.Duration;

/**
 * The requests of an experiment, and how strong the upstreams are that get them.
 *
 * @param rate requests in a second, over all balancers; more than 0
 * @param duration how long requests keep coming; the first tenth of it is not measured
 * @param balancers how many balancers share the upstreams, each knowing only its own requests; 1 or more
 * @param service how the times differ that requests take
 * @param mean the mean of these times
 * @param concurrency how many requests an upstream of mean weight serves at once; 1 or more
 * @param seed where all chance comes from
 */
public record Workload(
        double rate, Duration duration, int balancers, ServiceTime service, Duration mean, int concurrency, long seed) {

    /** Part of the duration that is not measured, because the upstreams are idle when it begins. */
    static final double WARM_UP = 0.1;

    long nanos() {
        return duration.toNanos();
    }

    long measuredFrom() {
        return (long) (nanos() * WARM_UP);
    }
}
