package io.jettylb.balance;

import java.math.BigInteger;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code maglev}: requests with the same key go to the same upstream, and the shares of the upstreams are as even as can
 * be.
 *
 * <p>D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4, with weights
 * as in Envoy: the upstreams take turns in claiming the slots of a table, each in an order that its id alone decides; a
 * key belongs to the slot that is its hash modulo the size. Shares are exact up to one slot, where a ring's differ by
 * chance; for that, a change moves a few more keys than those of the upstream that changes (up to 2 % of all).
 *
 * <p><b>Complexity:</b> a pick is one look into the table; an attempt after the first, or one above the bound, walks on
 * from there. A change of the upstreams takes about {@code size * ln(size)} steps, whatever their number.
 *
 * <p><b>When not to use it:</b> where no key may move without need, use {@link Rendezvous}. With more than about 650
 * upstreams a slot is a coarse share: give a larger table, 100 slots for each. An upstream whose fair share is far below
 * a slot gets one all the same, as long as there are enough.
 *
 * <p>Options: {@code table-size}, a prime in 1009..655373, by default {@value #SIZE}; {@code key}, {@code fallback} and
 * {@code bounded-load} as {@link RingHash}. The provider, its strategies and their pickers are safe for use by any thread;
 * a pick takes no lock and allocates nothing.
 */
public final class Maglev implements StrategyProvider {

    private static final String TABLE_SIZE = "table-size";
    private static final int SIZE = 65_537;
    private static final int LEAST = 1_009;
    private static final int MOST = 655_373;

    /** For the service loader. */
    public Maglev() {}

    @Override
    public String name() {
        return "maglev";
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
        int size = size(context.options());
        return new KeyedStrategy(HashOptions.of(context), candidates -> new MaglevTable(candidates, size));
    }

    private static int size(Map<String, Object> options) {
        int size = HashOptions.integer(options, TABLE_SIZE, LEAST, MOST, SIZE);
        if (!BigInteger.valueOf(size).isProbablePrime(50)) {
            throw HashOptions.wrong(TABLE_SIZE, String.valueOf(size), "a prime, such as " + SIZE + " or 655373");
        }
        return size;
    }
}
