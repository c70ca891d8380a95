package io.jettylb.pool;

import io.jettylb.config.RetryBudgetConfig;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Sees to it that retries do not multiply an outage. A retry is granted while fewer are under way than a share of the
 * requests under way, or than a minimum: Envoy's retry budget. That alone would fail requests when an upstream with many
 * of them dies at once, since these are more than a share; so what was not used is saved, a share of a retry for each
 * request, up to {@value #MAX_SAVED}: Finagle's, which holds in the long run. Thread-safe and without locks.
 */
public final class RetryBudget {

    /** How many retries can be saved. */
    static final int MAX_SAVED = 100;

    private static final long ONE = 1_000;
    private static final long LOG_NANOS = 10_000_000_000L;

    private final IntSupplier requests;
    private final LongSupplier nanoClock;
    private final PoolLog log;
    private final AtomicInteger active = new AtomicInteger();
    /** In thousandths of a retry. */
    private final AtomicLong saved = new AtomicLong();

    private final AtomicLong granted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicReference<Long> loggedAt = new AtomicReference<>();

    /**
     * Creates a budget of which nothing is saved.
     *
     * @param requests how many requests are under way
     * @param nanoClock nanoseconds with an arbitrary start
     * @param log tells the operator
     */
    RetryBudget(IntSupplier requests, LongSupplier nanoClock, PoolLog log) {
        this.requests = requests;
        this.nanoClock = nanoClock;
        this.log = log;
    }

    /**
     * There is another request.
     *
     * @param rules the budget
     */
    public void request(RetryBudgetConfig rules) {
        if (saved.get() < MAX_SAVED * ONE) {
            saved.addAndGet((long) (rules.share() * ONE));
        }
    }

    /**
     * Asks for a retry. Whoever gets it must {@link #end} it when it is known what came of it.
     *
     * @param rules the budget
     * @return false if there are too many already
     */
    public boolean begin(RetryBudgetConfig rules) {
        if (beginBeside(rules) || rules.share() > 0 && beginSaved()) {
            granted.incrementAndGet();
            return true;
        }
        refused.incrementAndGet();
        long now = nanoClock.getAsLong();
        Long last = loggedAt.get();
        if ((last == null || now - last >= LOG_NANOS) && loggedAt.compareAndSet(last, now)) {
            log.retriesRefused(active.get(), refused.get());
        }
        return false;
    }

    /**
     * Asks for a second attempt beside one that is under way. What is saved is for those that have failed.
     *
     * @param rules the budget
     * @return false if there are too many already; true: to be {@link #end ended}
     */
    public boolean beginHedge(RetryBudgetConfig rules) {
        boolean begun = beginBeside(rules);
        (begun ? granted : refused).incrementAndGet();
        return begun;
    }

    private boolean beginBeside(RetryBudgetConfig rules) {
        int now = active.get();
        // The request that asks is between two attempts, and not among those under way; unless it gives up one that is.
        // Then it counts twice, which is a part of one retry at most, and not worth a second question to the pool.
        while (now < rules.min() || now + 1 <= rules.share() * (requests.getAsInt() + 1)) {
            if (active.compareAndSet(now, now + 1)) {
                return true;
            }
            now = active.get();
        }
        return false;
    }

    private boolean beginSaved() {
        long now = saved.get();
        while (now >= ONE) {
            if (saved.compareAndSet(now, now - ONE)) {
                active.incrementAndGet();
                return true;
            }
            now = saved.get();
        }
        return false;
    }

    /** A retry that was granted is over. */
    public void end() {
        active.decrementAndGet();
    }

    /**
     * How many retries are under way.
     *
     * @return those granted and not ended
     */
    public int active() {
        return active.get();
    }

    /**
     * How many retries were granted.
     *
     * @return since the start
     */
    public long granted() {
        return granted.get();
    }

    /**
     * How many retries were refused.
     *
     * @return since the start
     */
    public long refused() {
        return refused.get();
    }
}
