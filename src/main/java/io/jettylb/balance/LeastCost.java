package io.jettylb.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Picks the upstream with the least {@code estimated time * (requests in flight + 1) / weight}: about how long its queue
 * takes. Up to {@value LeastRequest#FULL_SCAN} upstreams all are compared, above that two different ones that are drawn at
 * random by weight.
 *
 * <p>On a tie the one with fewer requests in flight for its weight comes first; after that, the one whose turn it is in
 * the weighted round robin, or one of several others at random by weight, as in {@link LeastRequest}. Upstreams of which
 * nothing is known tie therefore, and share by weight. No lock, and no allocation after construction.
 */
final class LeastCost implements Picker {

    /** Keeps two bits after the leading one: steps of 14 to 25 percent. */
    private static final long COARSE = 0xFFFC_0000_0000_0000L;

    private final Candidate[] candidates;
    private final ResponseTime[] times;
    private final ResponseTimes pool;
    private final boolean coarse;
    private final int[] weights;
    private final WeightedCycle turns;
    private final WeightedDraw draw;
    private final AtomicLong cursor;
    private final Supplier<RandomGenerator> random;

    /**
     * A picker.
     *
     * @param candidates at least one
     * @param pool what is known of them
     * @param coarse whether times that differ by less than about a fifth count as equal
     * @param cursor the position of the round robin, which outlives this picker
     * @param random gives the generator for the calling thread
     */
    LeastCost(
            List<? extends Candidate> candidates,
            ResponseTimes pool,
            boolean coarse,
            AtomicLong cursor,
            Supplier<RandomGenerator> random) {
        this.candidates = candidates.toArray(new Candidate[0]);
        this.times = pool.of(candidates);
        this.pool = pool;
        this.coarse = coarse;
        this.weights = WeightedCycle.reducedWeights(candidates);
        this.cursor = cursor;
        this.random = random;
        boolean all = this.candidates.length <= LeastRequest.FULL_SCAN;
        this.turns = all ? WeightedCycle.of(candidates) : null;
        this.draw = all ? null : new WeightedDraw(weights);
    }

    @Override
    public int pick(long hash, int attempt) {
        if (candidates.length == 1) {
            return 0;
        }
        if (draw != null) {
            // Drawn afresh for each attempt.
            return betterOfTwo(pool.now());
        }
        int rank = attempt % candidates.length;
        return rank == 0 ? leastOfAll(pool.now()) : ofRank(rank, pool.now());
    }

    private int leastOfAll(long now) {
        int turn = turns.next(cursor);
        int best = turn;
        int inFlight = candidates[turn].inFlight();
        double time = time(turn, inFlight, now);
        int tiedWeight = 0;
        for (int i = 0; i < candidates.length; i++) {
            if (i == turn) {
                continue;
            }
            // Read once: it may change between the comparisons.
            int others = candidates[i].inFlight();
            double othersTime = time(i, others, now);
            int order = compare(othersTime, others, weights[i], time, inFlight, weights[best]);
            if (order == 0 && best != turn) {
                tiedWeight += weights[i];
            } else if (order < 0) {
                tiedWeight = weights[i];
            }
            if (order < 0 || order == 0 && best != turn && random.get().nextInt(tiedWeight) < weights[i]) {
                best = i;
                inFlight = others;
                time = othersTime;
            }
        }
        return best;
    }

    /**
     * Who comes next, for a request that was elsewhere before: by cost as well, or it would go to whoever fails fast, who
     * is never busy. So many passes as the rank says; there are few.
     */
    private int ofRank(int rank, long now) {
        int found = -1;
        double cost = Double.NEGATIVE_INFINITY;
        for (int pass = 0; pass <= rank; pass++) {
            int next = -1;
            double nexts = Double.POSITIVE_INFINITY;
            for (int i = 0; i < candidates.length; i++) {
                int inFlight = candidates[i].inFlight();
                double others = time(i, inFlight, now) * (inFlight + 1.0) / weights[i];
                boolean later = others > cost || others == cost && i > found;
                if (later && (next < 0 || others < nexts)) {
                    next = i;
                    nexts = others;
                }
            }
            if (next < 0) {
                // The figures have changed in the meantime.
                return found < 0 ? 0 : found;
            }
            found = next;
            cost = nexts;
        }
        return found;
    }

    private int betterOfTwo(long now) {
        RandomGenerator generator = random.get();
        int first = draw.draw(generator);
        int second = draw.drawOther(first, generator);
        int firsts = candidates[first].inFlight();
        int seconds = candidates[second].inFlight();
        int order = compare(
                time(second, seconds, now), seconds, weights[second], time(first, firsts, now), firsts, weights[first]);
        return order < 0 ? second : first;
    }

    private double time(int index, int inFlight, long now) {
        if (inFlight >= candidates[index].maxRequests()) {
            // The pool would not let it have the request.
            return Double.POSITIVE_INFINITY;
        }
        double nanos = times[index].estimate(inFlight, now);
        return coarse ? Double.longBitsToDouble(Double.doubleToRawLongBits(nanos) & COARSE) : nanos;
    }

    /** Negative if the first costs less; products, so that nothing is divided and coarse times compare exactly. */
    private static int compare(
            double time, int inFlight, int weight, double other, int otherInFlight, int otherWeight) {
        int order = Double.compare(time * (inFlight + 1.0) * otherWeight, other * (otherInFlight + 1.0) * weight);
        if (order != 0) {
            return order;
        }
        return Long.compare((long) inFlight * otherWeight, (long) otherInFlight * weight);
    }
}
