package io.jettylb.proxy;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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
    /** Null if the attempt is not hedged. */
    private final HedgeDelay hedging;

    private final long totalDeadline;
    // The timer may look at an attempt before its first deadline is set; zero would be long over.
    private volatile long deadline = Deadlines.NEVER;
    private volatile long headDeadline = Deadlines.NEVER;
    private volatile long hedgeDeadline = Deadlines.NEVER;
    private volatile long headSince;
    private volatile boolean hedged;
    private volatile long turnSince = Deadlines.NEVER;
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
     * @param hedging after which time there is a second one beside it; null: never
     * @param totalDeadline the end of the exchange, or {@link Deadlines#NEVER}
     */
    Patience(Attempt attempt, Deadlines deadlines, Duration perTry, HedgeDelay hedging, long totalDeadline) {
        this.attempt = attempt;
        this.deadlines = deadlines;
        this.perTry = perTry;
        this.hedging = hedging;
        this.totalDeadline = totalDeadline;
        this.head = perTry.isZero() && hedging == null ? null : new AutoLock();
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
        if (hedging != null) {
            headSince = deadlines.now();
            hedgeDeadline = hedged ? Deadlines.NEVER : deadlines.inWhole(hedging.after());
        }
    }

    /** The head has come, or another attempt has got one before: tells how long it took, at least. */
    void observeHead() {
        if (hedging != null && hedging.observes()) {
            hedging.waited(deadlines.now() - headSince);
        }
    }

    /** Nobody knows yet when the head can be expected. */
    void headMayWait() {
        headDeadline = Deadlines.NEVER;
        hedgeDeadline = Deadlines.NEVER;
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
            hedgeDeadline = Deadlines.NEVER;
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

    boolean isToBeHedged() {
        return deadlines.isOver(hedgeDeadline);
    }

    /**
     * Begins a second attempt beside this one, if the head is still waited for. Once at the most.
     *
     * @param second the other attempt, prepared; null if there is to be none
     * @return the same
     */
    Attempt hedge(Supplier<Attempt> second) {
        try (AutoLock ignored = head.lock()) {
            hedgeDeadline = Deadlines.NEVER;
            Attempt begun = hedged || headTaken || headGivenUp ? null : second.get();
            hedged |= begun != null;
            return begun;
        }
    }

    /** Whether it is too early to give anything up; then it is called again. */
    boolean isEarly() {
        boolean early = !deadlines.isOver(getExpireNanoTime());
        if (early) {
            deadlines.schedule(this);
        }
        return early;
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
        headDeadline = deadlines.in(perTry);
        if (deadlines.isOver(deadline)) {
            return false;
        }
        deadlines.schedule(this);
        return true;
    }

    /** The upstream has everything; from here on the time of the whole is its own. */
    void upstreamsTurn() {
        if (totalDeadline != Deadlines.NEVER) {
            turnSince = deadlines.now();
        }
    }

    /**
     * Whether the whole is over, and the upstream did not have a fair part of it: the client, the queue, or an attempt
     * elsewhere, has used it up.
     *
     * @param whole how long all of it may take
     */
    boolean wasShort(Duration whole) {
        return isAllOver() && (turnSince == Deadlines.NEVER || totalDeadline - turnSince < whole.toNanos() / 2);
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
        return clientSilent || clientTaking ? totalDeadline : earliest();
    }

    private long earliest() {
        long first = Deadlines.earlier(deadline, headDeadline);
        return hedging == null ? first : Deadlines.earlier(first, hedgeDeadline);
    }

    void expired() {
        attempt.expired();
    }

    /** Whatever has to be done when it is too late could not be done. */
    void broken(Throwable failure) {
        attempt.cancel(failure);
    }
}
