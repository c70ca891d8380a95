package io.jettylb.proxy;

import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timeouts of the attempts under way. One timer for all of them: an attempt that moves its deadline writes a field,
 * and only an earlier one than all others touches the timer.
 */
final class Deadlines extends CyclicTimeouts<Patience> {

    /** No deadline. */
    static final long NEVER = Long.MAX_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final long MILLI = 1_000_000;

    private final Set<Patience> attempts = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanoClock;

    Deadlines(Scheduler scheduler, LongSupplier nanoClock) {
        super(scheduler);
        this.nanoClock = nanoClock;
    }

    /**
     * The moment that lies a timeout ahead.
     *
     * @param timeout zero: none
     * @return on the clock, or {@link #NEVER}
     */
    long in(Duration timeout) {
        if (timeout.isZero()) {
            return NEVER;
        }
        long at = nanoClock.getAsLong() + timeout.toNanos();
        return at == NEVER ? at + 1 : at;
    }

    /** The same, a little later: many of them are at the same moment, so that the timer looks at all of them at once. */
    long inWhole(Duration timeout) {
        long at = in(timeout);
        return at == NEVER ? at : (Math.floorDiv(at, MILLI) + 1) * MILLI;
    }

    long now() {
        return nanoClock.getAsLong();
    }

    /** The earlier of two moments; either may be {@link #NEVER}. */
    static long earlier(long a, long b) {
        if (a == NEVER) {
            return b;
        }
        return b == NEVER || a - b <= 0 ? a : b;
    }

    boolean isOver(long deadline) {
        return deadline != NEVER && nanoClock.getAsLong() - deadline >= 0;
    }

    void add(Patience attempt) {
        attempts.add(attempt);
    }

    void remove(Patience attempt) {
        attempts.remove(attempt);
    }

    @Override
    protected Iterator<Patience> iterator() {
        return attempts.iterator();
    }

    @Override
    protected boolean onExpired(Patience attempt) {
        try {
            attempt.expired();
        } catch (Throwable failure) {
            // Of one exchange, or of a strategy: no reason for all others to wait for ever.
            LOG.warn("deadline", failure);
            attempt.broken(failure);
        }
        return false;
    }
}
