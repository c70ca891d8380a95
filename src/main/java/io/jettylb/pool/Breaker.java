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

    /** What a request may do; one that gets a trial must end it, by {@link #trialEnded} or {@link #trialCancelled}. */
    Permit enter() {
        while (true) {
            BreakerState before = state.get();
            if (before.mode() == Mode.CLOSED) {
                return Permit.YES;
            }
            Permit permit = before.permit(rules, nanoClock.getAsLong());
            if (permit != Permit.TRIAL || state.compareAndSet(before, before.tried())) {
                return permit;
            }
        }
    }

    void attempted(boolean failed) {
        long now = nanoClock.getAsLong();
        become(before -> before.attempted(failed, rules, now));
    }

    void trialEnded(boolean failed) {
        long now = nanoClock.getAsLong();
        become(before -> before.trialEnded(failed, rules, now));
    }

    void trialCancelled() {
        become(BreakerState::trialCancelled);
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
