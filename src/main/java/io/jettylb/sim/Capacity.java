package io.jettylb.sim;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import java.util.List;

/** How strong the upstreams of a pool are: their weights are taken at their word. */
final class Capacity {

    private Capacity() {}

    /** How many requests each serves at once. */
    static int[] workers(PoolConfig pool, int concurrency) {
        double mean = sum(pool) / pool.upstreams().size();
        return pool.upstreams().stream()
                .mapToInt(upstream -> (int) Math.max(1, Math.round(concurrency * upstream.weight() / mean)))
                .toArray();
    }

    /** The part of all requests that each has to expect. */
    static double[] fairShares(PoolConfig pool) {
        double sum = sum(pool);
        return pool.upstreams().stream()
                .mapToDouble(upstream -> upstream.weight() / sum)
                .toArray();
    }

    private static double sum(PoolConfig pool) {
        List<UpstreamConfig> upstreams = pool.upstreams();
        return upstreams.stream().mapToDouble(UpstreamConfig::weight).sum();
    }
}
