package io.jettylb.pool;

import io.jettylb.config.BreakerConfig;
import io.jettylb.health.BreakerState;
import io.jettylb.health.BreakerState.Mode;
import io.jettylb.health.BreakerState.Permit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** Refuses the requests of a pool while nearly all of them fail: {@link BreakerState}, for many threads. */
final class Breaker {

    private final BreakerConfig rules;
    private final LongSupplier nanoClock;
    private final PoolLog log;
    private final AtomicReference<BreakerState> state;

    Breaker(BreakerConfig rules, LongSupplier nanoClock, PoolLog log) {
        this.rules = rules;
        this.nanoClock = nanoClock;
        this.log = log;
        this.state = new AtomicReference<>(BreakerState.closed(nanoClock.getAsLong()));
    }

    BreakerConfig rules() {
        return rules;
    }

    Mode mode() {
        return state.get().mode();
    }

    /**
     * Lets a request through, if it may.
     *
     * @return the state by which it was: half open for a trial, which must be ended, by {@link #trialEnded} or {@link
     *     #trialCancelled}; null if it may not
     */
    BreakerState enter() {
        while (true) {
            BreakerState before = state.get();
            if (before.mode() == Mode.CLOSED) {
                return before;
            }
            long now = nanoClock.getAsLong();
            if (before.permit(rules, now) == Permit.NO) {
                return null;
            }
            BreakerState next = before.tried(rules, now);
            if (state.compareAndSet(before, next)) {
                return next;
            }
        }
    }

    /** An attempt that was let through in that era is over. */
    void attempted(boolean failed, long era) {
        long now = nanoClock.getAsLong();
        become(before -> before.attempted(failed, era, rules, now));
    }

    void trialEnded(boolean failed, long era) {
        long now = nanoClock.getAsLong();
        become(before -> before.trialEnded(failed, era, rules, now));
    }

    void trialCancelled(long era) {
        become(before -> before.trialCancelled(era));
    }

    private void become(UnaryOperator<BreakerState> change) {
        BreakerState before;
        BreakerState next;
        do {
            before = state.get();
            next = change.apply(before);
        } while (next != before && !state.compareAndSet(before, next));
        if (next.mode() != before.mode()) {
            log.breaker(before.mode(), next.mode(), rules);
        }
    }
}
