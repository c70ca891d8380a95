package io.jettylb.proxy;

import io.jettylb.config.HedgeConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * After which time without the head of a response a second attempt begins: a fixed one, or a percentile of the times that
 * attempts have taken lately. These are counted in buckets, of which each power of two has sixteen. Thread-safe; waits for
 * nobody.
 */
final class HedgeDelay {

    /** From so many times on, there is a percentile. */
    static final int MIN_COUNT = 100;

    /** After so many, those that came before as many others are forgotten. */
    private static final int TURN = 2048;

    private static final int UPDATE = 32;
    /** Powers of two are divided into so many. */
    private static final int PARTS = 16;

    private static final int PART_BITS = 4;

    private final HedgeConfig rules;
    private int[] buckets;
    private int[] former;
    private final ReentrantLock lock = new ReentrantLock();
    private int count;
    private int formerCount;
    private int fresh;
    private volatile Duration after;

    /**
     * A delay that follows rules.
     *
     * @param rules the rules; not off
     */
    HedgeDelay(HedgeConfig rules) {
        this.rules = rules;
        this.after = rules.after();
        if (rules.observes()) {
            buckets = new int[(Long.SIZE - PART_BITS) * PARTS];
            former = new int[buckets.length];
        }
    }

    /** The delay; zero: not yet known. */
    Duration after() {
        return after;
    }

    /** Whether {@link #waited} is of any use. */
    boolean observes() {
        return rules.observes();
    }

    /**
     * An attempt has got the head of a response, or would have got it later.
     *
     * @param nanos after which time
     */
    void waited(long nanos) {
        // Whoever comes at the same time as another one is not counted: that is no matter of how long it took.
        if (!observes() || !lock.tryLock()) {
            return;
        }
        try {
            buckets[bucket(Math.max(0, nanos))]++;
            count++;
            fresh++;
            if (fresh >= UPDATE && count + formerCount >= MIN_COUNT) {
                fresh = 0;
                after = Duration.ofNanos(quantile());
            }
            if (count == TURN) {
                turn();
            }
        } finally {
            lock.unlock();
        }
    }

    private void turn() {
        int[] oldest = former;
        Arrays.fill(oldest, 0);
        former = buckets;
        formerCount = count;
        buckets = oldest;
        count = 0;
    }

    private long quantile() {
        long rank = (long) Math.ceil(rules.quantile() * (count + formerCount));
        long seen = buckets[0] + former[0];
        int i = 0;
        while (seen < rank) {
            i++;
            seen += buckets[i] + former[i];
        }
        return bound(i);
    }

    private static int bucket(long nanos) {
        if (nanos < PARTS) {
            return (int) nanos;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - PART_BITS;
        return shift * PARTS + (int) (nanos >>> shift);
    }

    /** The first number of nanoseconds beyond a bucket. */
    private static long bound(int bucket) {
        if (bucket < PARTS) {
            return bucket + 1;
        }
        int shift = bucket / PARTS - 1;
        return (bucket - (long) shift * PARTS + 1) << shift;
    }
}
