package io.jettylb.proxy;

import io.jettylb.balance.LoadReport;
import io.jettylb.balance.LoadSource;
import io.jettylb.balance.Picker;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Pool;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.ContainerLifeCycle;

/** A pool with everything that an exchange over it needs: its transport, its deadlines, its policies. */
final class PoolProxy extends ContainerLifeCycle {

    private final PoolConfig config;
    private final Pool pool;
    private final Server server;
    private final LongSupplier nanoClock;
    private final Supplier<RandomGenerator> random;
    private final StickyTokens stickyTokens;
    private final RequestFields requestFields;
    private final RequestKeys keys;
    private final UpstreamTls tls;
    private final HttpClientTransport transport;
    private final HealthChecker health;
    private final LoadHeader loadHeader;
    private final LoadReports reports;
    private final boolean movesPlaces;
    private final Map<UpstreamConfig, String> labels = new IdentityHashMap<>();
    private Deadlines deadlines;
    private Tunnels tunnels;

    PoolProxy(
            PoolConfig config,
            Pool pool,
            StickyTokens stickyTokens,
            HopIdentity hop,
            Server server,
            LongSupplier nanoClock,
            Supplier<RandomGenerator> random,
            ProbeStarts probeStarts) {
        this.config = config;
        this.pool = pool;
        this.stickyTokens = stickyTokens;
        this.server = server;
        this.nanoClock = nanoClock;
        this.random = random;
        this.requestFields = new RequestFields(config.host(), hop);
        this.keys = pool.keys().isEmpty() ? null : new RequestKeys(pool.keys(), hop.forwarded());
        this.tls = config.tls() == null ? null : new UpstreamTls(config, server, nanoClock);
        addBean(tls);
        this.transport = new HttpClientTransport(config, server, tls);
        for (UpstreamConfig upstream : config.upstreams()) {
            labels.put(upstream, config.name() + "/" + upstream.id());
        }
        this.movesPlaces = config.host().kind() != HostPolicy.Kind.CLIENT
                || config.upstreams().stream()
                        .anyMatch(u -> !u.uri().getRawPath().isEmpty());
        addBean(transport);
        this.reports = LoadReports.of(config.shares().loadReport());
        this.health = config.probe() == null
                ? null
                : new HealthChecker(
                        pool,
                        config,
                        Probers.of(config, server, tls, pool, nanoClock),
                        server.getScheduler(),
                        nanoClock,
                        random,
                        probeStarts);
        addBean(health);
        LoadSource load = pool.strategy().loadSource();
        this.loadHeader = load == null ? null : new LoadHeader(load.header());
        if (load != null && load.path() != null) {
            LoadProber prober = new LoadProber(config, load, server, tls);
            addBean(prober);
            pool.strategy().probeWith(prober);
        }
    }

    @Override
    protected void doStart() throws Exception {
        deadlines = new Deadlines(server.getScheduler(), nanoClock);
        tunnels = new Tunnels(server);
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        tunnels.close();
        super.doStop();
        deadlines.destroy();
    }

    Pool pool() {
        return pool;
    }

    /** Null if the pool is not sticky. */
    StickyTokens stickyTokens() {
        return stickyTokens;
    }

    Transport transport() {
        return transport;
    }

    HttpClientTransport httpClientTransport() {
        return transport;
    }

    Deadlines deadlines() {
        return deadlines;
    }

    Supplier<RandomGenerator> random() {
        return random;
    }

    Tunnels tunnels() {
        return tunnels;
    }

    /** What upstreams say about themselves; null if nobody listens. */
    LoadReports reports() {
        return reports;
    }

    /** A request could not connect to an upstream: if it is probed, this is the time to do so. */
    void connectFailed(UpstreamConfig upstream, Throwable cause) {
        if (tls != null && cause instanceof TlsFailure) {
            tls.failed(label(upstream), cause.getMessage());
        }
        if (health != null) {
            health.suspect(upstream.id());
        }
    }

    /**
     * Lets the strategy know what an upstream tells of its load in a response, if it wants to.
     *
     * @return the fields without that
     */
    HttpFields answered(Lease lease, HttpFields fields) {
        if (loadHeader == null) {
            return fields;
        }
        LoadReport report = loadHeader.read(fields);
        if (report != null) {
            lease.reported(report);
        }
        return loadHeader.others(fields);
    }

    TimeoutsConfig timeouts() {
        return config.timeouts();
    }

    int maxAttempts() {
        return config.retry().attempts();
    }

    RequestFields requestFields() {
        return requestFields;
    }

    /** The hash of the request's key; none if the strategy wants none. */
    long keyOf(Request request) {
        return keys == null ? Picker.NO_KEY : keys.hash(request);
    }

    /** Whether upstreams have a base path, or know another host than the client does. */
    boolean movesPlaces() {
        return movesPlaces;
    }

    /** The {@code Host} that an upstream gets; null if it is the client's. */
    String hostSent(UpstreamConfig upstream) {
        return requestFields.hostSent(transport.host(upstream));
    }

    /** Reads certificates and keys again; answers what came of it, or null if there are none. */
    String reloadKeys() {
        return tls == null ? null : tls.reload();
    }

    /** How logs call an upstream. */
    String label(UpstreamConfig upstream) {
        return labels.get(upstream);
    }

    String basePath(UpstreamConfig upstream) {
        return transport.basePath(upstream);
    }
}
