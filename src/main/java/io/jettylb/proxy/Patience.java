package io.jettylb.proxy;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * How long an attempt may still take, as far as that is up to the upstream: while the client is slow, in either direction,
 * only the deadline of the whole exchange counts. Thread-safe.
 */
final class Patience implements CyclicTimeouts.Expirable {

    /** For how long a cancelled attempt may still be under way. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final Attempt attempt;
    private final Deadlines deadlines;
    private final Duration perTry;
    private final long totalDeadline;
    // The timer may look at an attempt before its first deadline is set; zero would be long over.
    private volatile long deadline = Deadlines.NEVER;
    private volatile long headDeadline = Deadlines.NEVER;
    private volatile boolean clientSilent;
    private volatile boolean clientTaking;
    private volatile boolean ending;
    /** Decides whether the head or the end of waiting for it comes first; null where there is no such end. */
    private final AutoLock head;

    private boolean headTaken;
    private volatile boolean headGivenUp;

    /**
     * For one attempt.
     *
     * @param perTry for how long it may go without the head of a response; zero: as long as it is waited for
     * @param totalDeadline the end of the exchange, or {@link Deadlines#NEVER}
     */
    Patience(Attempt attempt, Deadlines deadlines, Duration perTry, long totalDeadline) {
        this.attempt = attempt;
        this.deadlines = deadlines;
        this.perTry = perTry;
        this.totalDeadline = totalDeadline;
        this.head = perTry.isZero() ? null : new AutoLock();
    }

    void begin() {
        deadlines.add(this);
    }

    /** The attempt is over. */
    void end() {
        deadlines.remove(this);
        takeHead();
    }

    /** The upstream has to do the next thing in that time; zero: at any time. */
    void waitFor(Duration timeout) {
        if (!ending) {
            deadline = Deadlines.earlier(deadlines.in(timeout), totalDeadline);
            deadlines.schedule(this);
        }
    }

    /** From now on the head of the response is late when the timeout of a single attempt has passed. */
    void expectHead() {
        headDeadline = deadlines.in(perTry);
    }

    /** Nobody knows yet when the head can be expected. */
    void headMayWait() {
        headDeadline = Deadlines.NEVER;
    }

    /**
     * The head of the response is here.
     *
     * @return whether it is still waited for
     */
    boolean takeHead() {
        if (head == null) {
            return true;
        }
        try (AutoLock ignored = head.lock()) {
            headTaken = true;
            headDeadline = Deadlines.NEVER;
            return !headGivenUp;
        }
    }

    /**
     * Looks for somebody else if the head is late.
     *
     * @param elsewhere whether there is another upstream for the request, which is reserved then
     * @return whether the head is not waited for any more
     */
    boolean giveUp(BooleanSupplier elsewhere) {
        if (!deadlines.isOver(headDeadline)) {
            return false;
        }
        try (AutoLock ignored = head.lock()) {
            if (!headTaken && !headGivenUp && elsewhere.getAsBoolean()) {
                headGivenUp = true;
                return true;
            }
        }
        return false;
    }

    boolean isGivenUp() {
        return headGivenUp;
    }

    /**
     * The head is late, and there is nobody else to ask; but there may be later.
     *
     * @return whether there was nothing else to do in time
     */
    boolean waitLonger() {
        if (!deadlines.isOver(headDeadline)) {
            return false;
        }
        expectHead();
        if (deadlines.isOver(deadline)) {
            return false;
        }
        deadlines.schedule(this);
        return true;
    }

    boolean isAllOver() {
        return deadlines.isOver(totalDeadline);
    }

    /** Whether the client has to do the next thing. */
    boolean isUpToClient() {
        return clientSilent || clientTaking;
    }

    /** The attempt was cancelled, and will not take much longer. */
    void grace() {
        ending = true;
        deadline = deadlines.in(GRACE);
        deadlines.schedule(this);
    }

    /** Only the news that it is over is late. */
    void waitForNews() {
        waitFor(GRACE);
    }

    /** The client has to send the next part of the request, or has sent it. */
    void clientSilent(boolean silent) {
        clientSilent = silent;
    }

    /** The client has to take a part of the response. */
    void clientTakes() {
        clientTaking = true;
    }

    /** The client has taken it. What is expected of whom next is said then. */
    void clientTook() {
        if (!ending) {
            deadline = totalDeadline;
        }
        clientTaking = false;
    }

    @Override
    public long getExpireNanoTime() {
        if (ending) {
            return deadline;
        }
        return clientSilent || clientTaking ? totalDeadline : Deadlines.earlier(deadline, headDeadline);
    }

    void expired() {
        attempt.expired();
    }
}
