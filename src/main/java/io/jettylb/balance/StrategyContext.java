package io.jettylb.balance;

import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What a strategy is made from.
 *
 * @param options the options of its block in the configuration, by name; plain Java values
 * @param random gives the generator for the calling thread; use it for one pick and do not keep it
 * @param nanoClock a clock of nanoseconds with an arbitrary start, for differences only
 * @param strategies makes another strategy that this one is to use, from the value of an option: a name, or a block as
 *     a map; throws an {@link IllegalArgumentException} if it is none
 */
public record StrategyContext(
        Map<String, Object> options,
        Supplier<RandomGenerator> random,
        LongSupplier nanoClock,
        Function<Object, Strategy> strategies) {

    /**
     * For a strategy that uses no other.
     *
     * @param options its options
     * @param random gives the generator for the calling thread
     * @param nanoClock a clock of nanoseconds
     */
    public StrategyContext(Map<String, Object> options, Supplier<RandomGenerator> random, LongSupplier nanoClock) {
        this(options, random, nanoClock, option -> {
            throw new IllegalArgumentException(option + " (expected: no other strategy here)");
        });
    }
}
