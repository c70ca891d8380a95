package io.jettylb.proxy;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Refusal;
import io.jettylb.pool.Selection;
import io.jettylb.route.Route;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client request with all its attempts. Attempts follow each other, so there is one owner at any time: either an
 * attempt is under way, and its completion decides what comes next, or the exchange is being ended, which happens once.
 */
final class Exchange implements RequestQueue.Guest {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final PoolProxy pool;
    private final Route route;
    private final Downstream downstream;
    private final Request request;
    private final StickySession sticky;
    private final ExchangeState state;
    private final TimeoutsConfig timeouts;
    private Selection selection;
    private RequestBody body;
    private ProxiedRequest proxied;
    private ResponseRewriter rewriter;
    private long totalDeadline;
    /** Null as long as none is possible. */
    private Attempts attempts;

    private volatile RequestQueue.Place place;
    /** Null as long as no attempt has failed. */
    private volatile Retries retries;

    private ResponseRelay relay;

    Exchange(PoolProxy pool, Route route, Downstream downstream, StickySession sticky) {
        this.pool = pool;
        this.route = route;
        this.downstream = downstream;
        this.sticky = pool.stickyTokens() == null ? null : sticky;
        this.request = downstream.request();
        this.state = new ExchangeState(downstream.response());
        this.timeouts = route.timeouts() == null ? pool.timeouts() : route.timeouts();
    }

    /** Begins, unless there is a reason why the server takes no requests on; whatever goes wrong in it is answered. */
    void start(Throwable overload) {
        try {
            begin(overload);
        } catch (Throwable failure) {
            broken(failure);
        }
    }

    private void begin(Throwable overload) {
        ErrorAnswer refusal = RequestChecks.refusal(
                request, pool.requestFields(), pool.transport().canUpgrade());
        if (refusal != null || overload != null) {
            refused(refusal == null ? ErrorAnswer.SHED : refusal, overload);
            return;
        }
        String target = route.target(
                request.getHttpURI().getPath(), request.getHttpURI().getQuery());
        if (target == null) {
            refused(ErrorAnswer.BAD_TARGET, null);
            return;
        }
        rewriter = ResponseRewriter.of(pool, route, request);
        body = new RequestBody(this, request, pool.kept(Upgrade.method(request)));
        proxied = new ProxiedRequest(pool, request, target, body);
        pool.requestBegins();
        totalDeadline = pool.deadlines().in(timeouts.total());
        relay = new ResponseRelay(this, downstream.response());
        attempts = new Attempts(this, state, totalDeadline);
        downstream.onClientFailure(this::clientGone);
        // Attempts ask for it before they are sent.
        state.clientFailed(body.reset());
        selection = new Selection(pool.keyOf(request));
        if (sticky != null) {
            sticky.bind(pool.stickyTokens(), selection);
        }
        next(null, null);
    }

    /** Starts the next attempt, waits for room, or gives up with the answer that fits what happened so far, if any. */
    private void next(ErrorAnswer otherwise, Throwable cause) {
        Lease reserved = retries == null ? null : retries.takeReserved();
        Lease lease = reserved == null ? pool.pool().acquire(selection) : reserved;
        if (lease != null) {
            send(lease);
        } else if (retries == null
                || selection.refusal() == Refusal.FULL && pool.queue().isOpen()
                || !retries.pause(() -> resume(otherwise, cause))
                // The client left before the wait, when there was nothing to end: the queue refuses it.
                || state.clientFailure() != null && retries.interrupt()) {
            queue(otherwise, cause);
        }
    }

    private void queue(ErrorAnswer otherwise, Throwable cause) {
        place = pool.queue().place(selection, this, totalDeadline, otherwise, cause);
        place.take(state.clientFailure());
    }

    /** Goes on after a wait, during which the client may have left. */
    private void resume(ErrorAnswer otherwise, Throwable cause) {
        try {
            Throwable client = state.clientFailure();
            Lease lease = client == null ? retries.acquireAgain() : null;
            if (lease != null) {
                send(lease);
            } else {
                queue(otherwise, cause);
            }
        } catch (Throwable failure) {
            broken(failure);
        }
    }

    @Override
    public void served(Lease lease) {
        place = null;
        try {
            send(lease);
        } catch (Throwable failure) {
            broken(failure);
        }
    }

    @Override
    public void refused(ErrorAnswer answer, Throwable cause) {
        end(() -> answer.give(downstream, state, cause));
    }

    private void send(Lease lease) {
        if (retries != null) {
            retries.attemptBegins();
        }
        state.attemptBegins();
        try {
            request.setAttribute(LoadBalancer.UPSTREAM_ATTRIBUTE, pool.label(lease.upstream()));
            attempts.begin(lease);
        } catch (Throwable failure) {
            lease.complete(Outcome.CANCELLED, failure);
            throw failure;
        }
    }

    Attempts attempts() {
        return attempts;
    }

    /** Only for whoever owns the exchange. */
    Retries retries() {
        if (retries == null) {
            retries = new Retries(pool, selection, body, proxied.method(), totalDeadline);
        }
        return retries;
    }

    /** Neither side's fault but ours, or that of a strategy. */
    private void broken(Throwable failure) {
        LOG.warn("{} {}", request.getMethod(), request.getHttpURI().getPath(), failure);
        refused(ErrorAnswer.INTERNAL, failure);
        if (attempts != null) {
            attempts.cancel(failure);
        }
    }

    PoolProxy pool() {
        return pool;
    }

    TimeoutsConfig timeouts() {
        return timeouts;
    }

    /** What attempts send. */
    ProxiedRequest request() {
        return proxied;
    }

    void clientPaused() {
        attempts.current().waitForContent();
    }

    void clientResumed() {
        proxied.contentComes();
        attempts.current().contentCame();
    }

    /** The client broke its own request, or left. */
    void clientFailed(Throwable failure) {
        if (state.clientFailed(failure)) {
            conclude();
            return;
        }
        // Not before: whoever begins something now asks whether the client has failed.
        RequestQueue.Place waiting = place;
        if (waiting != null && waiting.leave() || retries != null && retries.interrupt()) {
            refused(Consequences.blame(failure), failure);
        } else {
            attempts.cancel(failure);
        }
    }

    /** Nothing can be written to the client any more, not even the head of an answer of our own. */
    void clientBroken(Throwable failure) {
        state.clientGone();
        clientFailed(failure);
    }

    /**
     * The client left while neither side was moving. When this returns, request and response belong to the container,
     * which may use their parts for the next request.
     */
    private void clientGone(Throwable failure) {
        state.clientGone();
        body.close();
        clientFailed(failure);
    }

    /** Whether an attempt that takes too long is given up, since there is another one, or a lease reserved for it. */
    boolean givesUp(Attempt late, Throwable cause) {
        return attempts.leaves(late) || retries().replaces(late.ending(cause).lateForTry());
    }

    void interim(Attempt by, int status, HttpFields fields) {
        // Nobody knows yet which of two will be the response's.
        if (!attempts.isRivalled(by)) {
            relay.interim(status, fields);
        }
    }

    /** The client shall send the content that it holds back; false if it cannot be told now. */
    boolean proceed(Runnable then) {
        return relay.proceed(then);
    }

    void answered(Attempt by, int status, HttpFields fields) {
        HttpFields own = pool.answered(by.lease(), fields);
        boolean bad = pool.retry().on().covers(status);
        Attempts.Head head = attempts.head(by, !bad);
        if (head == Attempts.Head.LATE) {
            return;
        }
        if (head == Attempts.Head.SPARE || bad && retries().replaces(status, fields)) {
            by.discard();
            return;
        }
        if (retries != null) {
            retries.end();
        }
        if (pool.hedging() != null) {
            request.setAttribute(LoadBalancer.UPSTREAM_ATTRIBUTE, pool.label(by.upstream()));
        }
        body.settle();
        HttpFields seen = rewriter == null ? own : rewriter.rewrite(by.upstream(), own);
        boolean binds = sticky != null && !selection.keepsBond();
        relay.via(pool.requestFields().via(by.version()));
        relay.head(by, status, seen, binds ? sticky.assigned(by.upstream(), fields) : null);
    }

    void content(Content.Source content) {
        relay.content(content);
    }

    /** The response cannot be read or passed on: ends the attempt, whose completion ends the exchange. */
    void relayFailed(Throwable failure) {
        attempts.cancel(failure);
    }

    /** Whether a write may begin; then the head is put together by now, and nothing ends before {@link #endWrite}. */
    boolean beginWrite(Runnable head) {
        if (!state.beginWrite(head)) {
            return false;
        }
        attempts.current().waitForWrite();
        return true;
    }

    /** A write is over: whether there may be another one. A head that was not sent is taken back. */
    boolean endWrite(boolean last, Throwable failure, Runnable takeBack) {
        Attempt attempt = attempts.current();
        attempt.writeOver();
        if (state.endWrite(last, failure, takeBack)) {
            conclude();
            return false;
        }
        if (failure != null) {
            attempt.cancel(failure);
        } else if (last && !attempt.sent()) {
            attempt.responseOver();
        }
        return !last && !state.isBroken();
    }

    /** Whether an interim response may be written; if so, nothing ends before {@link #endInterim}. */
    boolean beginInterim() {
        return state.beginInterim();
    }

    void endInterim() {
        if (state.endInterim()) {
            conclude();
        }
    }

    void attemptEnded(Attempt over, Throwable failure) {
        if (retries != null) {
            // Before another one may be the last.
            retries.attemptEnds(over.ending(failure));
        }
        if (!attempts.wasAlone(over)) {
            blame(over, over.ending(failure));
        } else if (state.attemptEnded(failure)) {
            conclude();
        }
    }

    /** Whatever goes wrong in it is answered. */
    private void conclude() {
        try {
            decide(attempts.current());
        } catch (Throwable failure) {
            broken(failure);
        }
    }

    private void decide(Attempt over) {
        relay.discard();
        Throwable client = state.clientFailure();
        Tunnel tunnel = over.tunnel();
        if (tunnel != null && !state.isWritten()) {
            tunnel.discard();
        }
        if (tunnel != null && state.isWritten()) {
            end(() -> tunnel.open(downstream));
        } else if (state.isWritten()) {
            over.lease().complete(over.outcome(), null);
            end(downstream::complete);
        } else if (client != null) {
            over.lease().complete(Outcome.CANCELLED, client);
            refused(Consequences.blame(client), client);
        } else if (state.isEnded()) {
            over.lease().complete(Outcome.CANCELLED, state.attemptFailure());
        } else {
            upstreamFailed(over, state.attemptFailure());
        }
    }

    private void upstreamFailed(Attempt over, Throwable failure) {
        Ending ending = over.ending(failure);
        blame(over, ending);
        ErrorAnswer answer = retries().answer(ending);
        if (retries().repeats(ending, over.upstream(), over.isGivenUp())) {
            next(answer, failure);
        } else {
            refused(answer, failure);
        }
    }

    /** Ends the lease of an attempt with what its end says about the upstream. */
    private void blame(Attempt over, Ending ending) {
        Throwable failure = ending.failure();
        boolean blameless = over.isExcused() || Consequences.isStale(ending) || state.clientFailure() != null;
        Outcome answered = over.isGivenUp() && ending.answered() ? over.outcome() : Consequences.verdict(ending);
        Outcome outcome = blameless ? Outcome.CANCELLED : answered;
        over.lease().complete(outcome, failure);
        if (outcome == Outcome.CONNECT_FAILED) {
            pool.connectFailed(over.upstream(), failure);
        }
        LOG.debug("{} {} attempt: {}", pool.label(over.upstream()), proxied.target(), outcome, failure);
    }

    private void end(Runnable how) {
        if (!state.end()) {
            return;
        }
        if (body != null) {
            body.close();
        }
        try {
            how.run();
        } finally {
            pool.leave();
            if (retries != null) {
                retries.end();
            }
        }
    }
}
