package io.jettylb.balance;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * {@code least-request}: the upstream with the fewest requests in flight for its weight. The default.
 *
 * <p>The load of an upstream is its in-flight requests divided by its weight, compared exactly, as nginx's
 * {@code least_conn} does: without adding one for the request to come, so that idle upstreams tie whatever their weight,
 * and a quiet pool is served in the order of {@link RoundRobin} rather than by its heaviest member alone.
 *
 * <ul>
 *   <li><b>Up to {@value #FULL_SCAN} upstreams</b> all are compared. The scan starts with the one whose turn it is in
 *       the weighted round robin, and it keeps its turn unless another is strictly less loaded. If several others are,
 *       and tie, one of them is drawn at random by weight (in one pass, M. T. Chao, "A general purpose unequal
 *       probability sampling plan", Biometrika 69(3), 1982). Taking simply the first of them would hand the whole share
 *       of a stuck upstream to its neighbour in the list.
 *   <li><b>Above</b>, two different upstreams are drawn at random by weight and the less loaded one is taken, as by
 *       {@link PowerOfTwo}. The longest queue is then about log log n above the mean, nearly as good as comparing all, at
 *       constant cost. It is not used for few upstreams, because it picks the busier of two far too often there.
 * </ul>
 *
 * <p>The counts are those of this server alone and may be an instant old; two threads may choose the same upstream.
 *
 * <p><b>When not to use it:</b> an upstream that fails fast looks idle and attracts traffic, so leave the outlier
 * detection on. Requests that must meet a warm cache want a hash. With very unequal weights and hardly any concurrency a
 * light upstream gets more than its share, because any idle upstream precedes any busy one; use {@link RoundRobin} if
 * the exact share matters more than the load.
 *
 * <p>Option {@code bias}, 0 to 10, not set by default: instead of the least loaded one, each upstream gets a share in
 * proportion to {@code weight / (in-flight requests + 1)^bias}, the weight that Envoy gives its hosts (there {@code
 * active_request_bias}, by default 1). 0 is a draw by weight that does not look at the load, 1 halves the share of an
 * upstream at each doubling of its load; what is above nears the least loaded one. Above {@value #FULL_SCAN} upstreams, one
 * of two drawn by weight is chosen in proportion to {@code 1 / (in-flight requests + 1)^bias}. It is for pools with very
 * unequal weights, where Envoy's shares are wanted: with the default a light upstream that is idle precedes a heavy one
 * that is not.
 *
 * <p>The provider, its strategies and their pickers are safe for use by any thread; a pick takes no lock and allocates
 * nothing. It takes O(n) steps up to {@value #FULL_SCAN} upstreams, O(1) above.
 */
public final class LeastRequest implements StrategyProvider {

    /** The largest number of upstreams that are all compared for each request. */
    static final int FULL_SCAN = 16;

    private static final String BIAS = "bias";

    /** For the service loader. */
    public LeastRequest() {}

    @Override
    public String name() {
        return "least-request";
    }

    @Override
    public Set<String> optionNames() {
        return Set.of(BIAS);
    }

    @Override
    public Strategy create(StrategyContext context) {
        Supplier<RandomGenerator> random = context.random();
        Options options = new Options(context);
        if (options.has(BIAS)) {
            double bias = options.number(BIAS, 0, 10, 1);
            return candidates -> new BiasedDraw(candidates, bias, random);
        }
        AtomicLong cursor = new AtomicLong(random.get().nextLong());
        return candidates -> candidates.size() <= FULL_SCAN
                ? new FullScan(candidates, cursor, random)
                : new DrawnChoices(candidates, 2, random);
    }

    private static final class FullScan implements Picker {

        private final Candidate[] candidates;
        private final int[] weights;
        private final WeightedCycle turns;
        private final AtomicLong cursor;
        private final Supplier<RandomGenerator> random;

        FullScan(List<? extends Candidate> candidates, AtomicLong cursor, Supplier<RandomGenerator> random) {
            this.candidates = candidates.toArray(new Candidate[0]);
            this.weights = WeightedCycle.reducedWeights(candidates);
            this.turns = WeightedCycle.of(candidates);
            this.cursor = cursor;
            this.random = random;
        }

        @Override
        public int pick(long hash, int attempt) {
            int turn = turns.next(cursor);
            int best = turn;
            int inFlight = candidates[turn].inFlight();
            int tiedWeight = 0;
            for (int i = 0; i < candidates.length; i++) {
                if (i == turn) {
                    continue;
                }
                // Read once: it may change between the comparisons.
                int others = candidates[i].inFlight();
                if (DrawnChoices.less(others, weights[i], inFlight, weights[best])) {
                    best = i;
                    inFlight = others;
                    tiedWeight = weights[i];
                } else if (best != turn && !DrawnChoices.less(inFlight, weights[best], others, weights[i])) {
                    tiedWeight += weights[i];
                    if (random.get().nextInt(tiedWeight) < weights[i]) {
                        best = i;
                        inFlight = others;
                    }
                }
            }
            return best;
        }
    }
}
