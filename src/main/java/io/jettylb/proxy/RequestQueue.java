package io.jettylb.proxy;

import io.jettylb.config.LimitsConfig;
import io.jettylb.pool.Acquired;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Refusal;
import io.jettylb.pool.Selection;
import io.jettylb.pool.Waiting;
import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Gives the queue of a pool what a pool does not have: timeouts, and threads on which those who waited go on. Whoever
 * makes room does so in the middle of something else. Thread-safe.
 */
final class RequestQueue extends CyclicTimeouts<RequestQueue.Place> {

    /** How often those who wait look for room that comes with time alone, as at the end of an ejection. */
    private static final long LOOK_MILLIS = 100;

    private static final RefusedException FULL = new RefusedException("no room: all upstreams are at their limits");
    private static final RefusedException QUEUE_FULL = new RefusedException("no room: the queue is full");
    private static final RefusedException TIMEOUT = new RefusedException("no room: queue timeout");
    private static final RefusedException BREAKER = new RefusedException("the breaker is open");
    private static final RefusedException STOPPED = new RefusedException("stopped while waiting for room");

    private final Pool pool;
    private final Deadlines deadlines;
    private final Scheduler scheduler;
    private final Executor executor;
    private final AtomicBoolean looking = new AtomicBoolean();
    private final Set<Place> places = ConcurrentHashMap.newKeySet();
    private volatile Duration timeout;
    private volatile boolean closed;

    RequestQueue(Pool pool, LimitsConfig limits, Deadlines deadlines, Scheduler scheduler, Executor executor) {
        super(scheduler);
        this.pool = pool;
        this.deadlines = deadlines;
        this.scheduler = scheduler;
        this.executor = executor;
        limits(limits);
    }

    /** Other limits from now on; whoever waits does so as long as before. */
    void limits(LimitsConfig limits) {
        timeout = limits.queue() == null ? null : limits.queue().timeout();
    }

    /** Whether there is a queue at all. */
    boolean isOpen() {
        return timeout != null;
    }

    /** Who waits, and is told how that ends: by exactly one call, unless it leaves. */
    interface Guest {
        /** There is room. */
        void served(Lease lease);

        /** There is none, and will not be. */
        void refused(ErrorAnswer answer, Throwable cause);
    }

    /**
     * A place for a request that has found no upstream; it is not taken yet.
     *
     * @param selection the request
     * @param guest whom to tell
     * @param deadline when it is too late in any case, or {@link Deadlines#NEVER}
     * @param otherwise the answer if it is refused, because of what happened before; null if nothing did
     * @param cause what happened before, or null
     */
    Place place(Selection selection, Guest guest, long deadline, ErrorAnswer otherwise, Throwable cause) {
        Duration wait = timeout;
        long until = wait == null ? deadline : Deadlines.earlier(deadlines.in(wait), deadline);
        return new Place(selection, guest, until, otherwise, cause);
    }

    private void lookLater() {
        if (looking.compareAndSet(false, true)) {
            scheduler.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        // First: whoever comes now and finds that somebody looks already is seen below.
        looking.set(false);
        if (!closed && !places.isEmpty()) {
            lookLater();
            pool.madeRoom();
        }
    }

    /** Refuses all who wait. */
    void close() {
        closed = true;
        for (Place place : places) {
            place.end(ErrorAnswer.NO_UPSTREAM, STOPPED);
        }
        destroy();
    }

    @Override
    protected Iterator<Place> iterator() {
        return places.iterator();
    }

    @Override
    protected boolean onExpired(Place place) {
        place.end(ErrorAnswer.QUEUE_TIMEOUT, TIMEOUT);
        return false;
    }

    /** Where a request waits. */
    final class Place implements Consumer<Acquired>, CyclicTimeouts.Expirable {

        private final Selection selection;
        private final Guest guest;
        private final long until;
        private final ErrorAnswer otherwise;
        private final Throwable otherwiseCause;
        private final Waiting waiting;

        private Place(Selection selection, Guest guest, long until, ErrorAnswer otherwise, Throwable cause) {
            this.selection = selection;
            this.guest = guest;
            this.until = until;
            this.otherwise = otherwise;
            this.otherwiseCause = cause;
            this.waiting = new Waiting(selection, this);
        }

        /**
         * Takes the place, or tells the guest at once why it cannot be had.
         *
         * @param client why the client has failed, who may not have found the place to leave it; null if it has not
         */
        void take(Throwable client) {
            if (client != null) {
                if (waiting.leave()) {
                    guest.refused(Consequences.blame(client), client);
                }
                return;
            }
            if (selection.refusal() != Refusal.FULL) {
                refuse(selection.refusal());
                return;
            }
            if (timeout == null) {
                refuse(ErrorAnswer.BUSY, FULL);
                return;
            }
            // Before it waits: its turn may come at once.
            places.add(this);
            if (pool.await(waiting)) {
                schedule(this);
                lookLater();
                if (closed) {
                    end(ErrorAnswer.NO_UPSTREAM, STOPPED);
                }
            } else {
                places.remove(this);
                refuse(ErrorAnswer.BUSY, QUEUE_FULL);
            }
        }

        /** Gives the place up; false if the guest has been told how it ended, or will be. */
        boolean leave() {
            places.remove(this);
            return waiting.leave();
        }

        private void end(ErrorAnswer answer, Throwable cause) {
            if (leave()) {
                refuse(answer, cause);
            }
        }

        @Override
        public void accept(Acquired acquired) {
            places.remove(this);
            try {
                executor.execute(() -> tell(acquired));
            } catch (RejectedExecutionException stopping) {
                tell(acquired);
            }
        }

        private void tell(Acquired acquired) {
            if (acquired instanceof Lease lease) {
                guest.served(lease);
            } else {
                refuse((Refusal) acquired);
            }
        }

        private void refuse(Refusal refusal) {
            switch (refusal) {
                case UNAVAILABLE, PANIC -> refuse(ErrorAnswer.NO_UPSTREAM, null);
                case FULL -> refuse(ErrorAnswer.BUSY, FULL);
                case BREAKER_OPEN -> refuse(ErrorAnswer.BREAKER_OPEN, BREAKER);
            }
        }

        /** Where an attempt has failed, that is what the client has to know. */
        private void refuse(ErrorAnswer answer, Throwable cause) {
            if (answer == ErrorAnswer.BUSY || answer == ErrorAnswer.BREAKER_OPEN) {
                pool.countRefused();
            }
            if (otherwise == null) {
                guest.refused(answer, cause);
            } else {
                guest.refused(otherwise, otherwiseCause);
            }
        }

        @Override
        public long getExpireNanoTime() {
            return until;
        }
    }
}
