package io.jettylb.balance;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The options that all strategies with a key share.
 *
 * @param keys the keys, the preferred one first
 * @param fallback for requests that have none of them
 * @param boundedLoad the largest load in terms of the mean; 0: any
 */
record HashOptions(List<HashKey> keys, Strategy fallback, double boundedLoad) {

    static final String KEY = "key";
    static final String FALLBACK = "fallback";
    static final String BOUNDED_LOAD = "bounded-load";

    /** The names of these options. */
    static final Set<String> NAMES = Set.of(KEY, FALLBACK, BOUNDED_LOAD);

    private static final int MOST_KEYS = 8;
    private static final BigDecimal LEAST_BOUND = new BigDecimal("1.01");
    private static final BigDecimal MOST_BOUND = new BigDecimal("100");

    /** Reads them all. */
    static HashOptions of(StrategyContext context) {
        return of(context, keys(context.options().getOrDefault(KEY, "ip")));
    }

    /** Reads what is beside the key. */
    static HashOptions of(StrategyContext context, List<HashKey> keys) {
        return new HashOptions(keys, fallback(context), boundedLoad(context.options()));
    }

    private static List<HashKey> keys(Object option) {
        if (!(option instanceof List<?> several)) {
            return List.of(HashKey.parse(option));
        }
        if (several.isEmpty() || several.size() > MOST_KEYS) {
            throw wrong(KEY, "a list of " + several.size(), "one key, or a list of 1.." + MOST_KEYS);
        }
        List<HashKey> keys = new ArrayList<>();
        several.forEach(each -> keys.add(HashKey.parse(each)));
        return List.copyOf(keys);
    }

    private static Strategy fallback(StrategyContext context) {
        Object option = context.options().get(FALLBACK);
        if (option == null) {
            return new LeastRequest().create(new StrategyContext(Map.of(), context.random(), context.nanoClock()));
        }
        Strategy fallback = nested(context, option);
        if (!fallback.keys().isEmpty()) {
            Object name = option instanceof Map<?, ?> block ? block.get("name") : option;
            String path = option instanceof Map<?, ?> ? FALLBACK + ".name" : FALLBACK;
            throw wrong(path, quoted(name), "a strategy without a key; key = [\"cookie:NAME\", ip] tries several");
        }
        return fallback;
    }

    private static Strategy nested(StrategyContext context, Object option) {
        try {
            return context.strategies().apply(option);
        } catch (IllegalArgumentException e) {
            String problem = String.valueOf(e.getMessage());
            // A name that stands alone is the value of our own option.
            boolean alone = !(option instanceof Map<?, ?>) && problem.startsWith("name: ");
            throw new IllegalArgumentException(
                    FALLBACK + (alone ? problem.substring("name".length()) : "." + problem), e);
        }
    }

    private static double boundedLoad(Map<String, Object> options) {
        Object option = options.get(BOUNDED_LOAD);
        if (option == null) {
            return 0;
        }
        // As text, because a number from an environment variable is one.
        String text = String.valueOf(option);
        if (text.matches("\\d{1,3}(\\.\\d{1,9})?")) {
            BigDecimal bound = new BigDecimal(text);
            if (bound.compareTo(LEAST_BOUND) >= 0 && bound.compareTo(MOST_BOUND) <= 0) {
                return bound.doubleValue();
            }
        }
        throw wrong(BOUNDED_LOAD, shown(option), LEAST_BOUND + ".." + MOST_BOUND);
    }

    /** A whole number in a range. */
    static int integer(Map<String, Object> options, String name, int least, int most, int fallback) {
        Object option = options.get(name);
        if (option == null) {
            return fallback;
        }
        String text = String.valueOf(option);
        int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            throw wrong(name, shown(option), least + ".." + most);
        }
        return number;
    }

    static IllegalArgumentException wrong(String option, String actual, String expected) {
        return new IllegalArgumentException(option + ": " + actual + " (expected: " + expected + ")");
    }

    private static String shown(Object option) {
        return option instanceof Number || option instanceof Boolean
                ? String.valueOf(option)
                : option instanceof Map<?, ?> ? "a block" : option instanceof List<?> ? "a list" : quoted(option);
    }

    private static String quoted(Object text) {
        return "\"" + text + "\"";
    }
}
