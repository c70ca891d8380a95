package io.jettylb.pool;

import io.jettylb.balance.Picker;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Upstreams among which a strategy picks. Never changed, only replaced; but its members may have left since.
 *
 * @param nodes one or more
 * @param weights what they weigh
 * @param picker picks among them
 * @param panic whether their health is ignored
 * @param failure why the picker is not the strategy's own; null if it is
 */
record Group(UpstreamNode[] nodes, int[] weights, Picker picker, boolean panic, IllegalStateException failure) {

    /** How often the strategy is asked again when it names an upstream that cannot get this request. */
    private static final int PICKS = 3;

    /** A group whose strategy has failed: one gets a request after the other, as long as it takes. */
    static Group inTurn(UpstreamNode[] nodes, int[] weights, boolean panic, IllegalStateException failure) {
        AtomicInteger next = new AtomicInteger();
        Picker picker = (hash, attempt) -> Math.floorMod(next.getAndIncrement(), nodes.length);
        return new Group(nodes, weights, picker, panic, failure);
    }

    /** Whether it is a group of these, who weigh that, with a picker of the strategy. */
    boolean isOf(UpstreamNode[] others, int[] theirWeights, boolean inPanic) {
        return panic == inPanic
                && failure == null
                && Arrays.equals(weights, theirWeights)
                && Arrays.equals(nodes, others);
    }

    double weight() {
        double sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        return sum;
    }

    /**
     * Picks an upstream that this request has not tried, and begins an attempt there.
     *
     * @return null if there is none
     */
    UpstreamNode take(Selection selection) {
        int attempt = selection.triedEligible();
        int index = 0;
        for (int i = 0; i < PICKS; i++) {
            index = picker.pick(selection.hash(), attempt + i);
            UpstreamNode node = nodes[index];
            if (open(node, selection) && node.begin()) {
                return node;
            }
        }
        return leastLoaded(index, selection);
    }

    /**
     * The one with the fewest requests for its weight. Not simply the next one: if one was full for long, its neighbour
     * would have its share in addition.
     */
    private UpstreamNode leastLoaded(int start, Selection selection) {
        // Each round but the last finds somebody who has room, and loses it to another request at most.
        for (int round = 0; round < nodes.length; round++) {
            UpstreamNode best = null;
            for (int i = 1; i <= nodes.length; i++) {
                UpstreamNode node = nodes[(start + i) % nodes.length];
                if (open(node, selection) && !node.full() && (best == null || less(node, best))) {
                    best = node;
                }
            }
            if (best == null || best.begin()) {
                return best;
            }
        }
        return null;
    }

    private boolean open(UpstreamNode node, Selection selection) {
        return (node.standing() == Standing.OPEN || panic && node.isHopeful()) && !selection.tried(node);
    }

    private static boolean less(UpstreamNode node, UpstreamNode than) {
        return (long) node.inFlight() * than.weight() < (long) than.inFlight() * node.weight();
    }
}
