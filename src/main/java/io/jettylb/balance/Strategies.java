package io.jettylb.balance;

import io.jettylb.config.StrategyCatalog;
import io.jettylb.config.StrategyConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * All strategies that a pool may use: the built-in ones, those of jars installed beside us, and any provider on the
 * same class loader that is named by its class.
 *
 * <p>A foreign jar that cannot be loaded, or that claims a name already taken, is left out and mentioned in
 * {@link #warnings()}; it never keeps the server from starting, and never replaces a built-in strategy. Immutable and
 * safe for use by any thread.
 */
public final class Strategies implements StrategyCatalog {

    /** When to stop asking a service loader that only fails; it need not ever end by itself. */
    private static final int MAX_LOAD_FAILURES = 32;

    private final ClassLoader loader;
    private final Map<String, StrategyProvider> providers;
    private final List<String> warnings;

    private Strategies(ClassLoader loader, Map<String, StrategyProvider> providers, List<String> warnings) {
        this.loader = loader;
        this.providers = providers;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Finds the strategies on the class loader of this library, whichever thread asks: the context class loader may be
     * a webapp's.
     *
     * @return what is installed now
     */
    public static Strategies installed() {
        return of(StrategyProvider.class.getClassLoader());
    }

    static Strategies of(ClassLoader loader) {
        List<String> warnings = new ArrayList<>();
        List<StrategyProvider> found = load(loader, warnings);
        Map<String, StrategyProvider> providers = new LinkedHashMap<>();
        // Built-in ones first, wherever their jar stands on the class path.
        found.stream().filter(Strategies::builtIn).forEach(provider -> add(provider, providers, warnings));
        found.stream().filter(p -> !builtIn(p)).forEach(provider -> add(provider, providers, warnings));
        return new Strategies(loader, providers, warnings);
    }

    private static List<StrategyProvider> load(ClassLoader loader, List<String> warnings) {
        List<StrategyProvider> found = new ArrayList<>();
        Iterator<StrategyProvider> services =
                ServiceLoader.load(StrategyProvider.class, loader).iterator();
        int failures = 0;
        while (failures < MAX_LOAD_FAILURES) {
            try {
                if (!services.hasNext()) {
                    break;
                }
                found.add(services.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                failures++;
                // The message names the class, and only the cause tells why.
                String why = e.getCause() == null ? "" : ": " + e.getCause();
                warnings.add("strategy left out: " + e.getMessage() + why);
            }
        }
        return found;
    }

    private static boolean builtIn(StrategyProvider provider) {
        return provider.getClass().getPackage() == Strategies.class.getPackage();
    }

    private static void add(StrategyProvider provider, Map<String, StrategyProvider> providers, List<String> warnings) {
        String className = provider.getClass().getName();
        try {
            // Copied to see now, and not when a file is read, whether they can be had and hold no null.
            Set.copyOf(provider.optionNames());
            StrategyProvider first = providers.putIfAbsent(Objects.requireNonNull(provider.name(), "name"), provider);
            if (first != null) {
                warnings.add("strategy left out: " + className + ": name " + provider.name() + " (expected: one that "
                        + first.getClass().getName() + " has not taken)");
            }
        } catch (RuntimeException | LinkageError e) {
            warnings.add("strategy left out: " + className + ": " + e);
        }
    }

    /**
     * What was left out and why, to be logged once.
     *
     * @return one readable line each; empty if all went well
     */
    public List<String> warnings() {
        return warnings;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(providers.keySet());
    }

    @Override
    public Optional<Set<String>> optionNames(String strategy) {
        return find(strategy).map(StrategyProvider::optionNames);
    }

    @Override
    public Set<String> strategyOptionNames(String strategy) {
        return find(strategy).map(StrategyProvider::strategyOptionNames).orElse(Set.of());
    }

    @Override
    public Optional<String> problem(StrategyConfig strategy) {
        try {
            // A fixed seed will do: what is made here is thrown away.
            create(strategy, () -> new SplittableRandom(0), () -> 0L);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (RuntimeException | LinkageError e) {
            // A provider's bug: the operator should still get one line, and all the other problems of the file.
            return Optional.of("name: " + strategy.name() + " (expected: a provider that works, not " + e + ")");
        }
    }

    /**
     * Makes the strategy of one pool.
     *
     * @param strategy name and options
     * @param random gives the generator for the calling thread
     * @param nanoClock a clock of nanoseconds with an arbitrary start
     * @return a new strategy
     * @throws IllegalArgumentException if there is no such strategy, or an option has no usable value
     */
    public Strategy create(StrategyConfig strategy, Supplier<RandomGenerator> random, LongSupplier nanoClock) {
        return find(strategy.name())
                .orElseThrow(() -> new IllegalArgumentException(
                        "name: " + strategy.name() + " (expected: one of " + String.join(", ", names()) + ")"))
                .create(new StrategyContext(
                        strategy.options(), random, nanoClock, option -> nested(option, random, nanoClock)));
    }

    /** A strategy within another: named, or a block with a name and options. */
    private Strategy nested(Object option, Supplier<RandomGenerator> random, LongSupplier nanoClock) {
        if (!(option instanceof Map<?, ?> block)) {
            return create(new StrategyConfig(String.valueOf(option), Map.of()), random, nanoClock);
        }
        Map<String, Object> options = new HashMap<>();
        block.forEach((key, value) -> options.put(String.valueOf(key), value));
        String name = String.valueOf(options.remove("name"));
        Set<String> known = optionNames(name).orElse(options.keySet());
        for (String key : options.keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(key + ": unknown key (expected: "
                        + (known.isEmpty() ? "no options" : String.join(", ", new TreeSet<>(known))) + ")");
            }
        }
        return create(new StrategyConfig(name, options), random, nanoClock);
    }

    private Optional<StrategyProvider> find(String strategy) {
        StrategyProvider named = providers.get(strategy);
        // Names have no dots; and a class of the default package is nobody's published strategy.
        return named != null || strategy.indexOf('.') < 0 ? Optional.ofNullable(named) : byClassName(strategy);
    }

    private Optional<StrategyProvider> byClassName(String className) {
        try {
            Class<?> type = Class.forName(className, false, loader);
            // Asked before anything of the class runs.
            return StrategyProvider.class.isAssignableFrom(type)
                    ? Optional.of((StrategyProvider) type.getConstructor().newInstance())
                    : Optional.empty();
        } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty();
        }
    }
}
