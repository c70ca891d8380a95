package io.jettylb.proxy;

import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Selection;
import io.jettylb.route.Route;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.AutoLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client request with all its attempts. Attempts follow each other, so there is one owner at any time: either an
 * attempt is under way, and its completion decides what comes next, or the exchange is being ended, which happens once.
 */
final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    /** Methods whose repetition changes nothing (RFC 9110, 9.2.2). */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private final PoolProxy pool;
    private final Route route;
    private final Downstream downstream;
    private final Request request;
    private final StickySession sticky;
    private final Selection selection = new Selection(0);
    private final AutoLock lock = new AutoLock();
    private RequestBody body;
    private String target;
    private long totalDeadline;
    private int attempts;
    private volatile Attempt attempt;
    private ResponseRelay relay;
    private volatile Throwable clientFailure;
    private int status;
    // Guarded by the lock.
    private boolean attemptOver;
    private Throwable attemptFailure;
    private boolean writing;
    private boolean written;
    private boolean concluded;
    private boolean ended;
    private boolean clientGone;

    Exchange(PoolProxy pool, Route route, Downstream downstream, StickySession sticky) {
        this.pool = pool;
        this.route = route;
        this.downstream = downstream;
        this.sticky = pool.stickyTokens() == null ? null : sticky;
        this.request = downstream.request();
    }

    /** Begins; whatever goes wrong in it is answered. */
    void start() {
        try {
            begin();
        } catch (Throwable failure) {
            broken(failure);
        }
    }

    private void begin() {
        ErrorAnswer refusal = RequestChecks.refusal(request);
        if (refusal != null) {
            end(() -> answer(refusal, null));
            return;
        }
        target = route.target(
                request.getHttpURI().getPath(), request.getHttpURI().getQuery());
        if (target == null) {
            end(() -> answer(ErrorAnswer.BAD_TARGET, null));
            return;
        }
        body = new RequestBody(this, request);
        totalDeadline = pool.deadlines().in(pool.timeouts().total());
        relay = new ResponseRelay(this, downstream.response());
        downstream.onClientFailure(this::clientGone);
        if (sticky != null) {
            sticky.bind(pool.stickyTokens(), selection);
        }
        next(ErrorAnswer.NO_UPSTREAM, null);
    }

    /** Starts the next attempt, or gives up with the answer that fits what happened so far. */
    private void next(ErrorAnswer otherwise, Throwable cause) {
        Lease lease = attempts < pool.maxAttempts() ? pool.pool().acquire(selection) : null;
        if (lease == null) {
            end(() -> answer(otherwise, cause));
            return;
        }
        attempts++;
        try (AutoLock ignored = lock.lock()) {
            attemptOver = false;
            attemptFailure = null;
            concluded = false;
        }
        try {
            request.setAttribute(LoadBalancer.UPSTREAM_ATTRIBUTE, pool.label(lease.upstream()));
            Attempt following = new Attempt(this, lease, pool.basePath(lease.upstream()) + target, totalDeadline);
            attempt = following;
            Throwable client = clientFailure;
            if (client != null) {
                // It left in between, and nobody has told this attempt.
                following.cancel(client);
            }
            following.send(pool.transport());
        } catch (Throwable failure) {
            lease.complete(Outcome.CANCELLED, failure);
            throw failure;
        }
    }

    /** Neither side's fault but ours, or that of a strategy. */
    private void broken(Throwable failure) {
        LOG.warn("{} {}", request.getMethod(), request.getHttpURI().getPath(), failure);
        end(() -> answer(ErrorAnswer.INTERNAL, failure));
        Attempt current = attempt;
        if (current != null) {
            current.cancel(failure);
        }
    }

    PoolProxy pool() {
        return pool;
    }

    String method() {
        return request.getMethod();
    }

    RequestBody body() {
        return body;
    }

    void writeFields(HttpField host, Consumer<HttpField> to) {
        pool.requestFields().write(request, host, to);
    }

    // The client's side.

    void clientPaused() {
        Attempt current = attempt;
        if (current != null) {
            current.waitForContent();
        }
    }

    void clientResumed() {
        Attempt current = attempt;
        if (current != null) {
            current.contentCame();
        }
    }

    /** The client broke its own request, or left. */
    void clientFailed(Throwable failure) {
        boolean conclude;
        try (AutoLock ignored = lock.lock()) {
            if (clientFailure == null) {
                clientFailure = failure;
            }
            conclude = toConcludeLocked();
        }
        Attempt current = attempt;
        if (conclude) {
            conclude();
        } else if (current != null) {
            current.cancel(failure);
        }
    }

    /**
     * The client left while neither side was moving. When this returns, request and response belong to the container,
     * which may use their parts for the next request.
     */
    private void clientGone(Throwable failure) {
        try (AutoLock ignored = lock.lock()) {
            clientGone = true;
        }
        body.close();
        clientFailed(failure);
    }

    // The upstream's side.

    void answered(int status, HttpFields fields) {
        this.status = status;
        relay.head(status, fields, sticky == null ? null : sticky.assigned(attempt.upstream(), fields));
    }

    void content(Content.Source content) {
        relay.content(content);
    }

    void upstreamPaused() {
        attempt.waitForUpstream();
    }

    /** The response cannot be read or passed on: ends the attempt, whose completion ends the exchange. */
    void relayFailed(Throwable failure) {
        attempt.cancel(failure);
    }

    // Where both sides meet.

    /**
     * Whether a write may begin; if so, nothing ends before {@link #endWrite}.
     *
     * @param head puts the head together if that has not been done
     */
    boolean beginWrite(Runnable head) {
        try (AutoLock ignored = lock.lock()) {
            if (ended || clientGone || clientFailure != null || attemptOver && attemptFailure != null) {
                return false;
            }
            head.run();
            writing = true;
        }
        attempt.waitForWrite();
        return true;
    }

    /**
     * A write is over.
     *
     * @param takeBack undoes what was put together, where it was not sent
     * @return whether there may be another one
     */
    boolean endWrite(boolean last, Throwable failure, Runnable takeBack) {
        attempt.writeOver();
        boolean conclude;
        boolean broken;
        try (AutoLock ignored = lock.lock()) {
            writing = false;
            written |= last;
            if (failure != null && !clientGone && !downstream.response().isCommitted()) {
                // The server would not write this head: it is the response that is wrong, not the client.
                takeBack.run();
                attemptFailure = failure;
            } else if (failure != null && clientFailure == null) {
                clientFailure = failure;
            }
            broken = clientFailure != null || attemptFailure != null;
            conclude = toConcludeLocked();
        }
        if (conclude) {
            conclude();
        } else if (failure != null) {
            attempt.cancel(failure);
        } else if (last && !attempt.sent()) {
            attempt.responseOver(body.isRead());
        }
        return !last && !broken;
    }

    void attemptEnded(Attempt over, Throwable failure) {
        boolean conclude;
        try (AutoLock ignored = lock.lock()) {
            attemptOver = true;
            if (attemptFailure == null) {
                attemptFailure = failure;
            }
            conclude = toConcludeLocked();
        }
        if (conclude) {
            conclude();
        }
    }

    /**
     * Whether the attempt has come to its conclusion: it is over, nothing is being written, and nothing of a response
     * remains that could be. Everything that changes one of these asks, and only one gets the answer yes.
     */
    private boolean toConcludeLocked() {
        if (concluded || !attemptOver || writing) {
            return false;
        }
        concluded = written || ended || attemptFailure != null || clientFailure != null;
        return concluded;
    }

    /** Whatever goes wrong in it is answered. */
    private void conclude() {
        try {
            decide(attempt);
        } catch (Throwable failure) {
            broken(failure);
        }
    }

    private void decide(Attempt over) {
        relay.discard();
        Throwable client = clientFailure;
        if (written) {
            over.lease().complete(status >= 500 ? Outcome.ERROR_RESPONSE : Outcome.SUCCESS, null);
            end(downstream::complete);
        } else if (client != null) {
            over.lease().complete(Outcome.CANCELLED, client);
            end(() -> answer(blame(client), client));
        } else if (ended) {
            over.lease().complete(Outcome.CANCELLED, attemptFailure);
        } else {
            upstreamFailed(over, attemptFailure);
        }
    }

    private void upstreamFailed(Attempt over, Throwable failure) {
        Outcome outcome = over.verdict(failure);
        over.lease().complete(outcome, failure);
        if (outcome == Outcome.CONNECT_FAILED) {
            pool.connectFailed(over.upstream());
        }
        if (LOG.isDebugEnabled()) {
            LOG.debug("{} {} attempt {}: {}", pool.label(over.upstream()), target, attempts, outcome, failure);
        }
        ErrorAnswer answer = !over.begun()
                ? ErrorAnswer.NO_UPSTREAM
                : outcome == Outcome.TIMED_OUT ? ErrorAnswer.GATEWAY_TIMEOUT : ErrorAnswer.BAD_GATEWAY;
        if (over.stale()) {
            selection.forgive(attempts + 1 < pool.maxAttempts());
        }
        boolean late = totalDeadline != Deadlines.NEVER && pool.deadlines().isOver(totalDeadline);
        if (!late && repeatable(over, outcome)) {
            next(answer, failure);
        } else {
            end(() -> answer(answer, failure));
        }
    }

    /**
     * What was not sent may be sent to anybody; what was sent and got no answer only if repeating it changes nothing. A
     * timeout is an answer of a kind: whoever is slow with this request would make the next one wait as long.
     */
    private boolean repeatable(Attempt over, Outcome outcome) {
        if (!over.begun()) {
            return true;
        }
        return outcome == Outcome.BROKEN && !over.answered() && body.isEmpty() && IDEMPOTENT.contains(method());
    }

    private static ErrorAnswer blame(Throwable client) {
        return client instanceof TimeoutException ? ErrorAnswer.CLIENT_TIMEOUT : ErrorAnswer.BAD_REQUEST;
    }

    /** Answers, unless it is too late for that. */
    private void answer(ErrorAnswer answer, Throwable cause) {
        if (cause != null) {
            request.setAttribute(LoadBalancer.FAILURE_ATTRIBUTE, cause.toString());
        }
        try (AutoLock ignored = lock.lock()) {
            if (clientGone || downstream.response().isCommitted()) {
                answer = null;
            } else {
                answer.head(downstream.response());
            }
        }
        if (answer == null) {
            downstream.abort(cause);
            return;
        }
        try {
            answer.write(downstream.response(), Callback.from(downstream::complete, downstream::abort));
        } catch (Throwable failure) {
            downstream.abort(failure);
        }
    }

    private void end(Runnable how) {
        try (AutoLock ignored = lock.lock()) {
            if (ended) {
                return;
            }
            ended = true;
        }
        if (body != null) {
            body.close();
        }
        how.run();
    }
}
