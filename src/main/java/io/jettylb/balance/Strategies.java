package io.jettylb.balance;

import io.jettylb.config.StrategyCatalog;
import io.jettylb.config.StrategyConfig;
import java.util.Optional;
import java.util.Set;

/** A stand-in for the catalog of strategies, to be replaced when that is merged. */
public final class Strategies implements StrategyCatalog {

    private static final Set<String> NAMES = Set.of("least-request");

    private Strategies() {}

    /**
     * The strategies that there are.
     *
     * @return the catalog
     */
    public static Strategies installed() {
        return new Strategies();
    }

    @Override
    public Set<String> names() {
        return NAMES;
    }

    @Override
    public Optional<Set<String>> optionNames(String strategy) {
        return NAMES.contains(strategy) ? Optional.of(Set.of()) : Optional.empty();
    }

    @Override
    public Optional<String> problem(StrategyConfig strategy) {
        return Optional.empty();
    }
}
