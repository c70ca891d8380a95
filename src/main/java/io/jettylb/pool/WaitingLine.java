package io.jettylb.pool;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Requests that wait for room, first come, first served. Whoever makes room calls {@link #serve}; one thread at a time
 * serves, and another one's call makes it look once more: so no call is lost, nobody waits for anybody, and a request
 * that ends while it is being served leads to no recursion. The lock is for the chain only; nothing is called under it.
 *
 * <p>Requests that want certain upstreams only let others pass where they cannot be served themselves. Thread-safe.
 */
final class WaitingLine {

    private final Function<Selection, Lease> take;
    private final BiConsumer<String, Throwable> failures;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger calls = new AtomicInteger();
    /** Written under the lock. */
    private volatile int length;
    // Guarded by the lock.
    private Waiting first;
    private Waiting last;
    private int choosy;

    /**
     * A line without anybody in it.
     *
     * @param take takes an upstream for a request if there is room, else leaves in it why not
     * @param failures is told what a strategy throws
     */
    WaitingLine(Function<Selection, Lease> take, BiConsumer<String, Throwable> failures) {
        this.take = take;
        this.failures = failures;
    }

    /** How many are waiting. */
    int length() {
        return length;
    }

    /**
     * Stands at the end.
     *
     * @param max how many there may be
     * @return false if there are as many already
     */
    boolean join(Waiting waiting, int max) {
        lock.lock();
        try {
            if (length >= max) {
                return false;
            }
            if (!waiting.enter(this)) {
                return true;
            }
            waiting.linkLocked(last);
            if (first == null) {
                first = waiting;
            }
            last = waiting;
            choosy += waiting.choosyLocked() ? 1 : 0;
            length++;
        } finally {
            lock.unlock();
        }
        // Room may have been made before it could be seen here.
        serve();
        return true;
    }

    /** Takes one out; does nothing if it is out. */
    void unlink(Waiting waiting) {
        lock.lock();
        try {
            if (waiting.linkedLocked()) {
                first = first == waiting ? waiting.afterLocked() : first;
                last = last == waiting ? waiting.beforeLocked() : last;
                waiting.unlinkLocked();
                choosy -= waiting.choosyLocked() ? 1 : 0;
                length--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives the room that there is to those who wait. */
    void serve() {
        if (calls.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            serveOnce();
            seen = calls.addAndGet(-seen);
        } while (seen != 0);
    }

    private void serveOnce() {
        boolean full = false;
        Waiting waiting = next(null, false);
        while (waiting != null) {
            if (!waiting.call()) {
                waiting = next(waiting, full);
                continue;
            }
            Lease lease = take(waiting);
            Refusal refusal = waiting.selection().refusal();
            boolean stays = lease == null && refusal == Refusal.FULL;
            full |= stays && !waiting.selection().choosy();
            Waiting following = next(waiting, full);
            if (!stays || !waiting.putBack()) {
                unlink(waiting);
            }
            if (!stays) {
                answer(waiting, lease, refusal);
            }
            waiting = following;
        }
    }

    /** Nobody behind it is to suffer from what its answer brings about. */
    private void answer(Waiting waiting, Lease lease, Refusal refusal) {
        try {
            if (!waiting.answer(lease == null ? refusal : lease) && lease != null) {
                lease.complete(Outcome.CANCELLED, null);
            }
        } catch (RuntimeException | Error e) {
            failures.accept("could not answer a waiting request", e);
        }
    }

    private Lease take(Waiting waiting) {
        try {
            return take.apply(waiting.selection());
        } catch (RuntimeException | Error e) {
            // A strategy of somebody else's: those behind it have a right to be served.
            failures.accept("could not choose for a waiting request", e);
            waiting.selection().refused(Refusal.UNAVAILABLE);
            return null;
        }
    }

    /**
     * Who comes after somebody, or first.
     *
     * @param only those that want certain upstreams
     */
    private Waiting next(Waiting waiting, boolean only) {
        lock.lock();
        try {
            if (only && choosy == 0) {
                return null;
            }
            // Whoever has left has nobody after it any more: those before it have been looked at, but that does no
            // harm.
            Waiting next = waiting == null || !waiting.linkedLocked() ? first : waiting.afterLocked();
            while (next != null && only && !next.choosyLocked()) {
                next = next.afterLocked();
            }
            return next;
        } finally {
            lock.unlock();
        }
    }
}
