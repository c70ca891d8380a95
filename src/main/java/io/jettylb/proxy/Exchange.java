package io.jettylb.proxy;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Selection;
import io.jettylb.route.Route;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client request with all its attempts. Attempts follow each other, so there is one owner at any time: either an
 * attempt is under way, and its completion decides what comes next, or the exchange is being ended, which happens once.
 */
final class Exchange implements RequestQueue.Guest {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final HttpField EXPECT =
            new PreEncodedHttpField(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());

    private final PoolProxy pool;
    private final Route route;
    private final Downstream downstream;
    private final Request request;
    private final StickySession sticky;
    private final ExchangeState state;
    private final TimeoutsConfig timeouts;
    private Selection selection;
    private RequestBody body;
    private ResponseRewriter rewriter;
    private boolean expectsContinue;
    private String target;
    private long totalDeadline;
    private int attempts;
    private volatile Attempt attempt;
    private volatile RequestQueue.Place place;
    private ResponseRelay relay;
    private int status;

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
        target = route.target(
                request.getHttpURI().getPath(), request.getHttpURI().getQuery());
        if (target == null) {
            refused(ErrorAnswer.BAD_TARGET, null);
            return;
        }
        rewriter = ResponseRewriter.of(pool, route, request);
        body = new RequestBody(this, request);
        // An HTTP/1.0 client knows no 100 (RFC 9110, 10.1.1).
        expectsContinue = !body.isEmpty()
                && request.getHeaders().contains(HttpHeader.EXPECT, EXPECT.getValue())
                && request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_0;
        totalDeadline = pool.deadlines().in(timeouts.total());
        relay = new ResponseRelay(this, downstream.response());
        downstream.onClientFailure(this::clientGone);
        selection = new Selection(pool.keyOf(request));
        if (sticky != null) {
            sticky.bind(pool.stickyTokens(), selection);
        }
        next(null, null);
    }

    /** Starts the next attempt, waits for room, or gives up with the answer that fits what happened so far, if any. */
    private void next(ErrorAnswer otherwise, Throwable cause) {
        Lease lease = attempts < pool.maxAttempts() ? pool.pool().acquire(selection) : null;
        if (lease != null) {
            send(lease);
        } else if (attempts >= pool.maxAttempts()) {
            refused(otherwise, cause);
        } else {
            place = pool.queue().place(selection, this, totalDeadline, otherwise, cause);
            place.take(state.clientFailure());
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
        end(() -> answer(answer, cause));
    }

    private void send(Lease lease) {
        attempts++;
        state.attemptBegins();
        try {
            request.setAttribute(LoadBalancer.UPSTREAM_ATTRIBUTE, pool.label(lease.upstream()));
            Attempt following = new Attempt(this, lease, pool.basePath(lease.upstream()) + target, totalDeadline);
            attempt = following;
            Throwable client = state.clientFailure();
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
        refused(ErrorAnswer.INTERNAL, failure);
        Attempt current = attempt;
        if (current != null) {
            current.cancel(failure);
        }
    }

    PoolProxy pool() {
        return pool;
    }

    TimeoutsConfig timeouts() {
        return timeouts;
    }

    Request request() {
        return request;
    }

    String method() {
        return Upgrade.method(request);
    }

    RequestBody body() {
        return body;
    }

    /** Whether the client holds its content back until the upstream wants it. */
    boolean expectsContinue() {
        return expectsContinue;
    }

    void writeFields(HttpField host, Consumer<HttpField> to) {
        pool.requestFields().write(request, host, to);
        if (expectsContinue) {
            to.accept(EXPECT);
        }
    }

    Upgrade upgrade() {
        return pool.transport().canUpgrade() ? Upgrade.asked(request, pool.random()) : null;
    }

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
        Attempt current = attempt;
        RequestQueue.Place waiting = place;
        if (state.clientFailed(failure)) {
            conclude();
        } else if (waiting != null && waiting.leave()) {
            refused(Consequences.blame(failure), failure);
        } else if (current != null) {
            current.cancel(failure);
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

    // The upstream's side.

    void interim(int status, HttpFields fields) {
        relay.interim(status, fields);
    }

    /** The client shall send the content that it holds back; false if it cannot be told now. */
    boolean proceed(Runnable then) {
        return relay.proceed(then);
    }

    void answered(int status, HttpFields fields) {
        this.status = status;
        HttpFields own = pool.answered(attempt.lease(), fields);
        HttpFields seen = rewriter == null ? own : rewriter.rewrite(attempt.upstream(), own);
        boolean binds = sticky != null && !selection.keepsBond();
        relay.via(pool.requestFields().via(attempt.version()));
        relay.head(attempt, status, seen, binds ? sticky.assigned(attempt.upstream(), fields) : null);
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

    /**
     * Whether a write may begin; if so, nothing ends before {@link #endWrite}.
     *
     * @param head puts the head together if that has not been done
     */
    boolean beginWrite(Runnable head) {
        if (!state.beginWrite(head)) {
            return false;
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
        if (state.endWrite(last, failure, takeBack)) {
            conclude();
            return false;
        }
        if (failure != null) {
            attempt.cancel(failure);
        } else if (last && !attempt.sent()) {
            attempt.responseOver(body.isRead());
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

    void attemptEnded(Throwable failure) {
        if (state.attemptEnded(failure)) {
            conclude();
        }
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
        Throwable client = state.clientFailure();
        Tunnel tunnel = over.tunnel();
        if (tunnel != null && !state.isWritten()) {
            tunnel.discard();
        }
        if (tunnel != null && state.isWritten()) {
            end(() -> tunnel.open(downstream));
        } else if (state.isWritten()) {
            over.lease().complete(status >= 500 ? Outcome.ERROR_RESPONSE : Outcome.SUCCESS, null);
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
        Outcome outcome = over.verdict(failure);
        over.lease().complete(over.isBlameless() ? Outcome.CANCELLED : outcome, failure);
        if (outcome == Outcome.CONNECT_FAILED) {
            pool.connectFailed(over.upstream(), failure);
        }
        if (LOG.isDebugEnabled()) {
            LOG.debug("{} {} attempt {}: {}", pool.label(over.upstream()), target, attempts, outcome, failure);
        }
        ErrorAnswer answer = Consequences.answer(over, outcome, failure);
        if (over.stale()) {
            selection.forgive(attempts + 1 < pool.maxAttempts());
        }
        boolean late = totalDeadline != Deadlines.NEVER && pool.deadlines().isOver(totalDeadline);
        if (!late && Consequences.isRepeatable(over, outcome, body)) {
            next(answer, failure);
        } else {
            refused(answer, failure);
        }
    }

    /** Answers, unless it is too late for that. */
    private void answer(ErrorAnswer answer, Throwable cause) {
        if (cause != null) {
            request.setAttribute(LoadBalancer.FAILURE_ATTRIBUTE, cause.toString());
        }
        if (!state.answer(answer)) {
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
        }
    }
}
