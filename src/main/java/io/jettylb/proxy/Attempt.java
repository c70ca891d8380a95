package io.jettylb.proxy;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.content.ByteBufferContentSource;

/**
 * One request sent to one upstream: how far it came, what it waits for and until when. It tells its exchange and decides
 * nothing.
 */
final class Attempt implements Transport.Events {

    /**
     * For how long content that the client holds back until it is asked for waits for the upstream to ask; many never do.
     * RFC 9110, 10.1.1 wants it not to be for ever.
     */
    private static final Duration CONTINUE = Duration.ofSeconds(1);
    /** For how long the rest of a response is read that nobody wants. */
    private static final Duration DISCARD = Duration.ofMillis(100);

    private final Exchange exchange;
    private final Lease lease;
    private final OutgoingRequest request;
    private final TimeoutsConfig timeouts;
    private final Patience patience;
    private Transport.Sending prepared;
    /** Null as long as nothing can be done to it. */
    private volatile Transport.Sending sending;

    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Throwable cancelled;
    private volatile boolean reused;
    private volatile boolean lost;
    private volatile boolean refused;
    private volatile boolean begun;
    /** The head is sent, and the content waits for a 100. */
    private volatile boolean expecting;

    private volatile boolean sent;
    private volatile boolean answered;
    private volatile boolean timedOut;
    private volatile boolean excused;
    private volatile boolean discarded;
    /** Another attempt has got a response before. */
    private volatile boolean beaten;

    private volatile int status;
    private volatile HttpVersion version = HttpVersion.HTTP_1_1;
    private volatile Tunnel tunnel;

    /**
     * An attempt.
     *
     * @param hedging after which time there is a second one beside it; null: never
     * @param totalDeadline the end of the exchange, or {@link Deadlines#NEVER}
     */
    Attempt(Exchange exchange, Lease lease, OutgoingRequest request, HedgeDelay hedging, long totalDeadline) {
        this.exchange = exchange;
        this.lease = lease;
        this.request = request;
        this.timeouts = exchange.timeouts();
        this.patience = new Patience(
                this, exchange.pool().deadlines(), exchange.pool().perTryTimeout(), hedging, totalDeadline);
    }

    /** Puts together what it sends. */
    void prepare(Transport transport) {
        prepared = transport.prepare(this);
    }

    /** Sends it, unless it was cancelled before. */
    void send() {
        Throwable early = cancelled;
        if (early != null) {
            onComplete(early);
            return;
        }
        patience.begin();
        // The connector has its own for connects; this one, a little later, is for waiting in line for a connection.
        patience.expectHead();
        Duration connect = timeouts.connect();
        patience.waitFor(connect.plus(connect.dividedBy(10)).plusMillis(50));
        Transport.Sending handle = prepared;
        try {
            handle.start();
        } catch (Throwable failure) {
            patience.end();
            throw failure;
        }
        sending = handle;
        Throwable cause = cancelled;
        if (cause != null) {
            handle.cancel(cause);
        }
    }

    UpstreamConfig upstream() {
        return lease.upstream();
    }

    Lease lease() {
        return lease;
    }

    OutgoingRequest request() {
        return request;
    }

    /** What has become of the two connections, or null. */
    Tunnel tunnel() {
        return tunnel;
    }

    /** Ends the attempt; its completion follows. */
    void cancel(Throwable cause) {
        cancelled = cause;
        patience.grace();
        Transport.Sending handle = sending;
        if (handle != null) {
            handle.cancel(cause);
        }
        if (tunnel != null) {
            tunnel.close(cause);
        }
    }

    boolean sent() {
        return sent;
    }

    /** The version of the response's head. */
    HttpVersion version() {
        return version;
    }

    void version(HttpVersion received) {
        version = received;
    }

    /** How it ended, or would end just now. */
    Ending ending(Throwable failure) {
        Ending.Late late = patience.isGivenUp() ? Ending.Late.TRY : timedOut ? Ending.Late.POOL : Ending.Late.NO;
        return new Ending(begun && !refused, lost, refused, reused, answered, late, failure);
    }

    /** Whether its response is not wanted, since the next attempt is decided on. */
    boolean isGivenUp() {
        return discarded || patience.isGivenUp();
    }

    /** Its response is not wanted. What there is of it is read, so that the connection can serve others. */
    void discard() {
        discarded = true;
        if (request.isRead()) {
            patience.waitFor(DISCARD);
        } else {
            cancel(new EndedException("response not wanted"));
        }
    }

    /** Whether how it ended is not up to its upstream: the client was slow, or another attempt was quicker. */
    boolean isExcused() {
        return excused || beaten;
    }

    /** Another attempt has got a response before; it will be cancelled. */
    void beaten() {
        beaten = true;
        patience.observeHead();
    }

    /** What its response says about the upstream. */
    Outcome outcome() {
        return status >= HttpStatus.INTERNAL_SERVER_ERROR_500 ? Outcome.ERROR_RESPONSE : Outcome.SUCCESS;
    }

    @Override
    public void onSending(Transport.Sending handle, boolean reusedConnection) {
        // A response may be here before the call that has started all this returns.
        sending = handle;
        reused = reusedConnection;
        begun = true;
        if (request.hasContent()) {
            // How long that takes is also up to the client.
            patience.headMayWait();
        }
        expecting = exchange.request().expectsContinue();
        patience.waitFor(timeouts.idle());
    }

    @Override
    public void onLost(boolean reusedConnection) {
        reused = reusedConnection;
        lost = true;
    }

    @Override
    public void onProgress() {
        if (expecting) {
            patience.waitFor(CONTINUE);
        } else if (!answered) {
            patience.waitFor(timeouts.idle());
        }
    }

    @Override
    public void onSent() {
        expecting = false;
        sent = true;
        lease.sent();
        patience.upstreamsTurn();
        if (!answered) {
            if (request.hasContent()) {
                patience.expectHead();
            }
            patience.waitFor(timeouts.firstByte());
        }
    }

    @Override
    public void onInterim(int status, HttpFields fields) {
        if (status != HttpStatus.CONTINUE_100) {
            exchange.interim(this, status, fields);
        } else if (expecting) {
            patience.waitFor(timeouts.idle());
            proceed();
        }
    }

    @Override
    public void onResponse(int status, HttpFields fields) {
        this.status = status;
        answered = patience.takeHead();
        if (!answered) {
            return;
        }
        if (outcome() == Outcome.SUCCESS) {
            patience.observeHead();
        }
        if (expecting && status < HttpStatus.BAD_REQUEST_400) {
            // It will read the content without having asked for it; an error says that it will not.
            proceed();
        }
        lease.answering(status);
        patience.waitFor(Duration.ZERO);
        exchange.answered(this, status, fields);
    }

    @Override
    public void onContent(Content.Source content) {
        if (cancelled != null || beaten || !answered) {
            return;
        }
        if (discarded) {
            new Drain(this, content).run();
        } else {
            exchange.content(content);
        }
    }

    @Override
    public void onUpgraded(HttpFields fields, EndPoint upstream) {
        Upgrade upgrade = request.upgrade();
        tunnel = upgrade.tunnel(exchange.pool().tunnels(), upstream, lease, timeouts.tunnel());
        if (!over.get()) {
            onResponse(upgrade.status(), upgrade.answer(fields));
            onContent(new ByteBufferContentSource());
        }
    }

    @Override
    public void onComplete(Throwable failure) {
        if (over.compareAndSet(false, true)) {
            patience.end();
            request.close();
            if (failure instanceof UpstreamResetException ended) {
                // It was no connection that was closed in the meantime.
                reused = false;
                refused = ended.unsent() && !answered;
            }
            // What was cancelled may have come to its end in good order in the meantime; that is not how it ended.
            exchange.attemptEnded(this, failure == null ? reasonToEnd() : failure);
        } else if (tunnel != null) {
            tunnel.discard();
        }
    }

    private Throwable reasonToEnd() {
        boolean unwanted = discarded || patience.isGivenUp();
        return cancelled == null && unwanted ? new EndedException("response not wanted") : cancelled;
    }

    /** Asks the client for the content that waits for a 100, and sends it; later if something is being written now. */
    private void proceed() {
        if (exchange.proceed(sending::proceed)) {
            exchange.request().contentComes();
            expecting = false;
        } else {
            patience.waitFor(CONTINUE);
        }
    }

    /** The trailer fields of the response, known with its last chunk; null if there are none. */
    HttpFields responseTrailers() {
        return sending.trailers();
    }

    /** Whether the last chunk of the response was made up because the connection had ended. */
    boolean isCut() {
        return sending.isCut();
    }

    /** The client has to send the next part of the request. */
    void waitForContent() {
        patience.clientSilent(true);
        Transport.Sending handle = sending;
        if (handle != null) {
            handle.paused();
        }
    }

    /** The client has sent a part of the request. */
    void contentCame() {
        patience.clientSilent(false);
        expecting = false;
        patience.waitFor(timeouts.idle());
    }

    /** The client has to take a part of the response. */
    void waitForWrite() {
        patience.clientTakes();
    }

    /** The client has taken it. */
    void writeOver() {
        patience.clientTook();
    }

    /** The upstream has said all it will say, and the request is not known to be sent. */
    void responseOver() {
        if (request.isRead()) {
            // Only the news of it is late.
            patience.waitForNews();
        } else {
            cancel(new EndedException("response complete before request"));
        }
    }

    /** The upstream has to take or to give the next byte. */
    void waitForUpstream() {
        patience.waitFor(timeouts.idle());
    }

    void expired() {
        Throwable cause = cancelled;
        if (cause != null) {
            // An abort that meets the end of a request in the client library may be lost, and with it the completion.
            onComplete(cause);
            return;
        }
        if (discarded) {
            cancel(new EndedException("response not wanted"));
            return;
        }
        if (patience.isToBeHedged()) {
            exchange.attempts().hedge(this, patience);
            if (patience.isEarly()) {
                return;
            }
        }
        TimeoutException late = new TimeoutException(
                answered ? "response stalled" : sent ? "no response" : begun ? "request stalled" : "no connection");
        if (patience.giveUp(() -> exchange.givesUp(this, late))) {
            cancel(late);
            return;
        }
        if (patience.waitLonger()) {
            return;
        }
        if (expecting && !patience.isAllOver()) {
            patience.waitFor(timeouts.idle());
            proceed();
            return;
        }
        timedOut = true;
        // The whole may take too long because of the client, or because it is a stream without an end.
        excused = patience.isUpToClient() || patience.isAllOver() && answered || patience.wasShort(timeouts.total());
        cancel(late);
    }
}
