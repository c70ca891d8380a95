package io.jettylb.proxy;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.content.ByteBufferContentSource;

/**
 * One request sent to one upstream: how far it came, what it waits for and until when. It tells its exchange and decides
 * nothing.
 */
final class Attempt implements Transport.Events, CyclicTimeouts.Expirable {

    /**
     * For how long content that the client holds back until it is asked for waits for the upstream to ask; many never do.
     * RFC 9110, 10.1.1 wants it not to be for ever.
     */
    private static final Duration CONTINUE = Duration.ofSeconds(1);
    /** For how long a cancelled attempt may still be under way. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final Exchange exchange;
    private final Lease lease;
    private final String target;
    private final Deadlines deadlines;
    private final TimeoutsConfig timeouts;
    private final long totalDeadline;
    private final Upgrade upgrade;
    // The timer may look at an attempt before its first deadline is set; zero would be long over.
    private volatile long deadline = Deadlines.NEVER;
    private volatile boolean clientSilent;
    private volatile boolean clientTaking;
    private volatile Transport.Sending sending;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Throwable cancelled;
    private volatile boolean reused;
    private volatile boolean lost;
    private volatile boolean unsent;
    private volatile boolean begun;
    /** The head is sent, and the content waits for a 100. */
    private volatile boolean expecting;

    private volatile boolean sent;
    private volatile boolean answered;
    private volatile boolean timedOut;
    private volatile boolean excused;
    private volatile HttpVersion version = HttpVersion.HTTP_1_1;
    private volatile Tunnel tunnel;

    Attempt(Exchange exchange, Lease lease, String target, long totalDeadline) {
        this.exchange = exchange;
        this.lease = lease;
        this.target = target;
        this.deadlines = exchange.pool().deadlines();
        this.timeouts = exchange.timeouts();
        this.totalDeadline = totalDeadline;
        this.upgrade = exchange.upgrade();
    }

    void send(Transport transport) {
        deadlines.add(this);
        // The connector has its own for connects; this one, a little later, is for waiting in line for a connection.
        Duration connect = timeouts.connect();
        waitFor(connect.plus(connect.dividedBy(10)).plusMillis(50));
        Transport.Sending handle;
        try {
            handle = transport.send(this);
        } catch (Throwable failure) {
            deadlines.remove(this);
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

    /** What the client asks for, and how it is connected. */
    org.eclipse.jetty.server.Request clientRequest() {
        return exchange.request();
    }

    String method() {
        return exchange.method();
    }

    /** Path and query for the upstream, its base path included. */
    String target() {
        return target;
    }

    org.eclipse.jetty.client.Request.Content content() {
        return exchange.body().toSend();
    }

    /** The trailer fields of the request, asked for when its content has been sent; null if there cannot be any. */
    Supplier<HttpFields> trailers() {
        return exchange.body().trailers();
    }

    /** What else than HTTP the client wants to speak, or null. */
    Upgrade upgrade() {
        return upgrade;
    }

    /** What has become of the two connections, or null. */
    Tunnel tunnel() {
        return tunnel;
    }

    void writeFields(HttpField host, Consumer<HttpField> to) {
        if (upgrade == null) {
            exchange.writeFields(host, to);
        } else {
            exchange.writeFields(host, upgrade.others(to));
            upgrade.write(to);
        }
    }

    /** Ends the attempt; its completion follows. */
    void cancel(Throwable cause) {
        cancelled = cause;
        deadline = deadlines.in(GRACE);
        deadlines.schedule(this);
        Transport.Sending handle = sending;
        if (handle != null) {
            handle.cancel(cause);
        }
        if (tunnel != null) {
            tunnel.close(cause);
        }
    }

    /** Whether the upstream can have seen anything of the request. */
    boolean begun() {
        return begun && !unsent;
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

    /** Whether a response byte came that was worth reading. */
    boolean answered() {
        return answered;
    }

    /**
     * Who or what ended the attempt, as far as the upstream is concerned.
     *
     * @param failure what the transport reported
     * @return a verdict; never a success
     */
    Outcome verdict(Throwable failure) {
        if (timedOut) {
            return begun ? Outcome.TIMED_OUT : Outcome.CANCELLED;
        }
        if (!begun()) {
            return lost || unsent || Consequences.isOurs(failure) ? Outcome.CANCELLED : Outcome.CONNECT_FAILED;
        }
        // Whoever refuses the connection has not looked at what is in it; but part of the request may be gone.
        return TlsFailure.isRefusal(failure) && !answered && !reused ? Outcome.CONNECT_FAILED : Outcome.BROKEN;
    }

    /**
     * Whether it died with a connection that had served before: closed in the meantime, which says nothing bad. So does
     * an upstream that asks for another try.
     */
    boolean stale() {
        return unsent || reused && !answered && !timedOut;
    }

    /** Whether its failure says nothing about the upstream. */
    boolean isBlameless() {
        return stale() || excused;
    }

    @Override
    public void onSending(Transport.Sending handle, boolean reusedConnection) {
        // A response may be here before the call that has started all this returns.
        sending = handle;
        reused = reusedConnection;
        begun = true;
        expecting = exchange.expectsContinue();
        waitFor(timeouts.idle());
    }

    @Override
    public void onLost(boolean reusedConnection) {
        reused = reusedConnection;
        lost = true;
    }

    @Override
    public void onProgress() {
        if (expecting) {
            waitFor(CONTINUE);
        } else if (!answered) {
            waitFor(timeouts.idle());
        }
    }

    @Override
    public void onSent() {
        expecting = false;
        sent = true;
        lease.sent();
        if (!answered) {
            waitFor(timeouts.firstByte());
        }
    }

    @Override
    public void onInterim(int status, HttpFields fields) {
        if (status != HttpStatus.CONTINUE_100) {
            exchange.interim(status, fields);
        } else if (expecting) {
            waitFor(timeouts.idle());
            proceed();
        }
    }

    @Override
    public void onResponse(int status, HttpFields fields) {
        answered = true;
        if (expecting && status < HttpStatus.BAD_REQUEST_400) {
            // It will read the content without having asked for it; an error says that it will not.
            proceed();
        }
        lease.answering(status);
        waitFor(Duration.ZERO);
        exchange.answered(status, fields);
    }

    @Override
    public void onContent(Content.Source content) {
        if (cancelled == null) {
            exchange.content(content);
        }
    }

    @Override
    public void onUpgraded(HttpFields fields, EndPoint upstream) {
        tunnel = upgrade.tunnel(exchange.pool().tunnels(), upstream, lease, timeouts.tunnel());
        if (!over.get()) {
            onResponse(upgrade.status(), upgrade.answer(fields));
            onContent(new ByteBufferContentSource());
        }
    }

    @Override
    public void onComplete(Throwable failure) {
        if (over.compareAndSet(false, true)) {
            deadlines.remove(this);
            if (failure instanceof UpstreamResetException ended) {
                // It was no connection that was closed in the meantime.
                reused = false;
                unsent = ended.unsent() && !answered;
            }
            // What was cancelled may have come to its end in good order in the meantime; that is not how it ended.
            exchange.attemptEnded(failure == null ? cancelled : failure);
        } else if (tunnel != null) {
            tunnel.discard();
        }
    }

    /** Asks the client for the content that waits for a 100, and sends it; later if something is being written now. */
    private void proceed() {
        if (exchange.proceed(sending::proceed)) {
            expecting = false;
        } else {
            waitFor(CONTINUE);
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
        clientSilent = true;
        Transport.Sending handle = sending;
        if (handle != null) {
            handle.paused();
        }
    }

    /** The client has sent a part of the request. */
    void contentCame() {
        clientSilent = false;
        expecting = false;
        waitFor(timeouts.idle());
    }

    /** The client has to take a part of the response. */
    void waitForWrite() {
        clientTaking = true;
    }

    /** The client has taken it. What is expected of whom next is said then. */
    void writeOver() {
        if (cancelled == null) {
            deadline = totalDeadline;
        }
        clientTaking = false;
    }

    /**
     * The upstream has said all it will say, and the request is not known to be sent.
     *
     * @param read whether the client has: then only the news of it is late, else there is no use for the rest
     */
    void responseOver(boolean read) {
        if (read) {
            waitFor(GRACE);
        } else {
            cancel(new EarlyResponse());
        }
    }

    /** The upstream has to take or to give the next byte. */
    void waitForUpstream() {
        waitFor(timeouts.idle());
    }

    private void waitFor(Duration timeout) {
        if (cancelled == null) {
            deadline = inTime(timeout);
            deadlines.schedule(this);
        }
    }

    private long inTime(Duration timeout) {
        return Deadlines.earlier(deadlines.in(timeout), totalDeadline);
    }

    /** While the client is slow, in either direction, the upstream is not. */
    @Override
    public long getExpireNanoTime() {
        return cancelled == null && (clientSilent || clientTaking) ? totalDeadline : deadline;
    }

    void expired() {
        Throwable cause = cancelled;
        if (cause != null) {
            // An abort that meets the end of a request in the client library may be lost, and with it the completion.
            onComplete(cause);
            return;
        }
        if (expecting && (totalDeadline == Deadlines.NEVER || !deadlines.isOver(totalDeadline))) {
            waitFor(timeouts.idle());
            proceed();
            return;
        }
        timedOut = true;
        boolean total = totalDeadline != Deadlines.NEVER && deadlines.isOver(totalDeadline);
        // The whole may take too long because of the client, or because it is a stream without an end.
        excused = clientSilent || clientTaking || total && answered;
        cancel(new TimeoutException(
                answered ? "response stalled" : sent ? "no response" : begun ? "request stalled" : "no connection"));
    }
}
