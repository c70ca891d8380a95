package io.jettylb.pool;

import io.jettylb.config.LimitsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.BreakerState;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Whether a pool takes a request on now, later or not at all. Only pools with limits have one. Thread-safe. */
final class Admission {

    private final LongSupplier nanoClock;
    private final PoolLog log;
    private final WaitingLine line;
    /** Those that were let in while there was a limit. */
    private final AtomicInteger inside = new AtomicInteger();

    private volatile Rules rules;

    private record Rules(LimitsConfig config, int queueSize, AdaptiveLimit adaptive, Breaker breaker) {

        boolean counts() {
            return adaptive != null || config.maxRequests() != UpstreamConfig.UNLIMITED;
        }

        int limit() {
            return adaptive == null ? config.maxRequests() : Math.min(config.maxRequests(), adaptive.limit());
        }
    }

    /**
     * An admission.
     *
     * @param take takes an upstream for a request that waits, if there is room
     */
    Admission(LimitsConfig config, LongSupplier nanoClock, PoolLog log, Function<Selection, Lease> take) {
        this.nanoClock = nanoClock;
        this.log = log;
        BiConsumer<String, Throwable> failures = log::failed;
        this.line = new WaitingLine(take, failures);
        this.rules = rules(config, null);
    }

    private Rules rules(LimitsConfig config, Rules before) {
        AdaptiveLimit adaptive = before == null ? null : before.adaptive;
        if (config.adaptive() == null) {
            adaptive = null;
        } else if (adaptive == null || !adaptive.rules().equals(config.adaptive())) {
            adaptive = new AdaptiveLimit(config.adaptive(), nanoClock.getAsLong());
        }
        Breaker breaker = before == null ? null : before.breaker;
        if (config.breaker() == null) {
            breaker = null;
        } else if (breaker == null || !breaker.rules().equals(config.breaker())) {
            breaker = new Breaker(config.breaker(), nanoClock, log);
        }
        return new Rules(config, config.queue() == null ? 0 : config.queue().size(), adaptive, breaker);
    }

    /** Other limits from now on. What was learned is kept where its rules are; those who wait stay, however many. */
    void limits(LimitsConfig config) {
        rules = rules(config, rules);
        line.serve();
    }

    /**
     * Lets a request in, if there is room in the pool.
     *
     * @return what must be ended; null if the request, which knows why, is not let in
     */
    Admitted enter(Selection selection) {
        Rules now = rules;
        BreakerState state = now.breaker == null ? null : now.breaker.enter();
        if (now.breaker != null && state == null) {
            selection.refused(Refusal.BREAKER_OPEN);
            return null;
        }
        boolean counts = now.counts();
        if (counts && !begin(now.limit())) {
            if (state != null && state.mode() == BreakerState.Mode.HALF_OPEN) {
                now.breaker.trialCancelled(state.era());
            }
            selection.refused(Refusal.FULL);
            return null;
        }
        long began = now.adaptive == null ? 0 : nanoClock.getAsLong();
        return new Admitted(this, counts, now.adaptive, now.breaker, state, began);
    }

    private boolean begin(int limit) {
        while (true) {
            int now = inside.get();
            if (now >= limit) {
                return false;
            }
            if (inside.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void leave() {
        inside.decrementAndGet();
    }

    int inside() {
        return inside.get();
    }

    long nanos() {
        return nanoClock.getAsLong();
    }

    /** Whether there are others who came first. */
    boolean crowded() {
        return line.length() > 0;
    }

    /** Lets a request wait; false if there is no room for that either. */
    boolean join(Waiting waiting) {
        int size = rules.queueSize;
        return size > 0 && line.join(waiting, size);
    }

    /** There may be room. */
    void serve() {
        if (crowded()) {
            line.serve();
        }
    }

    /**
     * Figures for the operator.
     *
     * @param inFlight attempts under way
     * @param refused requests that were refused
     */
    PoolLoad load(int inFlight, long refused) {
        Rules now = rules;
        BreakerState.Mode breaker = now.breaker == null ? BreakerState.Mode.CLOSED : now.breaker.mode();
        return new PoolLoad(inFlight, now.limit(), line.length(), now.queueSize, refused, breaker);
    }
}
