package io.jettylb.pool;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The latest snapshot of a pool, and when it is replaced: when something has changed, and when its time has come. After
 * one that took long to make, the next one waits, so that a storm of changes takes a part of one processor at most: a
 * tenth, unless one takes more than a ninth of a second.
 */
final class Snapshots {

    /** For how many times as long as a snapshot took to make the next one waits. */
    private static final int PAUSE = 9;

    private static final long LONGEST_PAUSE = Duration.ofSeconds(1).toNanos();

    private final Members members;
    private final LongSupplier nanoClock;
    private final ReentrantLock lock;
    /** When another snapshot may be made; guarded by the lock. */
    private long notBefore;

    /** How long the latest one took to make, in nanoseconds; guarded by the lock. */
    private long cost;

    private volatile Snapshot latest = Snapshot.NOBODY;

    /**
     * Makes the first one.
     *
     * @throws IllegalStateException if the strategy fails
     */
    Snapshots(Members members, LongSupplier nanoClock, ReentrantLock lock) {
        this.members = members;
        this.nanoClock = nanoClock;
        this.lock = lock;
        renewLocked(nanoClock.getAsLong());
        if (latest.failure() != null) {
            throw latest.failure();
        }
    }

    /** The latest one; asks for the time only where one is due some day. Waits for nobody. */
    Snapshot current() {
        Snapshot current = latest;
        boolean due = current.timed() && nanoClock.getAsLong() - current.dueAt() >= 0;
        // Whoever has the lock is about to make it, or will let the next request do so.
        if (!due || !lock.tryLock()) {
            return current;
        }
        try {
            long now = nanoClock.getAsLong();
            if (latest.timed() && now - latest.dueAt() >= 0) {
                renewLocked(now);
            }
            return latest;
        } finally {
            lock.unlock();
        }
    }

    /** The latest one, whether its time is over or not. */
    Snapshot latest() {
        return latest;
    }

    /** One that knows of all changes; waits for whoever makes it. */
    Snapshot upToDate() {
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            if (latest.stale() || latest.timed() && now - latest.dueAt() >= 0) {
                renewLocked(now);
            }
            return latest;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes one without delay: who is a member has changed.
     *
     * @param anew whether nothing of the former ones may be kept, because the strategy is another one
     */
    void replaceLocked(boolean anew, long now) {
        renewLocked(anew ? Snapshot.NOBODY : latest, now);
    }

    void changedLocked(long now) {
        if (now - notBefore >= 0) {
            renewLocked(now);
        } else {
            latest = latest.staleUntil(notBefore);
        }
    }

    private void renewLocked(long now) {
        renewLocked(latest, now);
    }

    private void renewLocked(Snapshot before, long now) {
        latest = members.snapshot(before, now);
        long end = nanoClock.getAsLong();
        // The shorter of two, because a thread that had to wait for a processor looks slow once.
        notBefore = end + Math.min(LONGEST_PAUSE, PAUSE * Math.min(cost, end - now));
        cost = end - now;
    }
}
