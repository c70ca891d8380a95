package io.jettylb.proxy;

import static org.eclipse.jetty.util.ConcurrentPool.StrategyType.FIRST;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.ConnectionPool;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.eclipse.jetty.client.Origin;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.CyclicTimeout;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.ConcurrentPool;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * The HTTP/2 connections of a pool: how many requests share one, and when one is idle; and those of HTTP/1.1, where an
 * upstream may choose. With {@link Http2Sessions} and {@link EarlyEnds} the only class that needs the libraries of HTTP/2.
 */
final class Http2Connections extends HttpClientTransportOverHTTP implements SharedConnection.Registry {

    private static final String HTTP_2 = "h2";
    private static final String HTTP_1 = "http/1.1";

    private static final Origin.Protocol CLEAR = new Origin.Protocol(List.of("h2c"), false);
    private static final Origin.Protocol SECURE = new Origin.Protocol(List.of(HTTP_2), false);
    private static final Origin.Protocol EITHER = new Origin.Protocol(List.of(HTTP_2, HTTP_1), true);

    /**
     * Bytes of content that an upstream may send ahead of a client, and so what a slow client costs in memory. A quarter
     * of a megabyte is 2 Gbit/s at one millisecond.
     */
    private static final int STREAM_WINDOW = 256 * 1024;

    /** An upstream that never closes what it wanted to close shall not cost a connection for ever. */
    private static final long LEFT_IDLE_MILLIS = Duration.ofHours(1).toMillis();

    private final ClientConnectionFactory http2;
    private final Protocol protocol;
    private final Executor executor;
    private final Duration handshakeTimeout;
    private final int max;
    private final int connecting;
    private final int streams;
    private final long idleMillis;
    private final Map<Connection, Shared> shared = new ConcurrentHashMap<>();

    private Http2Connections(HTTP2Client http2, PoolConfig config, Executor executor, Duration handshakeTimeout) {
        super(http2.getClientConnector());
        ClientConnectionFactory factory = new Http2Sessions(http2);
        installBean(factory);
        this.http2 = factory;
        this.protocol = config.protocol();
        this.executor = executor;
        this.handshakeTimeout = handshakeTimeout;
        this.max = config.connections().max();
        this.connecting = config.connections().connecting();
        this.streams = config.connections().streams();
        this.idleMillis = config.connections().idle().toMillis();
        setConnectionPoolFactory(Connections::new);
    }

    /**
     * A transport with its own HTTP/2 client; the HTTP client gives it everything else.
     *
     * @param connector makes the connections; not started
     * @param config the pool
     * @param executor whose threads drive handshakes
     * @param handshakeTimeout for how long an upstream may be silent before a connection can be used
     */
    static Http2Connections over(
            ClientConnector connector, PoolConfig config, Executor executor, Duration handshakeTimeout) {
        HTTP2Client http2 = new HTTP2Client(connector);
        int streams = config.connections().streams();
        http2.setInitialStreamRecvWindow(STREAM_WINDOW);
        // Clients that do not read must not use up the window of those that do.
        http2.setInitialSessionRecvWindow((int) Math.min(Integer.MAX_VALUE, (long) STREAM_WINDOW * streams));
        http2.setMaxLocalStreams(streams);
        http2.setMaxConcurrentPushedStreams(0);
        return new Http2Connections(http2, config, executor, handshakeTimeout);
    }

    @Override
    public Origin newOrigin(Request request) {
        return getHttpClient()
                .createOrigin(
                        request,
                        switch (protocol) {
                            case H2C -> CLEAR;
                            case H2 -> SECURE;
                            default -> HttpScheme.HTTPS.is(request.getScheme()) && !upgrades(request) ? EITHER : HTTP11;
                        });
    }

    private static boolean upgrades(Request request) {
        return request instanceof UpstreamRequest ours && ours.upgrades();
    }

    /** What an upstream may speak on a connection, the best first. */
    private static List<String> offered(Map<String, Object> context) {
        // Jetty 12.1 has another name for it.
        Object destination = context.get(Destination.class.getName());
        if (destination == null) {
            destination = context.get(HTTP_DESTINATION_CONTEXT_KEY);
        }
        return ((HttpDestination) destination).getOrigin().getProtocol().getProtocols();
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(EndPoint endPoint, Map<String, Object> context)
            throws IOException {
        return TlsHandshake.before(executor, handshakeTimeout, offered(context), this::agreedConnection)
                .newConnection(endPoint, context);
    }

    private org.eclipse.jetty.io.Connection agreedConnection(EndPoint endPoint, Map<String, Object> context)
            throws IOException {
        List<String> offered = offered(context);
        boolean secure = endPoint instanceof SslConnection.SslEndPoint;
        // Without TLS there is only one.
        String agreed = secure ? TlsHandshake.agreed((SslConnection.SslEndPoint) endPoint) : offered.get(0);
        if (agreed.equals(HTTP_1) || agreed.isEmpty() && offered.contains(HTTP_1)) {
            return super.newConnection(endPoint, context);
        }
        if (agreed.isEmpty()) {
            throw new SSLHandshakeException("the upstream does not speak HTTP/2 (no ALPN; see protocol)");
        }
        org.eclipse.jetty.io.Connection connection = http2.newConnection(endPoint, context);
        // An upstream that accepts and then says nothing has not been connected to.
        endPoint.setIdleTimeout(handshakeTimeout.toMillis());
        return connection;
    }

    @Override
    public SharedConnection of(Connection connection) {
        return shared.get(connection);
    }

    /** By how many requests a connection may be shared: what both sides allow. */
    private static ToIntFunction<Connection> sharing(int streams) {
        return connection -> {
            if (!(connection instanceof ConnectionPool.MaxMultiplexable shareable)) {
                return 1;
            }
            int theirs = shareable.getMaxMultiplex();
            return theirs < 0 ? streams : Math.min(theirs, streams);
        };
    }

    /** The connections to one upstream. */
    private final class Connections extends MultiplexConnectionPool {

        private final AtomicInteger removals = new AtomicInteger();

        Connections(Destination destination) {
            // As long as an upstream has not said how many requests may share a connection, it is assumed to be many:
            // otherwise each request of a first burst would open one.
            super(
                    destination,
                    () -> new ConcurrentPool<>(FIRST, max, sharing(streams)),
                    HTTP11.equals(destination.getOrigin().getProtocol()) ? 1 : streams);
        }

        @Override
        protected void onCreated(Connection connection) {
            if (connection instanceof HttpConnectionOverHTTP2 multiplexed) {
                shared.put(connection, new Shared(connection, (HTTP2Session) multiplexed.getSession()));
            }
            // What the upstream has chosen now it will probably choose again.
            setInitialMaxMultiplex(connection instanceof HttpConnectionOverHTTP2 ? streams : 1);
            super.onCreated(connection);
        }

        /** As {@link PatientConnections}. */
        @Override
        protected void tryCreate(boolean create) {
            if (getPendingConnectionCount() < connecting) {
                super.tryCreate(create);
            }
        }

        @Override
        public Connection acquire(boolean create) {
            while (true) {
                int before = removals.get();
                Connection connection = super.acquire(create);
                Shared usage = connection == null ? null : shared.get(connection);
                if (usage != null && !usage.begin()) {
                    remove(connection);
                } else if (connection != null || removals.get() == before) {
                    return connection;
                }
                // What was removed meanwhile has made room, perhaps after Jetty had looked for it.
            }
        }

        @Override
        public boolean release(Connection connection) {
            Shared usage = shared.get(connection);
            boolean used = usage != null && usage.end();
            boolean kept = super.release(connection);
            if (!kept) {
                // A request that found it closed waits again, and Jetty does not look at those who wait when the last
                // one lets go of a connection that it could not use.
                proceed();
            }
            // Each GOAWAY makes the pool take one request for ended. Jetty 12.1 closes the connection one too early
            // then, and fails those that it still has.
            return kept || used;
        }

        @Override
        protected void onRemoved(Connection connection) {
            removals.incrementAndGet();
            // Null for one that is still being made when the pool is stopped.
            Shared usage = connection == null ? null : shared.remove(connection);
            if (usage != null) {
                usage.leave();
            }
            super.onRemoved(connection);
        }
    }

    /** One connection. */
    private final class Shared implements SharedConnection, HTTP2Session.FrameListener {

        private final Connection connection;
        private final HTTP2Session session;
        private final CyclicTimeout unused;
        private final AutoLock lock = new AutoLock();
        private int inUse;
        private boolean ending;
        private volatile boolean served;
        private final AtomicInteger refusals = new AtomicInteger();
        private final AtomicInteger resets = new AtomicInteger();

        Shared(Connection connection, HTTP2Session session) {
            this.connection = connection;
            this.session = session;
            // Jetty's own idle time would end a connection that requests can still get, and fail to use.
            session.getEndPoint().setIdleTimeout(0);
            unused = new CyclicTimeout(getHttpClient().getScheduler()) {
                @Override
                public void onTimeoutExpired() {
                    endUnused();
                }
            };
            unused.schedule(idleMillis, TimeUnit.MILLISECONDS);
            session.addEventListener(this);
        }

        /** Before anybody else learns of the frame. */
        @Override
        public void onIncomingFrame(Session session, Frame frame) {
            if (frame instanceof ResetFrame reset) {
                boolean refused = reset.getError() == ErrorCode.REFUSED_STREAM_ERROR.code;
                (refused ? refusals : resets).incrementAndGet();
            }
        }

        /** A connection in use is never idle: quiet streams have the deadlines of their attempts. False if it ends. */
        boolean begin() {
            if (session.isClosed()) {
                // Jetty takes it from the pool only after it has begun to fail what is sent there.
                return false;
            }
            try (AutoLock ignored = lock.lock()) {
                if (ending) {
                    return false;
                }
                inUse++;
                return true;
            }
        }

        /** One request less; true if it has others. */
        boolean end() {
            served = true;
            try (AutoLock ignored = lock.lock()) {
                if (--inUse == 0 && !ending) {
                    unused.schedule(idleMillis, TimeUnit.MILLISECONDS);
                }
                return inUse > 0;
            }
        }

        private void endUnused() {
            try (AutoLock ignored = lock.lock()) {
                if (inUse > 0 || ending) {
                    return;
                }
                ending = true;
            }
            connection.close();
            // Of Jetty, from now on: an upstream that takes no bytes shall not keep the socket open. Not before: Jetty
            // looks at once whether it has been idle for so long.
            session.getEndPoint().setIdleTimeout(idleMillis);
        }

        /** It gets no more requests, as the upstream wants to close it; those that it has may end. */
        void leave() {
            boolean used;
            try (AutoLock ignored = lock.lock()) {
                ending = true;
                used = inUse > 0;
            }
            unused.destroy();
            session.getEndPoint().setIdleTimeout(used ? LEFT_IDLE_MILLIS : idleMillis);
        }

        @Override
        public boolean servedBefore() {
            return served;
        }

        @Override
        public int refusals() {
            return refusals.get();
        }

        @Override
        public int resets() {
            return resets.get();
        }

        @Override
        public int headLimit() {
            return session.getGenerator().getHpackEncoder().getMaxHeaderListSize();
        }
    }
}
