package io.jettylb.pool;

/**
 * How requests are split over zones, after Envoy's zone aware routing: the own zone gets all that it can take, and the
 * rest goes where there is more capacity than traffic.
 *
 * <p>With <i>c<sub>i</sub></i> the part of the whole capacity that zone <i>i</i> has and <i>t<sub>i</sub></i> the part of
 * all requests that arrive at its balancers, the own zone 0 gets {@code min(1, c0 / t0)} of what arrives here, and each
 * other one of the rest in proportion to {@code max(0, ci - ti)}. So if every zone does this, all upstreams get the same
 * for their weight. Nobody counts the traffic of the other zones: they share evenly what the own one does not have.
 */
final class ZoneSplit {

    private ZoneSplit() {}

    /**
     * Splits.
     *
     * @param capacities of each zone with upstreams to choose from, in any unit, above 0; the own one first
     * @param zones how many there are, those without upstreams at the moment included
     * @param share the part of all requests that arrives in the own zone; NaN: one part for each zone
     * @return what each gets of the requests that arrive here, the sum of all up to it; the last is 1
     */
    static double[] cumulative(long[] capacities, int zones, double share) {
        double total = 0;
        for (long capacity : capacities) {
            total += capacity;
        }
        double own = Double.isNaN(share) ? 1.0 / zones : share;
        double ownCapacity = capacities[0] / total;
        double[] upTo = new double[capacities.length];
        // With the tolerance, three equal zones are what they seem to be.
        upTo[0] = ownCapacity >= own - 1e-9 ? 1 : ownCapacity / own;
        double others = (1 - own) / Math.max(1, zones - 1);
        double residual = 0;
        for (int i = 1; i < capacities.length; i++) {
            residual += Math.max(0, capacities[i] / total - others);
        }
        for (int i = 1; i < capacities.length; i++) {
            double part = residual == 0
                    ? 1.0 / (capacities.length - 1)
                    : Math.max(0, capacities[i] / total - others) / residual;
            upTo[i] = upTo[i - 1] + (1 - upTo[0]) * part;
        }
        upTo[capacities.length - 1] = 1;
        return upTo;
    }
}
