package io.jettylb.pool;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A request that waits for room. It gets exactly one answer, unless it leaves before. Thread-safe.
 */
public final class Waiting {

    /** Where it is. */
    private enum Stage {
        OUTSIDE,
        IN_LINE,
        /** Its turn: it will get a lease, or stay in the line. */
        CALLED,
        ANSWERED,
        LEFT
    }

    private final Selection selection;
    private final Consumer<Acquired> answer;
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.OUTSIDE);
    private volatile WaitingLine line;
    // Guarded by the line's lock.
    private Waiting before;
    private Waiting after;
    private boolean linked;
    private boolean choosy;

    /**
     * A request that does not wait yet.
     *
     * @param selection the request; nobody else may touch it while it waits
     * @param answer gets the lease, or why there is none; called by the thread that made room, so that it must neither
     *     block nor throw
     */
    public Waiting(Selection selection, Consumer<Acquired> answer) {
        this.selection = selection;
        this.answer = answer;
    }

    /**
     * Waits no longer, as when the client has left or time is over.
     *
     * @return true if there will be no answer; false if there was one, or one is on its way, or it has left before
     */
    public boolean leave() {
        while (true) {
            Stage now = stage.get();
            if (now == Stage.ANSWERED || now == Stage.LEFT) {
                return false;
            }
            if (stage.compareAndSet(now, Stage.LEFT)) {
                if (now == Stage.IN_LINE) {
                    line.unlink(this);
                }
                return true;
            }
        }
    }

    Selection selection() {
        return selection;
    }

    /** Whether it wants only some of the upstreams: then others may be served while it cannot be. */
    boolean choosyLocked() {
        return choosy;
    }

    /** Enters a line; false if it has left already. */
    boolean enter(WaitingLine entered) {
        line = entered;
        return stage.compareAndSet(Stage.OUTSIDE, Stage.IN_LINE);
    }

    /** Its turn; false if it has left. */
    boolean call() {
        return stage.compareAndSet(Stage.IN_LINE, Stage.CALLED);
    }

    /** Goes on waiting; false if it has left in the meantime, and is the caller's to unlink. */
    boolean putBack() {
        return stage.compareAndSet(Stage.CALLED, Stage.IN_LINE);
    }

    /** Answers; false if it has left in the meantime. */
    boolean answer(Acquired acquired) {
        if (!stage.compareAndSet(Stage.CALLED, Stage.ANSWERED)) {
            return false;
        }
        answer.accept(acquired);
        return true;
    }

    void linkLocked(Waiting last) {
        before = last;
        linked = true;
        choosy = selection.choosy();
        if (last != null) {
            last.after = this;
        }
    }

    /** Takes it out of the chain. It forgets its neighbours, which it may outlive by hours. */
    void unlinkLocked() {
        linked = false;
        if (before != null) {
            before.after = after;
        }
        if (after != null) {
            after.before = before;
        }
        before = null;
        after = null;
    }

    boolean linkedLocked() {
        return linked;
    }

    Waiting beforeLocked() {
        return before;
    }

    Waiting afterLocked() {
        return after;
    }
}
