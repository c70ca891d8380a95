package io.jettylb.pool;

import io.jettylb.balance.LoadReport;
import io.jettylb.balance.Observer;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.UpstreamReport;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The right to send one attempt to one upstream. It counts as in flight until it is completed; completing it again does
 * nothing, so that racing events need no agreement. Thread-safe.
 */
public final class Lease implements Acquired {

    private static final int RUNNING = 0;
    private static final int SETTLED = 1;
    private static final int COMPLETED = 2;

    private final Pool pool;
    private final UpstreamNode node;
    private final Observer observer;
    private final long began;
    private final AtomicInteger state = new AtomicInteger();
    /** Null if it is no trial. */
    private final TrialRight.Held trial;

    private volatile boolean onTrial;
    private volatile long sentAt;
    /** Null if the pool has no limits. */
    private Admitted admitted;

    /** Takes over an attempt that {@link UpstreamNode#begin} has begun. */
    Lease(Pool pool, UpstreamNode node, TrialRight.Held trial) {
        this.pool = pool;
        this.node = node;
        this.trial = trial;
        if (trial != null) {
            // Only then: it is a volatile write, and most attempts are no trials.
            onTrial = true;
        }
        this.observer = node.observer();
        // Nobody else asks what time it is.
        this.began = observer == Observer.NONE ? 0 : pool.nanos();
        try {
            observer.began();
        } catch (RuntimeException | Error e) {
            // A strategy of somebody else's: the room that was taken for it is not to be lost.
            node.end();
            releaseTrial();
            throw e;
        }
    }

    /** It takes room of the pool, until it is completed. Called before anybody else has it. */
    void admit(Admitted room) {
        admitted = room;
    }

    /** Gives the right to the trial back; others may have it from here on. */
    void releaseTrial() {
        if (trial != null) {
            onTrial = false;
            node.releaseTrial(trial);
        }
    }

    /**
     * Where to send the attempt.
     *
     * @return the upstream
     */
    public UpstreamConfig upstream() {
        return node.upstream();
    }

    /**
     * Whether the return of an ejected upstream depends on the attempt.
     *
     * @return true if it did so at its beginning
     */
    public boolean isTrial() {
        return trial != null;
    }

    UpstreamNode node() {
        return node;
    }

    /** Whether the return of an ejected upstream still depends on this attempt. */
    boolean onTrial() {
        return onTrial;
    }

    /** The upstream has had its verdict: a response may be one before it ends. */
    void settle() {
        state.compareAndSet(RUNNING, SETTLED);
    }

    /** Says that the whole request was sent: from here on the upstream is to be as quick as it is expected to be. */
    public void sent() {
        if (pool.ejections().measuresTime()) {
            // Zero means never.
            sentAt = pool.nanos() | 1;
        }
    }

    /**
     * Says that the upstream has begun to answer: as much as a trial has to show, unless the status is a failure, however
     * long the answer takes.
     *
     * @param status the response's status
     */
    public void answering(int status) {
        if (observer != Observer.NONE) {
            observer.responded(pool.nanos() - began, status);
        }
        long since = sentAt;
        pool.ejections().answered(this, status, since == 0 ? 0 : pool.nanos() - since);
        if (admitted != null) {
            admitted.answering(status);
        }
        if (trial != null) {
            // It may be back.
            pool.madeRoom();
        }
    }

    /**
     * Passes on what the upstream tells of its load.
     *
     * @param report what it told
     */
    public void reported(LoadReport report) {
        observer.reported(report);
    }

    /**
     * Takes what the upstream says about itself in its response. Does nothing in a pool that does not listen.
     *
     * @param report what it says
     */
    public void reported(UpstreamReport report) {
        pool.facts().reported(node, report);
    }

    /**
     * Ends the lease.
     *
     * @param outcome how the attempt ended
     * @param cause what went wrong, for the log; null if nothing did
     */
    public void complete(Outcome outcome, Throwable cause) {
        int before = state.getAndSet(COMPLETED);
        if (before != COMPLETED) {
            node.end();
            try {
                if (observer != Observer.NONE) {
                    observer.ended(pool.nanos() - began, outcome.ending());
                }
            } finally {
                over(outcome, before == SETTLED, cause);
            }
        }
    }

    private void over(Outcome outcome, boolean judged, Throwable cause) {
        try {
            if (admitted != null) {
                admitted.ended(outcome);
            }
            pool.ejections().completed(this, judged ? null : outcome, cause);
            if (node.leaving()) {
                pool.drains().ended(node);
            }
        } finally {
            pool.madeRoom();
        }
    }
}
