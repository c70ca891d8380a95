package io.jettylb.pool;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The right to send the one trial request of an ejected upstream. Thread-safe, without a lock.
 *
 * <p>Whoever has had it for too long loses it to the next one: a client may take as long as it likes over its request,
 * and nobody else would find out that the upstream is back.
 */
final class TrialRight {

    /** For how long a trial may be without a verdict, while others wait for it. */
    static final long PATIENCE_NANOS = 10_000_000_000L;

    private final AtomicReference<Held> holder = new AtomicReference<>();

    /** One who has the right; told apart by identity. */
    static final class Held {
        private final long since;

        private Held(long since) {
            this.since = since;
        }
    }

    /** Takes the right; null if somebody else has it. */
    Held claim(long now) {
        Held before = holder.get();
        if (before != null && now - before.since < PATIENCE_NANOS) {
            return null;
        }
        Held next = new Held(now);
        return holder.compareAndSet(before, next) ? next : null;
    }

    /** Gives it back, unless it is another one's by now. */
    void release(Held held) {
        holder.compareAndSet(held, null);
    }
}
