package io.jettylb.proxy;

import io.jettylb.config.BackoffConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Refusal;
import io.jettylb.pool.Selection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpDateTime;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * What can still be done for a request whose attempt fails: how many attempts are left, who gets the next one, after which
 * wait, and whether the budget allows it. Made when a first attempt fails; most requests need none. Whoever owns the
 * exchange owns this.
 */
final class Retries {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final PoolProxy proxy;
    private final Pool pool;
    private final RetryConfig rules;
    private final Selection selection;
    private final RequestBody body;
    private final String method;
    private final long totalDeadline;
    /** Attempts that count, the one that is under way or has just ended included. */
    private int used = 1;

    private int pauses;
    private boolean pardoned;
    private boolean granted;
    /** Whether a second attempt was granted beside the first one. */
    private boolean hedged;

    /** Whether an upstream may have seen anything of the request. */
    private volatile boolean begun;

    private boolean mayAskAgain;
    /** Whether an upstream that was too slow, or the like, would be among those that are asked once more. */
    private boolean barred;
    /** The longest that an upstream wants, of those that would be asked once more. */
    private long retryAfter;

    private Lease next;
    private volatile Scheduler.Task pause;
    /** Whoever sets it to false decides what becomes of the wait: a task that runs can be cancelled, too. */
    private final AtomicBoolean waiting = new AtomicBoolean();

    Retries(PoolProxy proxy, Selection selection, RequestBody body, String method, long totalDeadline) {
        this.proxy = proxy;
        this.pool = proxy.pool();
        this.rules = proxy.retry();
        this.selection = selection;
        this.body = body;
        this.method = method;
        this.totalDeadline = totalDeadline;
    }

    /** What the client gets if that attempt was the last one. */
    ErrorAnswer answer(Ending ending) {
        attemptEnds(ending);
        ErrorAnswer answer = Consequences.answer(ending);
        // To come back later is safe only if nobody has got anything of the request.
        return begun && answer == ErrorAnswer.NO_UPSTREAM ? ErrorAnswer.BAD_GATEWAY : answer;
    }

    /**
     * Whether a failed attempt is to be followed by another one, if an upstream can be found for it.
     *
     * @param upstream where it was under way
     * @param replaced whether that was decided before it came to its end
     */
    boolean repeats(Ending ending, UpstreamConfig upstream, boolean replaced) {
        if (replaced) {
            return true;
        }
        giveBack();
        if (rules.attempts() > 1 && Consequences.isStale(ending)) {
            if (!pardoned) {
                // Nobody's fault, and a rolling restart leaves many such connections behind.
                pardoned = true;
                used--;
            }
            selection.forgive(upstream, used + 1 < rules.attempts());
        }
        barred |= !Consequences.mayAskAgain(ending);
        mayAskAgain = !barred && retryAfter <= longestRetryAfter();
        return mayGoOn()
                && Consequences.isRepeatable(ending, method, body.isWhole(), rules)
                && (!ending.begun() || grant());
    }

    /** Whether an attempt that takes too long is given up for another one, whose lease is reserved then. */
    boolean replaces(Ending ending) {
        mayAskAgain = false;
        boolean repeatable = mayGoOn() && Consequences.isRepeatable(ending, method, body.isWhole(), rules);
        // It goes on if there is nobody else, and if it is a retry it goes on being one.
        boolean replaced = repeatable && reserve(ending.begun());
        barred |= replaced;
        return replaced;
    }

    /** Whether a response is thrown away for another attempt: one that is reserved, or one after a wait. */
    boolean replaces(int status, HttpFields fields) {
        giveBack();
        boolean repeatable = mayGoOn() && Consequences.isRepeatable(status, method, body.isWhole(), rules);
        if (!repeatable) {
            return false;
        }
        retryAfter = Math.max(retryAfter, retryAfter(fields));
        mayAskAgain = !barred
                && retryAfter <= longestRetryAfter()
                && !isLate(retryAfter + rules.backoff().max().toNanos());
        // Whoever is reserved is another one: the same would need the wait. Where others are busy, or the pool lets
        // nobody through, this is the answer.
        return reserve(true) || mayAskAgain && selection.refusal() == Refusal.UNAVAILABLE && grant();
    }

    private long longestRetryAfter() {
        return rules.backoff().maxRetryAfter().toNanos();
    }

    /** What was not sent has cost no upstream anything, and is no burden to another one. */
    private boolean reserve(boolean begun) {
        boolean held = granted || hedged;
        if (begun && !held && !grant()) {
            return false;
        }
        next = pool.acquire(selection);
        if (next == null && !held) {
            giveBack();
        } else if (next != null && held) {
            // A retry that is replaced by another one is still one retry.
            keepOne();
        }
        return next != null;
    }

    private void keepOne() {
        if (granted && hedged) {
            pool.retryBudget().end();
        }
        granted = true;
        hedged = false;
    }

    /**
     * Finds an upstream for an attempt beside the one under way. Nobody waits for it, it is no trial, and no client gets
     * one beside the upstream that has its session.
     *
     * @param slow where that is under way
     * @return null if there is to be none
     */
    Lease hedge(UpstreamConfig slow) {
        boolean possible = !hedged && mayGoOn() && body.isKept() && !selection.isBound();
        if (!possible || !pool.retryBudget().beginHedge(rules.budget())) {
            return null;
        }
        Lease lease = null;
        selection.beside(slow);
        try {
            lease = pool.acquire(selection);
        } finally {
            selection.beside(null);
            hedged = lease != null;
            if (!hedged) {
                pool.retryBudget().end();
            }
        }
        if (hedged) {
            used++;
        }
        return lease;
    }

    /** An attempt that is not the last one is over. For any thread. */
    void attemptEnds(Ending ending) {
        if (ending.begun()) {
            begun = true;
        }
    }

    /** The lease that was reserved; null if there is none. */
    Lease takeReserved() {
        Lease lease = next;
        next = null;
        return lease;
    }

    /** Another attempt begins. */
    void attemptBegins() {
        used++;
    }

    /**
     * Waits until upstreams may be asked again.
     *
     * @param then is called in a thread of the scheduler
     * @return false if they may not, or it takes too long
     */
    boolean pause(Runnable then) {
        long wait = mayAskAgain ? retryAfter + backoff() : 0;
        if (!mayAskAgain || isLate(wait) || !granted && !grant()) {
            return false;
        }
        pauses++;
        barred = false;
        retryAfter = 0;
        waiting.set(true);
        pause = proxy.scheduler().schedule(() -> go(then), wait, TimeUnit.NANOSECONDS);
        return true;
    }

    private void go(Runnable then) {
        if (waiting.compareAndSet(true, false)) {
            then.run();
        }
    }

    /** Ends the wait; false if there is none, or it is over just now. */
    boolean interrupt() {
        if (!waiting.compareAndSet(true, false)) {
            return false;
        }
        Scheduler.Task task = pause;
        if (task != null) {
            task.cancel();
        }
        return true;
    }

    /** After a wait: all upstreams may be asked once more, the latest one last. Null if there is nobody. */
    Lease acquireAgain() {
        selection.startOver(true);
        Lease lease = pool.acquire(selection);
        if (lease == null) {
            selection.startOver(false);
            lease = pool.acquire(selection);
        }
        return lease;
    }

    /** The attempt under way is a success, as far as this is concerned, or the exchange is over. */
    void end() {
        giveBack();
        Lease unused = takeReserved();
        if (unused != null) {
            unused.complete(Outcome.CANCELLED, null);
        }
    }

    private boolean grant() {
        granted = pool.retryBudget().begin(rules.budget());
        return granted;
    }

    private void giveBack() {
        if (hedged) {
            hedged = false;
            pool.retryBudget().end();
        }
        if (granted) {
            granted = false;
            pool.retryBudget().end();
        }
    }

    /** Whether there may be one more attempt, if there is a reason for it. */
    private boolean mayGoOn() {
        return used < rules.attempts() && !isLate(0);
    }

    private boolean isLate(long wait) {
        return totalDeadline != Deadlines.NEVER
                && (wait == 0
                        ? proxy.deadlines().isOver(totalDeadline)
                        : proxy.deadlines().in(Duration.ofNanos(wait)) - totalDeadline >= 0);
    }

    /** Full jitter: clients that failed together do not come back together. At least a nanosecond. */
    private long backoff() {
        BackoffConfig backoff = rules.backoff();
        long max = backoff.max().toNanos();
        long bound = backoff.base().toNanos();
        for (int i = 0; i < pauses && bound < max; i++) {
            bound *= 2;
        }
        return 1 + proxy.random().get().nextLong(Math.min(bound, max));
    }

    /** Nanoseconds; zero if nothing is said. */
    private static long retryAfter(HttpFields fields) {
        String value = fields.get(HttpHeader.RETRY_AFTER);
        if (value == null) {
            return 0;
        }
        String text = value.strip();
        if (!text.isEmpty() && text.chars().allMatch(c -> '0' <= c && c <= '9')) {
            return text.length() > 9 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(Integer.parseInt(text));
        }
        String date = fields.get(HttpHeader.DATE);
        long at = HttpDateTime.parseToEpoch(text);
        long now = date == null ? -1 : HttpDateTime.parseToEpoch(date);
        // Both by the upstream's clock, which is not ours. What cannot be read is not waited for.
        return at < 0 || now < 0 ? Long.MAX_VALUE : Math.max(0, Math.min(at - now, 1_000_000_000L)) * NANOS_PER_MILLI;
    }
}
