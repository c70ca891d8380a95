package io.jettylb.pool;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What the parts of a pool have in common.
 *
 * @param name the pool's name
 * @param members its upstreams
 * @param snapshots what requests see of them
 * @param lock guards all facts about upstreams
 * @param nanoClock nanoseconds with an arbitrary start
 * @param log tells the operator
 */
record Shared(
        String name, Members members, Snapshots snapshots, ReentrantLock lock, LongSupplier nanoClock, PoolLog log) {

    long now() {
        return nanoClock.getAsLong();
    }

    /** Judges an upstream anew after a fact has changed, and lets requests know. For whoever holds the lock. */
    void changedLocked(UpstreamNode node, long now) {
        members.settle(node, now);
        snapshots.changedLocked(now);
    }

    /** Tells the operator when a panic, or a failure of the strategy, begins or ends. Not for whoever holds the lock. */
    void watch(Snapshot current) {
        // Requests may have overtaken each other.
        if (current.headcount().panics() != log.panics()) {
            log.panic(snapshots.latest().headcount());
        }
        if (current.failure() != null != log.strategyFails()) {
            log.strategy(snapshots.latest().failure());
        }
    }

    /**
     * An upstream by its id.
     *
     * @throws IllegalArgumentException if there is none
     */
    UpstreamNode node(String id) {
        UpstreamNode node = members.get(id);
        if (node == null) {
            throw new IllegalArgumentException(name + "/" + id + ": no such upstream");
        }
        return node;
    }
}
