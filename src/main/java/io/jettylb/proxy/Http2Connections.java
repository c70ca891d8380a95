package io.jettylb.proxy;

import static org.eclipse.jetty.util.ConcurrentPool.StrategyType.FIRST;

import io.jettylb.config.PoolConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.ConnectionPool;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.ConcurrentPool;
import org.eclipse.jetty.util.Jetty;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * The HTTP/2 connections of a pool: how many requests share one, and when one is idle. With {@link EarlyEnds}
 * the only class that needs the libraries of HTTP/2.
 */
final class Http2Connections extends HttpClientTransportOverHTTP2 implements SharedConnection.Registry {

    /**
     * Bytes of content that an upstream may send ahead of a client, and so what a slow client costs in memory. A quarter
     * of a megabyte is 2 Gbit/s at one millisecond.
     */
    private static final int STREAM_WINDOW = 256 * 1024;

    /** An upstream that never closes what it wanted to close shall not cost a connection for ever. */
    private static final long LEFT_IDLE_MILLIS = Duration.ofHours(1).toMillis();

    private static final boolean LOSES_EARLY_RESPONSES = Jetty.VERSION.startsWith("12.0.");

    private final int max;
    private final int streams;
    private final long connectMillis;
    private final long idleMillis;
    private final Map<Connection, Shared> shared = new ConcurrentHashMap<>();

    private Http2Connections(HTTP2Client http2, PoolConfig config) {
        super(http2);
        this.max = config.connections().max();
        this.streams = config.connections().streams();
        this.connectMillis = config.timeouts().connect().toMillis();
        this.idleMillis = config.connections().idle().toMillis();
        setConnectionPoolFactory(Connections::new);
    }

    /** A transport with its own HTTP/2 client; the HTTP client gives it everything else. */
    static Http2Connections over(ClientConnector connector, PoolConfig config) {
        HTTP2Client http2 = new HTTP2Client(connector);
        int streams = config.connections().streams();
        http2.setInitialStreamRecvWindow(STREAM_WINDOW);
        // Clients that do not read must not use up the window of those that do.
        http2.setInitialSessionRecvWindow((int) Math.min(Integer.MAX_VALUE, (long) STREAM_WINDOW * streams));
        http2.setMaxLocalStreams(streams);
        http2.setMaxConcurrentPushedStreams(0);
        return new Http2Connections(http2, config);
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(EndPoint endPoint, Map<String, Object> context)
            throws IOException {
        org.eclipse.jetty.io.Connection connection = super.newConnection(endPoint, context);
        // An upstream that accepts and then says nothing has not been connected to.
        endPoint.setIdleTimeout(connectMillis);
        return connection;
    }

    @Override
    protected Connection newConnection(Destination destination, Session session, HTTP2Connection connection) {
        return LOSES_EARLY_RESPONSES
                ? new EarlyEnds(destination, session, connection)
                : super.newConnection(destination, session, connection);
    }

    @Override
    public SharedConnection of(Connection connection) {
        return shared.get(connection);
    }

    /** By how many requests a connection may be shared: what both sides allow. */
    private static ToIntFunction<Connection> sharing(int streams) {
        return connection -> {
            int theirs = ((ConnectionPool.MaxMultiplexable) connection).getMaxMultiplex();
            return theirs < 0 ? streams : Math.min(theirs, streams);
        };
    }

    /** The connections to one upstream. */
    private final class Connections extends MultiplexConnectionPool {

        Connections(Destination destination) {
            // As long as an upstream has not said how many requests may share a connection, it is assumed to be many:
            // otherwise each request of a first burst would open one.
            super(destination, () -> new ConcurrentPool<>(FIRST, max, sharing(streams)), streams);
        }

        @Override
        protected void onCreated(Connection connection) {
            HTTP2Session session = (HTTP2Session) ((HttpConnectionOverHTTP2) connection).getSession();
            shared.put(connection, new Shared(session));
            super.onCreated(connection);
        }

        @Override
        public Connection acquire(boolean create) {
            Connection connection = super.acquire(create);
            Shared usage = connection == null ? null : shared.get(connection);
            if (usage != null) {
                usage.begin();
            }
            return connection;
        }

        @Override
        public boolean release(Connection connection) {
            Shared usage = shared.get(connection);
            if (usage != null) {
                usage.end();
            }
            return super.release(connection);
        }

        @Override
        protected void onRemoved(Connection connection) {
            Shared usage = shared.remove(connection);
            if (usage != null) {
                usage.leave();
            }
            super.onRemoved(connection);
        }
    }

    /** One connection. */
    private final class Shared implements SharedConnection {

        private final HTTP2Session session;
        private final AutoLock lock = new AutoLock();
        private int inUse;
        private volatile boolean served;

        Shared(HTTP2Session session) {
            this.session = session;
            session.getEndPoint().setIdleTimeout(idleMillis);
        }

        /** A connection in use is never idle: quiet streams have the deadlines of their attempts. */
        void begin() {
            try (AutoLock ignored = lock.lock()) {
                if (inUse++ == 0) {
                    session.getEndPoint().setIdleTimeout(0);
                }
            }
        }

        void end() {
            served = true;
            try (AutoLock ignored = lock.lock()) {
                if (--inUse == 0) {
                    session.getEndPoint().setIdleTimeout(idleMillis);
                }
            }
        }

        /** It gets no more requests, as the upstream wants to close it; those that it has may end. */
        void leave() {
            try (AutoLock ignored = lock.lock()) {
                session.getEndPoint().setIdleTimeout(inUse == 0 ? idleMillis : LEFT_IDLE_MILLIS);
            }
        }

        @Override
        public boolean servedBefore() {
            return served;
        }

        @Override
        public int headLimit() {
            return session.getGenerator().getHpackEncoder().getMaxHeaderListSize();
        }
    }
}
