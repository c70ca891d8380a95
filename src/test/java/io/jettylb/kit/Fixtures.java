package io.jettylb.kit;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.StrategyContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** What the tests of the strategies share: candidates to be steered by hand, and generators that repeat themselves. */
public final class Fixtures {

    private Fixtures() {}

    /** An upstream whose figures a test sets. */
    public static final class Upstream implements Candidate {
        private final String id;
        private final int weight;
        public volatile int inFlight;
        public volatile boolean gone;

        public Upstream(int index, int weight) {
            this.id = "b" + index;
            this.weight = weight;
        }

        @Override
        public String id() {
            return seen(id);
        }

        @Override
        public int weight() {
            return seen(weight);
        }

        @Override
        public int inFlight() {
            return seen(inFlight);
        }

        private <T> T seen(T figure) {
            if (gone) {
                throw new AssertionError(id + " was asked although it is not in the list");
            }
            return figure;
        }
    }

    public static List<Upstream> weighted(int... weights) {
        List<Upstream> upstreams = new ArrayList<>();
        for (int weight : weights) {
            upstreams.add(new Upstream(upstreams.size(), weight));
        }
        return List.copyOf(upstreams);
    }

    public static List<Upstream> equal(int size) {
        return weighted(weights(size, index -> 1));
    }

    public static int[] weights(int size, IntUnaryOperator weight) {
        return IntStream.range(0, size).map(weight).toArray();
    }

    /** A context without options whose only generator is the given one. */
    public static StrategyContext context(RandomGenerator random) {
        return new StrategyContext(Map.of(), () -> random, () -> 0L);
    }

    /** A seeded generator whose first {@code long}, the usual start of a cursor, is chosen by the test. */
    public static RandomGenerator startingAt(long start) {
        SplittableRandom rest = new SplittableRandom(42);
        return new RandomGenerator() {
            private boolean started;

            @Override
            public long nextLong() {
                if (!started) {
                    started = true;
                    return start;
                }
                return rest.nextLong();
            }
        };
    }

    /** Picks and counts; the hash of each pick is random but repeatable. */
    public static int[] counts(Picker picker, int candidates, int picks) {
        SplittableRandom hashes = new SplittableRandom(7);
        int[] counts = new int[candidates];
        for (int i = 0; i < picks; i++) {
            counts[picker.pick(hashes.nextLong(), 0)]++;
        }
        return counts;
    }

    public static int[] sequence(Picker picker, int picks) {
        return IntStream.range(0, picks).map(i -> picker.pick(0, 0)).toArray();
    }

    /** Smooth weighted round robin as nginx describes it, one step at a time: the reference to compare with. */
    public static int[] nginxSequence(int[] weights, int picks) {
        int[] current = new int[weights.length];
        int total = Arrays.stream(weights).sum();
        int[] picked = new int[picks];
        for (int pick = 0; pick < picks; pick++) {
            int best = -1;
            for (int i = 0; i < weights.length; i++) {
                current[i] += weights[i];
                if (best < 0 || current[i] > current[best]) {
                    best = i;
                }
            }
            current[best] -= total;
            picked[pick] = best;
        }
        return picked;
    }
}
