package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import org.eclipse.jetty.util.thread.AutoLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts of an exchange that are under way: one, or two where a slow one is hedged. Of two, the one whose response
 * comes first is left; one that fails before leaves the other. The one that is alone decides on the exchange. Thread-safe.
 */
final class Attempts {

    /** What a head is to an exchange. */
    enum Head {
        /** It is the response. */
        FIRST,
        /** The other attempt may have a better one. */
        SPARE,
        /** There is a response. */
        LATE
    }

    private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

    private final Exchange exchange;
    private final PoolProxy pool;
    private final ExchangeState state;
    private final long totalDeadline;
    /** Null where there are never two. */
    private final AutoLock lock;

    private volatile Attempt alone;
    private volatile Attempt hedge;

    /**
     * No attempts yet.
     *
     * @param totalDeadline the end of the exchange, or {@link Deadlines#NEVER}
     */
    Attempts(Exchange exchange, ExchangeState state, long totalDeadline) {
        this.exchange = exchange;
        this.pool = exchange.pool();
        this.state = state;
        this.totalDeadline = totalDeadline;
        this.lock = pool.hedging() == null ? null : new AutoLock();
    }

    /** Sends the next attempt; the one before is over. */
    void begin(Lease lease) {
        ProxiedRequest proxied = exchange.request();
        OutgoingRequest outgoing = outgoing(lease, proxied.body().reading());
        // The verdict of a trial is worth a wait.
        HedgeDelay hedging = outgoing.mayBeHedged() && !lease.isTrial() ? pool.hedging() : null;
        Attempt next = new Attempt(exchange, lease, outgoing, hedging, totalDeadline);
        alone = next;
        next.prepare(pool.transport());
        send(next);
    }

    private OutgoingRequest outgoing(Lease lease, AttemptContent content) {
        UpstreamConfig upstream = lease.upstream();
        return new OutgoingRequest(
                exchange.request(),
                upstream,
                pool.basePath(upstream) + exchange.request().target(),
                content);
    }

    private void send(Attempt attempt) {
        Throwable client = state.clientFailure();
        if (client != null) {
            // It left in between, and nobody has told this attempt.
            attempt.cancel(client);
        }
        // A second one may be beaten by now.
        attempt.send();
    }

    /** The head of a response is late: if there is another upstream, sends a second attempt to it. */
    void hedge(Attempt slow, Patience patience) {
        // While the first one cannot end, so that the client's request is not the container's again.
        Attempt second = patience.hedge(() -> prepareHedge(slow));
        if (second == null) {
            return;
        }
        try {
            send(second);
        } catch (Throwable failure) {
            LOG.warn("second attempt at {}", pool.label(second.upstream()), failure);
            second.lease().complete(Outcome.CANCELLED, failure);
            second.onComplete(failure);
        }
    }

    private Attempt prepareHedge(Attempt slow) {
        Lease lease = null;
        try {
            lease = state.clientFailure() == null ? exchange.retries().hedge(slow.upstream()) : null;
            if (lease == null) {
                return null;
            }
            OutgoingRequest outgoing = outgoing(lease, exchange.request().body().again());
            Attempt second = new Attempt(exchange, lease, outgoing, null, totalDeadline);
            second.prepare(pool.transport());
            try (AutoLock ignored = lock.lock()) {
                hedge = second;
            }
            return second;
        } catch (Throwable failure) {
            LOG.warn("no second attempt beside {}", pool.label(slow.upstream()), failure);
            if (lease != null) {
                lease.complete(Outcome.CANCELLED, failure);
            }
            return null;
        }
    }

    /** The one that is left alone; of two, the first one. Null before the first one. */
    Attempt current() {
        return alone;
    }

    /** Whether there is another attempt beside it, or another one has prevailed. */
    boolean isRivalled(Attempt attempt) {
        return lock != null && (hedge != null || alone != attempt);
    }

    /** Ends all that are under way. */
    void cancel(Throwable cause) {
        // In this order: the second one only ever moves to where the first one was.
        Attempt second = hedge;
        Attempt first = alone;
        if (first != null) {
            first.cancel(cause);
        }
        if (second != null && second != first) {
            second.cancel(cause);
        }
    }

    /**
     * The head of a response is here. If it is the first one, and there is another attempt, that is ended.
     *
     * @param wanted whether the client is to have it, rather than that of another attempt
     */
    Head head(Attempt by, boolean wanted) {
        if (lock == null) {
            return Head.FIRST;
        }
        Attempt beaten;
        try (AutoLock ignored = lock.lock()) {
            if (by != alone && by != hedge) {
                by.beaten();
                return Head.LATE;
            }
            if (hedge == null) {
                return Head.FIRST;
            }
            if (!wanted) {
                leaveLocked(by);
                return Head.SPARE;
            }
            beaten = by == alone ? hedge : alone;
            beaten.beaten();
            leaveLocked(beaten);
        }
        beaten.cancel(new EndedException("another attempt was quicker"));
        return Head.FIRST;
    }

    /** Whether an attempt is taken out of the contest, since there is another one. */
    boolean leaves(Attempt attempt) {
        if (lock == null) {
            return false;
        }
        try (AutoLock ignored = lock.lock()) {
            boolean another = hedge != null && (attempt == alone || attempt == hedge);
            if (another) {
                leaveLocked(attempt);
            }
            return another;
        }
    }

    /** Whether it was alone, now that it has ended; if it was not, the other one is. */
    boolean wasAlone(Attempt ended) {
        if (lock == null) {
            return true;
        }
        try (AutoLock ignored = lock.lock()) {
            boolean last = hedge == null && ended == alone;
            leaveLocked(ended);
            return last;
        }
    }

    private void leaveLocked(Attempt attempt) {
        if (hedge != null && attempt == alone) {
            alone = hedge;
            hedge = null;
        } else if (attempt == hedge) {
            hedge = null;
        }
    }
}
