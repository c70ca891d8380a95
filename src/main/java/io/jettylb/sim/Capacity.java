package io.jettylb.sim;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;

/**
 * How strong the upstreams of a pool are: their weights are taken at their word. Backups, and those of weight 0, add
 * nothing: while all is well they get no requests.
 */
final class Capacity {

    private Capacity() {}

    /** The rate at which all that take part would be busy all the time, in requests in a nanosecond. */
    static double perNano(PoolConfig pool, long meanNanos, int concurrency) {
        int[] workers = workers(pool, concurrency);
        int tier = tier(pool);
        long busy = 0;
        for (int i = 0; i < workers.length; i++) {
            busy += takesPart(pool.upstreams().get(i), tier) ? workers[i] : 0;
        }
        return (double) busy / meanNanos;
    }

    /** How many requests each serves at once, those that take no part included. */
    static int[] workers(PoolConfig pool, int concurrency) {
        int tier = tier(pool);
        long count = pool.upstreams().stream()
                .filter(upstream -> takesPart(upstream, tier))
                .count();
        // Without any that takes part, each is as strong as the others.
        double mean = count == 0 ? 1 : sum(pool, tier) / count;
        return pool.upstreams().stream()
                .mapToInt(upstream -> (int) Math.max(1, Math.round(concurrency * upstream.weight() / mean)))
                .toArray();
    }

    /** The part of all requests that each has to expect; 0 for those that take no part. */
    static double[] fairShares(PoolConfig pool) {
        int tier = tier(pool);
        double sum = sum(pool, tier);
        return pool.upstreams().stream()
                .mapToDouble(upstream -> takesPart(upstream, tier) ? upstream.weight() / sum : 0)
                .toArray();
    }

    private static double sum(PoolConfig pool, int tier) {
        return pool.upstreams().stream()
                .filter(upstream -> takesPart(upstream, tier))
                .mapToDouble(UpstreamConfig::weight)
                .sum();
    }

    private static boolean takesPart(UpstreamConfig upstream, int tier) {
        return upstream.weight() > 0 && upstream.tier() == tier;
    }

    /** The lowest tier that has any weight. */
    private static int tier(PoolConfig pool) {
        return pool.upstreams().stream()
                .filter(upstream -> upstream.weight() > 0)
                .mapToInt(UpstreamConfig::tier)
                .min()
                .orElse(0);
    }
}
