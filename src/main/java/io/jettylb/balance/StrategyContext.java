package io.jettylb.balance;

import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What a strategy is made from.
 *
 * @param options the options of its block in the configuration, by name; plain Java values
 * @param random gives the generator for the calling thread; use it for one pick and do not keep it
 * @param nanoClock a clock of nanoseconds with an arbitrary start, for differences only
 */
public record StrategyContext(Map<String, Object> options, Supplier<RandomGenerator> random, LongSupplier nanoClock) {}
