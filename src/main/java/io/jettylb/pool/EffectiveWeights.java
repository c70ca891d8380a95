package io.jettylb.pool;

import io.jettylb.balance.Candidate;

/**
 * The weights that strategies see: those of the configuration, changed by what holds for a time only.
 *
 * <p>Where nothing does, they are the plain ones, so that short orders stay short: round robin's {@code a a b a c a a}.
 * Else they are in hundredths, all of them.
 */
final class EffectiveWeights {

    private static final int HUNDREDTHS = 100;
    /** By how much a measured capacity may differ from the mean, either way: gRFC A58 as in grpc-java. */
    private static final double MOST = 10;

    private EffectiveWeights() {}

    /**
     * Computes the weights of upstreams that share requests.
     *
     * <p>Those whose capacity was measured share by it what they have together by weight: a configured weight usually
     * says the same as the measurement, and counting it twice would send a large machine more than it can take.
     *
     * @param weights what they are set to, 1 or more each
     * @param factors what is left of that for the time being: slow start, and the share that an upstream asked for
     * @param capacities measured, in any unit; NaN where it was not
     * @return 1 to {@link Candidate#MAX_WEIGHT}; the same array if nothing changes
     */
    static int[] of(int[] weights, double[] factors, double[] capacities) {
        double capacity = 0;
        double weight = 0;
        int measured = 0;
        boolean plain = true;
        for (int i = 0; i < weights.length; i++) {
            plain &= factors[i] == 1;
            if (!Double.isNaN(capacities[i])) {
                capacity += capacities[i];
                weight += weights[i];
                measured++;
            }
        }
        if (plain && measured == 0) {
            return weights;
        }
        double[] exact = new double[weights.length];
        double largest = 0;
        for (int i = 0; i < weights.length; i++) {
            double base = weights[i];
            if (!Double.isNaN(capacities[i])) {
                double relative = capacities[i] / (capacity / measured);
                base = weight / measured * Math.min(MOST, Math.max(1 / MOST, relative));
            }
            exact[i] = base * factors[i] * HUNDREDTHS;
            largest = Math.max(largest, exact[i]);
        }
        double scale = largest > Candidate.MAX_WEIGHT ? Candidate.MAX_WEIGHT / largest : 1;
        int[] effective = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            effective[i] = (int) Math.max(1, Math.round(exact[i] * scale));
        }
        return effective;
    }
}
