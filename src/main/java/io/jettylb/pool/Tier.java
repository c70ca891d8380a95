package io.jettylb.pool;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Upstreams of the same rank, in one group or one for each zone. Never changed, only replaced.
 *
 * @param groups one or more; of several, that of the own zone is the first
 * @param upTo with several groups: the part of the requests that each gets, the sum of all up to it; else null
 */
record Tier(Group[] groups, double[] upTo) {

    /**
     * Picks an upstream that this request has not tried, and begins an attempt there. Requests leave the group that is
     * drawn for them rather than being refused.
     *
     * @return null if there is none
     */
    UpstreamNode take(Selection selection, Supplier<RandomGenerator> random) {
        if (upTo == null) {
            return groups[0].take(selection);
        }
        int drawn = draw(upTo[0] >= 1 ? 0 : random.get().nextDouble());
        UpstreamNode node = groups[drawn].take(selection);
        for (int i = 0; node == null && i < groups.length; i++) {
            if (i != drawn) {
                node = groups[i].take(selection);
            }
        }
        return node;
    }

    private int draw(double number) {
        int group = 0;
        while (number >= upTo[group]) {
            group++;
        }
        return group;
    }
}
