package io.jettylb.proxy;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.ProxyProtocol;
import io.jettylb.config.TlsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Pool;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.ContainerLifeCycle;

/**
 * The connections of a pool to its upstreams, made as one configuration wants them. When another one wants them
 * otherwise, these live on until nobody uses them any more. Thread-safe.
 */
final class PoolTransport extends ContainerLifeCycle {

    /** In place of the number of users, when nobody may come any more; far enough from zero for all who try. */
    private static final int CLOSED = Integer.MIN_VALUE / 2;

    private final Server server;
    private final Kind kind;
    private final UpstreamTls tls;
    private final HttpClientTransport client;
    private final AtomicInteger users = new AtomicInteger();
    private volatile Runnable unused;
    private volatile Tunnels tunnels;

    /**
     * What connections are made for: with the same they can be shared.
     *
     * @param protocol what is spoken
     * @param connect how long a connect may take
     * @param connections how many, and for how long
     * @param tls the keys
     * @param host whose name certificates are verified for, if it is decided here
     * @param proxyProtocol how they begin
     */
    private record Kind(
            Protocol protocol,
            Duration connect,
            ConnectionsConfig connections,
            TlsConfig tls,
            HostPolicy host,
            ProxyProtocol proxyProtocol) {

        static Kind of(PoolConfig config) {
            return new Kind(
                    config.protocol(),
                    config.timeouts().connect(),
                    config.connections(),
                    config.tls(),
                    config.tls() == null ? null : config.host(),
                    config.proxyProtocol());
        }
    }

    PoolTransport(PoolConfig config, Server server, LongSupplier nanoClock) {
        this.server = server;
        this.kind = Kind.of(config);
        this.tls = config.tls() == null ? null : new UpstreamTls(config, server, nanoClock);
        addBean(tls);
        this.client = new HttpClientTransport(config, server, tls);
        addBean(client);
        this.tunnels = new Tunnels(server, this::endIfUnused);
    }

    /** Whether a configuration wants these connections, too. */
    boolean suits(PoolConfig config) {
        return kind.equals(Kind.of(config));
    }

    @Override
    protected void doStart() throws Exception {
        // Those of an earlier start are closed for good.
        tunnels = new Tunnels(server, this::endIfUnused);
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        tunnels.close();
        super.doStop();
    }

    /** Null if the pool has none. */
    UpstreamTls tls() {
        return tls;
    }

    HttpClientTransport client() {
        return client;
    }

    Tunnels tunnels() {
        return tunnels;
    }

    /**
     * Begins to use them.
     *
     * @return false if it is too late: there are others by now. Who gets true must {@link #leave}
     */
    boolean enter() {
        if (users.incrementAndGet() > 0) {
            return true;
        }
        users.decrementAndGet();
        return false;
    }

    void leave() {
        if (users.decrementAndGet() == 0) {
            endIfUnused();
        }
    }

    /** How many exchanges are using them. */
    int users() {
        return Math.max(0, users.get());
    }

    /**
     * Lets nobody but the present users have them.
     *
     * @param last called when these have left; once
     */
    void retire(Runnable last) {
        unused = last;
        endIfUnused();
    }

    private void endIfUnused() {
        Runnable last = unused;
        if (last != null && tunnels.isEmpty() && users.compareAndSet(0, CLOSED)) {
            last.run();
        }
    }

    /** Closes what belongs to upstreams that have had their time, and what has no end of its own at these. */
    void settle(Pool pool) {
        tunnels.close(pool.drains()::isOver);
        Set<UpstreamConfig> left = Collections.newSetFromMap(new IdentityHashMap<>());
        left.addAll(pool.upstreams());
        client.retain(left);
    }
}
