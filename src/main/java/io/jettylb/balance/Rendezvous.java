package io.jettylb.balance;

import java.util.Set;
import java.util.TreeSet;

/**
 * {@code rendezvous}: requests with the same key go to the same upstream, and a change moves exactly the keys that it
 * must.
 *
 * <p>D. Thaler, C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM ToN 6(1), 1998 (highest random
 * weight), with weights as in J. Schindelhauer, G. Schomaker, "Weighted Distributed Hash Tables", SPAA 2005: every
 * upstream has a score {@code -ln(h) / weight} for every key, and the lowest wins. Comparing all upstreams for each
 * request would take time in proportion to their number, so it is done beforehand, for the slots of a table rather than
 * for keys; see {@link RendezvousTable}. An upstream that leaves gives up its slots, each to the one with the next score;
 * one that comes, or gets more weight, takes slots from others; none moves between two others.
 *
 * <p>The share of an upstream differs from its weight's by about 1 / sqrt(its slots): 1 % for 7, 4 % for 100 upstreams.
 *
 * <p><b>Complexity:</b> a pick is one look into the table, the second attempt as well; later ones, and those above the
 * bound, walk on from there. A change of the upstreams takes about {@code 1.2 * size * ln(size)} steps, whatever their
 * number.
 *
 * <p><b>When not to use it:</b> where even shares matter more than keys that stay, use {@link Maglev}. With more than about
 * 650 upstreams give a larger table, 100 slots for each, or use {@link RingHash}: without a slot, an upstream gets
 * nothing.
 *
 * <p>Options: {@code table-size}, a power of two in 1024..262144, by default {@value #SIZE}; {@code key},
 * {@code fallback} and {@code bounded-load} as {@link RingHash}. The provider, its strategies and their pickers are safe
 * for use by any thread; a pick takes no lock and allocates nothing.
 */
public final class Rendezvous implements StrategyProvider {

    private static final String TABLE_SIZE = "table-size";
    private static final int SIZE = 65_536;
    private static final int LEAST = 1 << 10;
    private static final int MOST = 1 << 18;

    /** For the service loader. */
    public Rendezvous() {}

    @Override
    public String name() {
        return "rendezvous";
    }

    @Override
    public Set<String> optionNames() {
        Set<String> names = new TreeSet<>(HashOptions.NAMES);
        names.add(TABLE_SIZE);
        return names;
    }

    @Override
    public Set<String> strategyOptionNames() {
        return Set.of(HashOptions.FALLBACK);
    }

    @Override
    public Strategy create(StrategyContext context) {
        int size = HashOptions.integer(context.options(), TABLE_SIZE, LEAST, MOST, SIZE);
        if (Integer.bitCount(size) != 1) {
            throw HashOptions.wrong(TABLE_SIZE, String.valueOf(size), "a power of two, such as " + SIZE);
        }
        return new KeyedStrategy(HashOptions.of(context), candidates -> new RendezvousTable(candidates, size));
    }
}
