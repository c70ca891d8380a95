package io.jettylb.balance;

import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Draws a candidate at random with a probability in proportion to {@code weight / (in-flight requests + 1)^bias}; above
 * {@value LeastRequest#FULL_SCAN} candidates, one of two that were drawn by weight, in proportion to the second factor.
 *
 * <p>Envoy feeds the same figure as weights into a weighted round robin; a draw has the same shares and needs no state
 * that threads would have to agree on. The draw among all is done in one pass (M. T. Chao, "A general purpose unequal
 * probability sampling plan", Biometrika 69(3), 1982). No lock, and no allocation after construction.
 */
final class BiasedDraw implements Picker {

    /** For up to so many requests in flight the power is looked up. */
    private static final int TABLE = 256;

    private final Candidate[] candidates;
    private final int[] weights;
    private final WeightedDraw draw;
    private final double bias;
    private final double[] eagerness = new double[TABLE];
    private final Supplier<RandomGenerator> random;

    BiasedDraw(List<? extends Candidate> candidates, double bias, Supplier<RandomGenerator> random) {
        this.candidates = candidates.toArray(new Candidate[0]);
        this.weights = WeightedCycle.reducedWeights(candidates);
        this.draw = this.candidates.length <= LeastRequest.FULL_SCAN ? null : new WeightedDraw(weights);
        this.bias = bias;
        this.random = random;
        for (int i = 0; i < TABLE; i++) {
            eagerness[i] = Math.pow(i + 1.0, -bias);
        }
    }

    @Override
    public int pick(long hash, int attempt) {
        RandomGenerator generator = random.get();
        if (draw != null) {
            int first = draw.draw(generator);
            int second = draw.drawOther(first, generator);
            double firsts = eagerness(first);
            return generator.nextDouble() * (firsts + eagerness(second)) < firsts ? first : second;
        }
        int drawn = 0;
        double sum = 0;
        for (int i = 0; i < candidates.length; i++) {
            double share = weights[i] * eagerness(i);
            sum += share;
            if (generator.nextDouble() * sum < share) {
                drawn = i;
            }
        }
        return drawn;
    }

    private double eagerness(int index) {
        int inFlight = candidates[index].inFlight();
        return inFlight < TABLE ? eagerness[inFlight] : Math.pow(inFlight + 1.0, -bias);
    }
}
