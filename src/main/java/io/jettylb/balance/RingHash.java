package io.jettylb.balance;

import java.util.Set;

/**
 * {@code ring-hash}: requests with the same key go to the same upstream, as long as it is there.
 *
 * <p>D. Karger et al., "Consistent Hashing and Random Trees", STOC 1997, in the form of ketama and of Envoy's
 * {@code RING_HASH}: each upstream has points on a ring in proportion to its weight, and a key belongs to the next point.
 * An upstream that leaves hands each of its keys to the next point, and no other key moves; one that comes takes keys
 * from all others alike. The points depend on the ids of the upstreams alone, so all balancers agree, whatever the order
 * in their files. A unit of weight has 1,600 points if the largest weight is up to 4, then 160 (up to 40), 16 (up to 400)
 * and so on, so that the heaviest has 640 at least. From 524,288 points in all, everybody has fewer: about 52 each for
 * 10,000 upstreams, and a change moves up to twice as many keys as it must.
 *
 * <p>The share of an upstream differs from its weight's by about 1 / sqrt(points), 2.5 % for 1,600.
 *
 * <p><b>Complexity:</b> a pick takes constant time on average (the ring is searched from where evenly spread points would
 * be); an attempt after the first, or one above the bound, walks on from there. A change of the upstreams takes time and
 * 16 bytes for each point.
 *
 * <p><b>When not to use it:</b> where a key gains nothing from meeting the same upstream: {@link LeastRequest} balances
 * better. Where few keys make most of the load, set {@code bounded-load}. If the heaviest of very unequal upstreams leaves
 * and the class of the largest weight changes with it, other keys move too; {@link Rendezvous} has no such edge.
 *
 * <p>Options: {@code key}, by default {@code ip}, see {@link HashKey}; a list of keys means the first one that a request
 * has. {@code fallback}: the strategy for requests without a key, {@code least-request} by default. {@code bounded-load},
 * 1.01..100: an upstream takes no more than this times the mean, see {@link BoundedLoad}; unset: any load. The provider,
 * its strategies and their pickers are safe for use by any thread; a pick takes no lock and allocates nothing.
 */
public final class RingHash implements StrategyProvider {

    /** For the service loader. */
    public RingHash() {}

    @Override
    public String name() {
        return "ring-hash";
    }

    @Override
    public Set<String> optionNames() {
        return HashOptions.NAMES;
    }

    @Override
    public Set<String> strategyOptionNames() {
        return Set.of(HashOptions.FALLBACK);
    }

    @Override
    public Strategy create(StrategyContext context) {
        return new KeyedStrategy(HashOptions.of(context), Ring::new);
    }
}
