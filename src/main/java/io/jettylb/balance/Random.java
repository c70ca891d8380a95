package io.jettylb.balance;

import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * {@code random}: any upstream, each as likely as its weight says, whatever came before and whoever is busy.
 *
 * <p>The draw is A. J. Walker's alias method (1977), exact and in constant time; see {@link WeightedDraw}. It needs no
 * state at all, so any number of balancers and threads behave as one.
 *
 * <p><b>When not to use it:</b> chance is uneven. Of <i>n</i> requests thrown at <i>n</i> upstreams, the fullest gets
 * about log n / log log n instead of one. {@link PowerOfTwo} costs hardly more and keeps that at log log n; where shares
 * have to be exact there is {@link RoundRobin}.
 *
 * <p>Takes no options. The provider, its strategies and their pickers are safe for use by any thread; a pick takes no
 * lock and allocates nothing.
 */
public final class Random implements StrategyProvider {

    /** For the service loader. */
    public Random() {}

    @Override
    public String name() {
        return "random";
    }

    @Override
    public Strategy create(StrategyContext context) {
        return candidates -> picker(candidates, context.random());
    }

    private static Picker picker(List<? extends Candidate> candidates, Supplier<RandomGenerator> random) {
        WeightedDraw draw = new WeightedDraw(WeightedCycle.reducedWeights(candidates));
        return (hash, attempt) -> draw.draw(random.get());
    }
}
