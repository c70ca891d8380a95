package io.jettylb.proxy;

import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.server.Server;

/**
 * What all pools of a server have in common.
 *
 * @param server whose threads, timer and buffers are used
 * @param strategies what strategies there are
 * @param nanoClock nanoseconds with an arbitrary start
 * @param random gives the generator for the calling thread
 * @param probeStarts spreads the first probes
 * @param stickyKeys what cookies are signed with
 */
record ServerParts(
        Server server,
        Strategies strategies,
        LongSupplier nanoClock,
        Supplier<RandomGenerator> random,
        ProbeStarts probeStarts,
        StickyKeys stickyKeys) {

    /** A new strategy for a pool. */
    Strategy strategy(PoolConfig config) {
        return strategies.create(config.strategy(), random, nanoClock);
    }
}
