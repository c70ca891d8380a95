package io.jettylb.balance;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Independent random draws in which each index comes up in proportion to its weight, in constant time.
 *
 * <p>The alias method (A. J. Walker, 1977), with the tables built in linear time as in M. D. Vose, "A Linear Algorithm
 * for Generating Random Numbers with a Given Distribution", IEEE TSE 17(9), 1991: the weights are cut and laid into as
 * many columns of equal height as there are indices, each column holding parts of at most two. A draw chooses a column
 * and then a height in it. All in integers, so the probabilities are exact. Equal weights need no tables.
 *
 * <p>Immutable, without allocation or lock after construction.
 */
final class WeightedDraw {

    private final int size;
    /** The height of every column: the sum of the weights. */
    private final int height;
    /** Below this height a column belongs to its own index; null if weights are equal. */
    private final int[] own;
    /** Whose the rest of the column is; null if weights are equal. */
    private final int[] alias;

    /**
     * Lays the columns.
     *
     * @param weights one or more weights of at least 1, whose sum is an {@code int}
     */
    WeightedDraw(int[] weights) {
        size = weights.length;
        height = Math.toIntExact(Arrays.stream(weights).asLongStream().sum());
        if (Arrays.stream(weights).allMatch(weight -> weight == weights[0])) {
            own = null;
            alias = null;
            return;
        }
        own = new int[size];
        alias = new int[size];
        layColumns(weights);
    }

    private void layColumns(int[] weights) {
        // What is still to be laid of each index, in units that make the mean one column.
        long[] rest = new long[size];
        // Both kinds share one array: indices that fill less than a column grow from the left, the others from the
        // right. An index that shrinks below a column moves from one end to the other.
        int[] waiting = new int[size];
        int small = 0;
        int large = size;
        for (int i = 0; i < size; i++) {
            rest[i] = (long) weights[i] * size;
            waiting[rest[i] < height ? small++ : --large] = i;
        }
        while (small > 0 && large < size) {
            int less = waiting[--small];
            int more = waiting[large++];
            own[less] = (int) rest[less];
            alias[less] = more;
            rest[more] -= height - rest[less];
            waiting[rest[more] < height ? small++ : --large] = more;
        }
        // The sums are exact, so whatever is left fills its column completely.
        while (large < size) {
            int full = waiting[large++];
            own[full] = height;
            alias[full] = full;
        }
    }

    /**
     * Draws an index.
     *
     * @param random the calling thread's generator
     * @return 0 to the number of weights, exclusive
     */
    int draw(RandomGenerator random) {
        int column = random.nextInt(size);
        return own == null || random.nextInt(height) < own[column] ? column : alias[column];
    }

    /**
     * Draws an index that differs from a given one. With unequal weights it is drawn in proportion to the weights of the
     * others; should one weight be so large that it keeps coming up, the draw ends after a bounded number of tries with
     * any other index, all equally likely.
     *
     * @param taken the index to avoid; there must be another
     * @param random the calling thread's generator
     * @return 0 to the number of weights, exclusive
     */
    int drawOther(int taken, RandomGenerator random) {
        if (own != null) {
            for (int tries = 0; tries < 8; tries++) {
                int index = draw(random);
                if (index != taken) {
                    return index;
                }
            }
        }
        int index = random.nextInt(size - 1);
        return index < taken ? index : index + 1;
    }

    /**
     * The exact probability of an index, for tests: the numerator of a fraction over size × sum of the weights.
     *
     * @param index the index
     * @return the units of area that belong to it
     */
    long area(int index) {
        if (own == null) {
            return height;
        }
        long area = own[index];
        for (int column = 0; column < size; column++) {
            if (column != index && alias[column] == index) {
                area += height - own[column];
            }
        }
        return area;
    }

    /**
     * Whether the draw works without tables, for tests.
     *
     * @return true if all weights are equal
     */
    boolean uniform() {
        return own == null;
    }
}
