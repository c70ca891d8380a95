package io.jettylb.balance;

import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Draws a few candidates at random by weight and takes the one with the fewest requests in flight for its weight, the
 * first drawn on a tie: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001.
 *
 * <p>Each draw differs from the best one so far, so that two draws are two candidates; with more than two, a candidate
 * that lost may be drawn again, which only costs the chance of another. No lock, and no allocation after construction.
 */
final class DrawnChoices implements Picker {

    private final Candidate[] candidates;
    private final int[] weights;
    private final WeightedDraw draw;
    private final int draws;
    private final Supplier<RandomGenerator> random;

    /**
     * Prepares the draw.
     *
     * @param candidates at least one
     * @param choices how many are drawn and compared, 2 or more
     * @param random gives the generator for the calling thread
     */
    DrawnChoices(List<? extends Candidate> candidates, int choices, Supplier<RandomGenerator> random) {
        this.candidates = candidates.toArray(new Candidate[0]);
        this.weights = WeightedCycle.reducedWeights(candidates);
        this.draw = new WeightedDraw(weights);
        // Nobody is to be compared with itself.
        this.draws = this.candidates.length == 1 ? 1 : choices;
        this.random = random;
    }

    /** Whether the first has less in flight for its weight than the second; {@code int}s multiplied as {@code long}s. */
    static boolean less(int inFlight, int weight, int otherInFlight, int otherWeight) {
        return (long) inFlight * otherWeight < (long) otherInFlight * weight;
    }

    @Override
    public int pick(long hash, int attempt) {
        RandomGenerator generator = random.get();
        int best = draw.draw(generator);
        for (int drawn = 1; drawn < draws; drawn++) {
            int other = draw.drawOther(best, generator);
            if (less(candidates[other].inFlight(), weights[other], candidates[best].inFlight(), weights[best])) {
                best = other;
            }
        }
        return best;
    }
}
