package io.jettylb.proxy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * Spreads the first probes of all upstreams of all pools over time: as many at once as a machine does not notice, then one
 * by one. After a while without beginnings there may be as many at once again. Thread-safe.
 */
final class ProbeStarts {

    /** How many upstreams are probed at once when they begin together. */
    static final int AT_ONCE = 64;
    /** From one of the others to the next. */
    static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LongSupplier nanoClock;
    private final AutoLock lock = new AutoLock();
    // Guarded by the lock.
    private boolean begun;
    private long turn;

    ProbeStarts(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /**
     * Takes a turn.
     *
     * @param interval of the probes; where the turn is further away, it is taken off until it is not: for so many and so
     *     often, they are spread evenly
     * @return nanoseconds from now, less than the interval
     */
    long nextNanos(Duration interval) {
        long now = nanoClock.getAsLong();
        try (AutoLock ignored = lock.lock()) {
            long earliest = now - (AT_ONCE - 1) * STEP_NANOS;
            if (!begun || turn - earliest < 0) {
                begun = true;
                turn = earliest;
            }
            long wait = Math.max(0, turn - now);
            turn += STEP_NANOS;
            return wait % interval.toNanos();
        }
    }
}
