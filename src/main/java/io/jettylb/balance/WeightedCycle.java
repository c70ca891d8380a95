package io.jettylb.balance;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A fixed, endless order of candidates in which each comes as often as its weight says, spread as evenly as possible.
 *
 * <p>The order belongs to a picker, the position in it to the strategy: the cursor is passed in, so that it outlives
 * every list of candidates. Any value of the cursor is valid, negative ones and the wrap at {@link Long#MAX_VALUE}
 * included. Immutable; any number of threads may share a cycle and a cursor, and together they get the same order as
 * one thread would. No allocation and no lock.
 *
 * <p>Weights are read once, when the cycle is made, and divided by their greatest common divisor.
 */
sealed interface WeightedCycle {

    /** The work, in comparisons, that making a {@link Table} may cost: about a millisecond. */
    int MAX_TABLE_WORK = 1 << 20;

    /**
     * Takes the next candidate.
     *
     * @param cursor the position, which is moved on
     * @return an index into the list that the cycle was made for
     */
    int next(AtomicLong cursor);

    /**
     * Makes the cycle in the form that suits the weights.
     *
     * @param candidates at least one
     * @return the cycle
     */
    static WeightedCycle of(List<? extends Candidate> candidates) {
        int[] weights = reducedWeights(candidates);
        long length = 0;
        int heaviest = 0;
        for (int weight : weights) {
            length += weight;
            heaviest = Math.max(heaviest, weight);
        }
        if (heaviest == 1) {
            return new Rotation(weights.length);
        }
        return length * weights.length <= MAX_TABLE_WORK
                ? new Table(smoothOrder(weights, (int) length))
                : new Stride(weights, heaviest);
    }

    /**
     * The weights of the candidates, divided by their greatest common divisor.
     *
     * @param candidates at least one
     * @return a new array, all ones if the weights are equal
     */
    static int[] reducedWeights(List<? extends Candidate> candidates) {
        int[] weights = candidates.stream().mapToInt(Candidate::weight).toArray();
        int divisor = 0;
        for (int weight : weights) {
            divisor = gcd(divisor, weight);
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= divisor;
        }
        return weights;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /**
     * Plays one full cycle of nginx's smooth weighted round robin. After as many steps as the sum of the weights every
     * balance is back at zero, so the cycle is the whole order.
     */
    private static int[] smoothOrder(int[] weights, int length) {
        int[] order = new int[length];
        int[] balance = new int[weights.length];
        for (int step = 0; step < length; step++) {
            int best = 0;
            for (int i = 0; i < weights.length; i++) {
                balance[i] += weights[i];
                if (balance[i] > balance[best]) {
                    best = i;
                }
            }
            balance[best] -= length;
            order[step] = best;
        }
        return order;
    }

    /** Equal weights: one after the other, nothing to store. */
    record Rotation(int size) implements WeightedCycle {
        @Override
        public int next(AtomicLong cursor) {
            return Math.floorMod(cursor.getAndIncrement(), size);
        }
    }

    /** The smooth order, written out. Exact, and one step for each pick; made only while that is cheap. */
    record Table(int[] order) implements WeightedCycle {
        @Override
        public int next(AtomicLong cursor) {
            return order[Math.floorMod(cursor.getAndIncrement(), order.length)];
        }
    }

    /**
     * The static stride order for lists whose table would be too large, after the scheduler of gRFC A58 (client-side
     * weighted round robin): the candidates pass in rounds, and one of weight <i>w</i> is served in <i>w</i> rounds out
     * of as many as the heaviest weighs. Because weights are small integers here, the heaviest itself is the modulus
     * (gRPC scales to 16 bits), which makes the shares exact over a cycle of {@code heaviest} rounds.
     *
     * <p>A pick skips the candidates that are not served in this round: on average heaviest / mean weight steps, and at
     * most one round, for the heaviest is always served. Making it costs nothing but the array of weights.
     */
    record Stride(int[] weights, int heaviest) implements WeightedCycle {

        /** 2^32 divided by the golden ratio: multiples of it, modulo 2^32, never cluster. */
        private static final long GOLDEN = 0x9E3779B9L;

        @Override
        public int next(AtomicLong cursor) {
            while (true) {
                long position = cursor.getAndIncrement();
                int index = Math.floorMod(position, weights.length);
                // Reduced before the multiplication, which therefore cannot overflow.
                long round = Math.floorMod(Math.floorDiv(position, weights.length), heaviest);
                if ((weights[index] * round + phase(index)) % heaviest >= heaviest - weights[index]) {
                    return index;
                }
            }
        }

        /** Keeps light candidates from being served all in the same round. Any phase leaves the shares as they are. */
        private long phase(int index) {
            return ((index * GOLDEN & 0xFFFF_FFFFL) * heaviest) >>> 32;
        }
    }
}
