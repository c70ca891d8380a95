package io.jettylb.sim;

import java.util.List;

/**
 * What an experiment has shown of one strategy.
 *
 * @param strategy its name
 * @param requests how many were measured
 * @param failed how many of them were answered with an error
 * @param latencies of those that were not, in nanoseconds, in ascending order
 * @param worstShare the largest share of an upstream in all attempts, divided by the share that its weight gives it
 * @param upstreams what each had to bear
 * @param keysMoved the part of the keys that were served by another upstream after one had left, 0 to 1; NaN if none left
 */
public record Result(
        String strategy,
        long requests,
        long failed,
        long[] latencies,
        double worstShare,
        List<UpstreamLoad> upstreams,
        double keysMoved) {

    /**
     * A quantile of the latencies of successful requests: the smallest one that is not exceeded by that part of them.
     *
     * @param part 0 to 1
     * @return milliseconds; NaN if no request succeeded
     */
    public double latencyMillis(double part) {
        if (latencies.length == 0) {
            return Double.NaN;
        }
        int rank = (int) Math.ceil(part * latencies.length);
        return latencies[Math.min(Math.max(rank, 1), latencies.length) - 1] / 1e6;
    }

    /**
     * The mean latency of successful requests.
     *
     * @return milliseconds; NaN if no request succeeded
     */
    public double meanMillis() {
        double sum = 0;
        for (long latency : latencies) {
            sum += latency;
        }
        return sum / latencies.length / 1e6;
    }

    /**
     * How many requests any upstream had at once at most.
     *
     * @return 0 or more
     */
    public int maxInFlight() {
        return upstreams.stream().mapToInt(UpstreamLoad::maxInFlight).max().orElse(0);
    }

    /**
     * The part of the requests that was answered with an error.
     *
     * @return 0 to 1
     */
    public double errors() {
        return requests == 0 ? 0 : (double) failed / requests;
    }
}
