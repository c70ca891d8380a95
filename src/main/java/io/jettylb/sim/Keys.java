package io.jettylb.sim;

import io.jettylb.balance.Picker;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Whose request it is: one of many keys, all equally busy or few of them much busier than the rest (Zipf). */
final class Keys {

    static final int COUNT = 100_000;
    /** The exponent: the busiest key has about 2 % of all requests. */
    private static final double SKEW = 0.8;

    private final RandomGenerator random;
    /** The sums of the shares up to each key; null: all are equal. */
    private final double[] sums;

    Keys(boolean skewed, RandomGenerator random) {
        this.random = random;
        this.sums = skewed ? zipf() : null;
    }

    private static double[] zipf() {
        double[] sums = new double[COUNT];
        double sum = 0;
        for (int i = 0; i < COUNT; i++) {
            sum += Math.pow(i + 1, -SKEW);
            sums[i] = sum;
        }
        return sums;
    }

    int next() {
        if (sums == null) {
            return random.nextInt(COUNT);
        }
        int found = Arrays.binarySearch(sums, random.nextDouble() * sums[COUNT - 1]);
        return Math.min(found < 0 ? -found - 1 : found, COUNT - 1);
    }

    /** The hash of a key: the finalizer of SplitMix64, in which every bit of the key moves half of the others. */
    static long hash(int key) {
        long hash = (key + 1) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
        hash ^= hash >>> 31;
        return hash == Picker.NO_KEY ? 1 : hash;
    }
}
