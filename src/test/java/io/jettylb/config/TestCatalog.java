package io.jettylb.config;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A few strategies, of which ring-hash takes options and is particular about them. */
public final class TestCatalog implements StrategyCatalog {

    private static final List<String> NAMES = List.of("least-request", "round-robin", "ring-hash", "random");

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(NAMES));
    }

    @Override
    public Optional<Set<String>> optionNames(String strategy) {
        if (!NAMES.contains(strategy)) {
            return Optional.empty();
        }
        return Optional.of(strategy.equals("ring-hash") ? Set.of("key", "bounded-load", "secret") : Set.of());
    }

    @Override
    public Optional<String> problem(StrategyConfig strategy) {
        for (String option : List.of("bounded-load", "secret")) {
            Object value = strategy.options().get(option);
            if (value instanceof Number == option.equals("secret") && value != null) {
                return Optional.of(option + ": " + value + " (expected: something else)");
            }
        }
        return Optional.empty();
    }
}
