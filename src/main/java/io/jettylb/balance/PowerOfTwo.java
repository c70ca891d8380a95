package io.jettylb.balance;

import java.util.Set;

/**
 * {@code power-of-two}: two upstreams are drawn at random by weight, and the one with fewer requests in flight for its
 * weight gets the request, the first drawn on a tie.
 *
 * <p>M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001: with one choice
 * the fullest of <i>n</i> upstreams is about log n / log log n above the mean, with two it is log log n / log 2, and
 * every further choice gains only a constant factor. Because it looks at so little, balancers that share upstreams
 * without knowing of each other do not all run to the same idle one, as they would if each compared all.
 *
 * <p><b>When not to use it:</b> with few upstreams. It never sends to the most loaded one, but of three it passes the
 * idle one over for every third request; {@link LeastRequest} compares all where there are up to
 * {@value LeastRequest#FULL_SCAN}, and does the same as this above. As there, upstreams that fail fast look idle.
 *
 * <p>Option {@code choices}: how many are drawn, {@value #FEWEST} to {@value #MOST}, by default {@value #FEWEST}. The
 * provider, its strategies and their pickers are safe for use by any thread; a pick takes no lock and allocates nothing.
 */
public final class PowerOfTwo implements StrategyProvider {

    private static final String CHOICES = "choices";
    private static final int FEWEST = 2;
    private static final int MOST = 100;

    /** For the service loader. */
    public PowerOfTwo() {}

    @Override
    public String name() {
        return "power-of-two";
    }

    @Override
    public Set<String> optionNames() {
        return Set.of(CHOICES);
    }

    @Override
    public Strategy create(StrategyContext context) {
        int choices = choices(context.options().getOrDefault(CHOICES, FEWEST));
        return candidates -> new DrawnChoices(candidates, choices, context.random());
    }

    private static int choices(Object option) {
        // As text, because a number from an environment variable is one.
        String text = String.valueOf(option);
        int choices = text.matches("\\d{1,3}") ? Integer.parseInt(text) : 0;
        if (choices < FEWEST || choices > MOST) {
            throw new IllegalArgumentException(CHOICES + ": " + text + " (expected: " + FEWEST + ".." + MOST + ")");
        }
        return choices;
    }
}
