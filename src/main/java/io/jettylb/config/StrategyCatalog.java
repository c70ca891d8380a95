package io.jettylb.config;

import java.util.Optional;
import java.util.Set;

/**
 * What a configuration may name as a strategy: implemented by whoever knows the strategies, so that reading a file
 * needs no knowledge of them.
 */
public interface StrategyCatalog {

    /**
     * The names of all strategies, for messages.
     *
     * @return the names, in the order in which they are to be shown
     */
    Set<String> names();

    /**
     * Looks a strategy up.
     *
     * @param strategy a name, or the class name of a provider
     * @return the names of the options it takes; empty if there is no such strategy
     */
    Optional<Set<String>> optionNames(String strategy);

    /**
     * Says which options of a strategy name another strategy.
     *
     * @param strategy a known name, or the class name of a provider
     * @return the names of those options
     */
    default Set<String> strategyOptionNames(String strategy) {
        return Set.of();
    }

    /**
     * Asks a strategy whether it can work with its options.
     *
     * @param strategy name and options; the name is known and the option names are among the known ones
     * @return what is wrong, as {@code option: actual (expected: …)}; empty if nothing is
     */
    Optional<String> problem(StrategyConfig strategy);
}
