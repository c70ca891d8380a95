package io.jettylb.foreign;

import io.jettylb.balance.Strategy;
import io.jettylb.balance.StrategyContext;
import io.jettylb.balance.StrategyProvider;
import java.util.Set;

/** What jars of others may bring: outside our package, good and bad. */
public final class ForeignStrategies {

    private ForeignStrategies() {}

    /** Always the first; takes one option. */
    public static class Closest implements StrategyProvider {
        @Override
        public String name() {
            return "closest";
        }

        @Override
        public Set<String> optionNames() {
            return Set.of("limit");
        }

        @Override
        public Strategy create(StrategyContext context) {
            Object limit = context.options().getOrDefault("limit", 1);
            if (!(limit instanceof Integer)) {
                throw new IllegalArgumentException("limit: " + limit + " (expected: a number)");
            }
            return candidates -> (hash, attempt) -> 0;
        }
    }

    /** Claims the name that {@link Closest} has. */
    public static final class ClosestAgain extends Closest {}

    /** Claims the name of a built-in strategy. */
    public static final class Impostor extends Closest {
        @Override
        public String name() {
            return "round-robin";
        }
    }

    /** Cannot be made. */
    public static final class Unmakable extends Closest {
        public Unmakable() {
            throw new IllegalStateException("no licence");
        }
    }

    /** Cannot say its name. */
    public static final class Nameless extends Closest {
        @Override
        public String name() {
            return null;
        }
    }

    /** Has a bug in its only method that matters. */
    public static final class Broken extends Closest {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public Strategy create(StrategyContext context) {
            throw new ClassCastException("not a number");
        }
    }

    /** Has no constructor that could be used. */
    public static final class Closed extends Closest {
        private Closed() {}
    }
}
