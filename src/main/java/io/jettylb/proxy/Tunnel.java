package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection and an upstream's after both have switched protocols: what the one sends, the other gets, byte
 * for byte. The attempt's lease lasts as long. Thread-safe; nothing in it blocks.
 */
final class Tunnel {

    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    private final Tunnels tunnels;
    private final Request request;
    private final Lease lease;
    private final Duration idle;
    private final TunnelEnd client;
    private final TunnelEnd upstream;
    private final AtomicInteger toOpen = new AtomicInteger(2);
    private final AtomicInteger toEnd = new AtomicInteger(2);
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Prepares a tunnel; {@link #open} or {@link #discard} follows.
     *
     * @param request the client's request, whose response will be a 101
     * @param upstream the connection on which the upstream's 101 came
     * @param lease ended with the tunnel, if that is opened
     * @param idle after how long without a byte in either direction it is closed; zero: never
     */
    Tunnel(Tunnels tunnels, Request request, EndPoint upstream, Lease lease, Duration idle) {
        this.tunnels = tunnels;
        this.request = request;
        this.lease = lease;
        this.idle = idle;
        this.client = new TunnelEnd(this, request.getTunnelSupport().getEndPoint());
        this.upstream = new TunnelEnd(this, upstream);
        // The server puts this in place of its own connection when request and response are over.
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, client);
        request.addHttpStreamWrapper(Ending::new);
        request.addFailureListener(this::close);
    }

    Tunnels tunnels() {
        return tunnels;
    }

    Duration idle() {
        return idle;
    }

    UpstreamConfig upstream() {
        return lease.upstream();
    }

    /** The client has got its 101: completes its request, upon which the container opens its end. */
    void open(Downstream downstream) {
        tunnels.add(this);
        if (closed.get()) {
            tunnels.remove(this);
        }
        if (upstream.getEndPoint() instanceof UpstreamEndPoint plain) {
            plain.failLoudly();
        }
        upstream.getEndPoint().upgrade(upstream);
        downstream.complete();
    }

    /** It will not be opened: the client gets another response, or none. */
    void discard() {
        request.removeAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE);
        closed.set(true);
        close(upstream.getEndPoint(), true);
    }

    /** The end of the request, with which the container opens the client's end; but not if the client has left. */
    private final class Ending extends HttpStream.Wrapper {
        Ending(HttpStream stream) {
            super(stream);
        }

        @Override
        public void succeeded() {
            super.succeeded();
            if (!client.isOpened()) {
                close(new EofException("the client left"));
            }
        }

        @Override
        public void failed(Throwable failure) {
            super.failed(failure);
            close(failure);
        }
    }

    /** One end is ready; with the second one bytes begin to flow. */
    void endOpened() {
        if (closed.get() || !upstream.getEndPoint().isOpen()) {
            // While the other one was being opened.
            client.getEndPoint().close();
            upstream.getEndPoint().close();
        } else if (toOpen.decrementAndGet() == 0) {
            new TunnelFlow(this, client, upstream).iterate();
            new TunnelFlow(this, upstream, client).iterate();
        }
    }

    /** One side has said all it will say, and the other one knows. */
    void flowEnded() {
        if (toEnd.decrementAndGet() == 0) {
            close(null);
        }
    }

    /**
     * Ends the tunnel. Does nothing if it has ended.
     *
     * @param failure why it cannot go on, which both sides see as a reset; null: an end in good order
     */
    void close(Throwable failure) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        tunnels.remove(this);
        if (failure != null) {
            LOG.debug("tunnel to {} broken", lease.upstream().id(), failure);
        }
        if (client.getEndPoint().getConnection() == null) {
            // A stream of HTTP/2 has none before it is opened, and cannot be closed without.
            client.getEndPoint().setConnection(client);
        }
        close(client.getEndPoint(), failure != null);
        close(upstream.getEndPoint(), failure != null);
        // What comes after the 101 is not HTTP, and nobody here knows what a failure of it is.
        lease.complete(Outcome.SUCCESS, null);
    }

    private static void close(EndPoint end, boolean reset) {
        EndPoint outermost = end;
        while (reset && outermost.getTransport() instanceof EndPoint beneath) {
            // Beneath TLS, which would say that this is a regular end.
            outermost = beneath;
        }
        if (reset && outermost.getTransport() instanceof SocketChannel channel && channel.isOpen()) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException gone) {
                LOG.debug("closed already", gone);
            }
        }
        outermost.close();
    }
}
