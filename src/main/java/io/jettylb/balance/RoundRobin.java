package io.jettylb.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * {@code round-robin}: one upstream after the other, each as often as its weight says.
 *
 * <p>The order is the smooth weighted round robin of nginx (Maxim Dounin, 2012), which spreads the turns of a heavy
 * upstream instead of bunching them: weights 5, 1, 1 give {@code a a b a c a a}. Very long lists of unequal weights use
 * the static stride order of gRFC A58 instead, with the same exact shares.
 *
 * <p>The position is the strategy's and survives every change of the upstreams: a restart at the first one with each
 * change would overload it while the list flaps. It starts at random, so that balancers started together do not move in
 * lock step. The shares are exact also when many threads pick at once. A request that is repeated takes no turn: it is
 * drawn by weight.
 *
 * <p><b>When not to use it:</b> it does not look at the load. Where requests differ much in cost, or upstreams in speed,
 * {@link LeastRequest} keeps queues shorter. With unequal weights the heaviest should not outweigh the mean by orders of
 * magnitude when there are thousands of upstreams: a pick then takes about heaviest / mean steps.
 *
 * <p>Takes no options. The provider, its strategies and their pickers are safe for use by any thread.
 */
public final class RoundRobin implements StrategyProvider {

    @Override
    public String name() {
        return "round-robin";
    }

    @Override
    public Strategy create(StrategyContext context) {
        AtomicLong cursor = new AtomicLong(context.random().get().nextLong());
        return candidates -> picker(candidates, cursor, context.random());
    }

    private static Picker picker(
            List<? extends Candidate> candidates, AtomicLong cursor, Supplier<RandomGenerator> random) {
        WeightedCycle cycle = WeightedCycle.of(candidates);
        WeightedDraw draw = new WeightedDraw(WeightedCycle.reducedWeights(candidates));
        // A retry takes no turn: of two upstreams the one that fails would be asked first each time, as every other
        // turn
        // were a retry. Nor does the neighbour of one that fails get all its retries.
        return (hash, attempt) -> attempt == 0 ? cycle.next(cursor) : draw.draw(random.get());
    }
}
