package io.jettylb.pool;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What request threads see: never changed, only replaced.
 *
 * @param headcount how many may get requests
 * @param tiers whom to pick from, the best first; none if nobody is eligible
 * @param failure why the strategy does not pick; null if it does
 * @param ejected those that would be eligible if they were not ejected, the best first
 * @param trials how many of these are due for a trial when their time comes: backups wait for their turn
 * @param stale whether something has changed since
 * @param timed whether it will be replaced when its time has come; else it holds until something changes
 * @param dueAt when that is
 */
record Snapshot(
        Headcount headcount,
        Tier[] tiers,
        IllegalStateException failure,
        UpstreamNode[] ejected,
        int trials,
        boolean stale,
        boolean timed,
        long dueAt) {

    static final Snapshot NOBODY =
            new Snapshot(Headcount.NOBODY, new Tier[0], null, new UpstreamNode[0], 0, false, false, 0);

    /** The same as long as there is none that knows of the latest changes. */
    Snapshot staleUntil(long time) {
        return new Snapshot(headcount, tiers, failure, ejected, trials, true, true, time);
    }

    /**
     * Picks an upstream that this request has not tried, and begins an attempt there.
     *
     * @param last the last tier to pick from
     * @return null if there is none
     */
    UpstreamNode take(Selection selection, Supplier<RandomGenerator> random, int last) {
        for (Tier tier : tiers) {
            UpstreamNode node = last == Integer.MAX_VALUE || tier.rank() <= last ? tier.take(selection, random) : null;
            if (node != null) {
                return node;
            }
        }
        return null;
    }
}
