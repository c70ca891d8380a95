package io.jettylb.pool;

import io.jettylb.health.OutlierRules;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How the requests of an upstream ended: how many failures in a row, and how many failures and requests within a sliding
 * window, to a tenth of it. Thread-safe.
 *
 * <p>A success costs one atomic addition and, now and then, a look at the clock: only every few successes are dated, so
 * that a few of them may be counted too late. Failures are dated each.
 */
final class Tally {

    private static final int PARTS = OutlierRules.PARTS;

    private final AtomicInteger inARow = new AtomicInteger();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    /** The counts at the ends of the latest parts; guarded by the pool's lock, as is what follows. */
    private final long[] requestsAt = new long[PARTS];

    private final long[] failuresAt = new long[PARTS];
    private int oldest;

    private volatile boolean begun;
    private volatile long turnedAt;
    private volatile long requestsBefore;
    private volatile long failuresBefore;
    private volatile boolean spared;

    /**
     * One more success.
     *
     * @return whether it is time to date it
     */
    boolean succeeded(OutlierRules rules) {
        if (inARow.get() != 0) {
            inARow.set(0);
        }
        return rules.windowed() && rules.isDated(requests.incrementAndGet());
    }

    /** One more failure, in a row; or an error, which is one of the window only. */
    void failed(boolean counts, OutlierRules rules) {
        if (counts) {
            inARow.incrementAndGet();
        }
        if (rules.windowed()) {
            failures.incrementAndGet();
            requests.incrementAndGet();
        }
    }

    boolean tooManyInARow(OutlierRules rules) {
        return rules.tooManyInARow(inARow.get());
    }

    boolean tooManyInWindow(OutlierRules rules) {
        return !spared && rules.tooManyOf(requestsInWindow(), failuresInWindow());
    }

    int inARow() {
        return inARow.get();
    }

    long requestsInWindow() {
        return requests.get() - requestsBefore;
    }

    long failuresInWindow() {
        return failures.get() - failuresBefore;
    }

    /** Whether a part of the window is over. */
    boolean isDue(long now, OutlierRules rules) {
        return !begun || now - turnedAt >= rules.partNanos();
    }

    /** Ends the parts that are over. */
    void turnLocked(long now, OutlierRules rules) {
        if (!begun) {
            turnedAt = now;
            begun = true;
            return;
        }
        long part = rules.partNanos();
        long over = (now - turnedAt) / part;
        if (over <= 0) {
            return;
        }
        // What was not dated belongs to the first of them.
        remember((int) Math.min(over, PARTS));
        turnedAt += over * part;
        spared = false;
    }

    private void remember(int parts) {
        long allRequests = requests.get();
        long allFailures = failures.get();
        for (int i = 0; i < parts; i++) {
            requestsAt[oldest] = allRequests;
            failuresAt[oldest] = allFailures;
            oldest = (oldest + 1) % PARTS;
        }
        requestsBefore = requestsAt[oldest];
        failuresBefore = failuresAt[oldest];
    }

    /** It cannot be ejected now; not every failure is to ask again. */
    void spareLocked() {
        inARow.set(0);
        spared = true;
    }

    /** It is back: the past does not count, but the next failure does if it comes before a success. */
    void restartLocked(OutlierRules rules) {
        inARow.set(rules.failuresOnReturn());
        remember(PARTS);
    }
}
