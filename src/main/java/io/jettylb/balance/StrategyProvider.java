package io.jettylb.balance;

import java.util.Set;

/**
 * Makes a strategy available under a name. Found by {@link java.util.ServiceLoader}, or named by its class in the
 * configuration; it needs a public constructor without parameters.
 */
public interface StrategyProvider {

    /**
     * The name in the configuration: lower-case words joined by hyphens, the algorithm's standard name.
     *
     * @return the name
     */
    String name();

    /**
     * The options that its block takes beside {@code name}. Others are refused when the configuration is read.
     *
     * @return the names, by default none
     */
    default Set<String> optionNames() {
        return Set.of();
    }

    /**
     * Whether, with its defaults and as long as upstreams are alike and idle, its strategies give each of them requests in
     * proportion to its weight, over many requests with different keys. Only strategies that are made to concentrate
     * requests say no; the contract test then demands no shares of them.
     *
     * @return by default true
     */
    default boolean proportional() {
        return true;
    }

    /**
     * Those of the options whose value is another strategy, in its short form or as a block; see
     * {@link StrategyContext#strategies}. They are checked as strategies before this one is made.
     *
     * @return the names, by default none
     */
    default Set<String> strategyOptionNames() {
        return Set.of();
    }

    /**
     * Makes the strategy of one pool.
     *
     * @param context its options, and what it may use
     * @return a new strategy
     * @throws IllegalArgumentException if an option has no usable value, with a message of the form
     *     {@code option: actual (expected: …)}
     */
    Strategy create(StrategyContext context);
}
