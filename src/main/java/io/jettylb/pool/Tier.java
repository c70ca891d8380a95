package io.jettylb.pool;

import io.jettylb.balance.Picker;
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
        int drawn = upTo[0] >= 1 ? 0 : draw(number(selection.hash(), random));
        UpstreamNode node = groups[drawn].take(selection);
        return node == null ? elsewhere(drawn, selection, random) : node;
    }

    /** 0 for those that serve; 1 and more for backups. */
    int rank() {
        return groups[0].nodes()[0].config().tier();
    }

    /** The other groups, beginning with one that is drawn by its weight: a zone that is full must not bury the next one. */
    private UpstreamNode elsewhere(int drawn, Selection selection, Supplier<RandomGenerator> random) {
        double total = 0;
        for (int i = 0; i < groups.length; i++) {
            total += i == drawn ? 0 : groups[i].weight();
        }
        double point = random.get().nextDouble() * total;
        int first = 0;
        for (int i = 0; i < groups.length && point >= 0; i++) {
            first = i;
            point -= i == drawn ? 0 : groups[i].weight();
        }
        UpstreamNode node = null;
        for (int i = 0; node == null && i < groups.length; i++) {
            int group = (first + i) % groups.length;
            node = group == drawn ? null : groups[group].take(selection);
        }
        return node;
    }

    /** Requests with the same key go the same way, so that it is cached in one place. */
    private static double number(long hash, Supplier<RandomGenerator> random) {
        if (hash == Picker.NO_KEY) {
            return random.get().nextDouble();
        }
        // Other bits than those by which a strategy chooses within the group (the finalizer of MurmurHash3).
        long mixed = hash ^ hash >>> 33;
        mixed *= 0xFF51AFD7ED558CCDL;
        mixed ^= mixed >>> 33;
        mixed *= 0xC4CEB9FE1A85EC53L;
        mixed ^= mixed >>> 33;
        return (mixed >>> 11) * 0x1p-53;
    }

    private int draw(double number) {
        int group = 0;
        while (number >= upTo[group]) {
            group++;
        }
        return group;
    }
}
