package io.jettylb.sim;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.SharesConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A pool under a load, while something happens to its upstreams. The same experiment with another strategy gets the very
 * same requests. Not for use by several threads.
 *
 * @param pool the upstreams with their weights, probes, timeouts and attempts; its strategy and zones do not matter
 * @param scenario what happens
 * @param workload the requests
 */
public record Experiment(PoolConfig pool, Scenario scenario, Workload workload) {

    /**
     * Tries a strategy.
     *
     * @param strategies makes it
     * @param strategy its name and options
     * @param label what to call it in the result
     * @return what it made of the requests; the same whenever it is asked
     * @throws IllegalArgumentException if there is no such strategy, or its options are wrong
     */
    public Result run(Strategies strategies, StrategyConfig strategy, String label) {
        return new Run(zoneless(pool), scenario, workload, strategies, strategy).result(label);
    }

    /**
     * The rate at which the upstreams of a pool would be busy all the time; backups are not counted.
     *
     * @param pool the upstreams
     * @param mean how long a request takes
     * @param concurrency how many an upstream of mean weight serves at once
     * @return requests in a second; 0 if no upstream has a weight
     */
    public static double capacity(PoolConfig pool, Duration mean, int concurrency) {
        return Capacity.perNano(pool, mean.toNanos(), concurrency) * 1e9;
    }

    /**
     * A pool with another number of upstreams: the first ones, or all of them over and over.
     *
     * @param pool the pool
     * @param size how many upstreams, 1 or more
     * @return the same pool, but for that
     */
    public static PoolConfig resized(PoolConfig pool, int size) {
        List<UpstreamConfig> given = pool.upstreams();
        List<UpstreamConfig> upstreams = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            UpstreamConfig upstream = given.get(i % given.size());
            int round = i / given.size();
            String id = round == 0 ? upstream.id() : upstream.id() + "#" + round;
            upstreams.add(new UpstreamConfig(
                    id,
                    upstream.uri(),
                    upstream.weight(),
                    upstream.socket(),
                    upstream.maxRequests(),
                    upstream.tier(),
                    upstream.zone()));
        }
        return pool.with(upstreams);
    }

    /** The same pool without zones: all balancers would be in the same one, and send everything to its upstreams. */
    private static PoolConfig zoneless(PoolConfig pool) {
        SharesConfig shares = pool.shares();
        return pool.with(new SharesConfig(shares.slowStart(), ZoneConfig.NONE, shares.loadReport()));
    }

    /** The same pool without probes. */
    static PoolConfig unprobed(PoolConfig pool) {
        return pool.with((ProbeConfig) null);
    }
}
