package io.jettylb.balance;

import java.util.List;
import java.util.function.Function;

/**
 * A strategy that sends each key to its place, within a bound of load if there is one, and requests without a key where
 * another strategy wants them.
 */
final class KeyedStrategy implements Strategy {

    private final List<HashKey> keys;
    private final Strategy fallback;
    private final BoundedLoad bound;
    private final Function<List<? extends Candidate>, Placement> placement;

    /**
     * Creates the strategy.
     *
     * @param options the keys, the other strategy and the bound
     * @param placement makes the places for a list of candidates
     */
    KeyedStrategy(HashOptions options, Function<List<? extends Candidate>, Placement> placement) {
        this.keys = options.keys();
        this.fallback = options.fallback();
        this.bound = options.boundedLoad() == 0 ? null : new BoundedLoad(options.boundedLoad());
        this.placement = placement;
    }

    @Override
    public List<HashKey> keys() {
        return keys;
    }

    @Override
    public Observer observerOf(Candidate candidate) {
        Observer others = fallback.observerOf(candidate);
        if (bound == null) {
            return others;
        }
        Observer ours = bound.observerOf(candidate);
        return others == Observer.NONE ? ours : new Both(ours, others);
    }

    @Override
    public Picker pickerFor(List<? extends Candidate> candidates) {
        return new KeyedPicker(
                placement.apply(candidates),
                candidates.size(),
                bound == null ? null : bound.roomOf(candidates),
                fallback.pickerFor(candidates));
    }

    /** The keyed ones need to know nothing; the other one may. */
    @Override
    public LoadSource loadSource() {
        return fallback.loadSource();
    }

    @Override
    public void probeWith(LoadProbes probes) {
        fallback.probeWith(probes);
    }

    private record Both(Observer first, Observer second) implements Observer {

        @Override
        public void began() {
            first.began();
            second.began();
        }

        @Override
        public void responded(long nanos, int status) {
            first.responded(nanos, status);
            second.responded(nanos, status);
        }

        @Override
        public void reported(LoadReport report) {
            first.reported(report);
            second.reported(report);
        }

        @Override
        public void ended(long nanos, Ending ending) {
            first.ended(nanos, ending);
            second.ended(nanos, ending);
        }
    }
}
