package io.jettylb.balance;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The loads that were seen last, and their quantiles. Loads are put into buckets: a quarter wide up to 16, and a quarter of
 * the power of two above, so that small whole numbers are told apart exactly.
 *
 * <p>Safe for any number of threads, without lock or allocation. While others write, a quantile may be off by the few
 * loads that are being written.
 */
final class RecentLoads {

    private static final int KEPT = 128;
    private static final int BUCKETS = 256;
    private static final int FINE = 64;
    private static final long FINE_BITS = Double.doubleToRawLongBits(FINE / 4.0) >>> 50;

    /** Buckets plus one; 0 is a place not yet used. */
    private final AtomicIntegerArray ring = new AtomicIntegerArray(KEPT);

    private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);
    private final AtomicInteger cursor = new AtomicInteger();
    /** How many places are used. */
    private final AtomicInteger total = new AtomicInteger();

    /** The bucket of a load, 0 or more. A larger load never has a smaller bucket. */
    static int bucket(double load) {
        if (load < FINE / 4.0) {
            return (int) (load * 4);
        }
        long steps = (Double.doubleToRawLongBits(load) >>> 50) - FINE_BITS;
        return (int) Math.min(FINE + steps, BUCKETS - 1);
    }

    void add(double load) {
        int bucket = bucket(load);
        int before = ring.getAndSet(Math.floorMod(cursor.getAndIncrement(), KEPT), bucket + 1);
        if (before == bucket + 1) {
            return;
        }
        counts.incrementAndGet(bucket);
        if (before > 0) {
            counts.decrementAndGet(before - 1);
        } else {
            total.incrementAndGet();
        }
    }

    /**
     * The bucket of a quantile.
     *
     * @param part 0 to 1: how much of the loads is at most in that bucket; 1: so is every load to come
     */
    int quantile(double part) {
        if (part == 1) {
            return BUCKETS - 1;
        }
        double wanted = part * total.get();
        double below = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            below += counts.get(bucket);
            if (below >= wanted) {
                return bucket;
            }
        }
        return BUCKETS - 1;
    }
}
