package io.jettylb.proxy;

import io.jettylb.balance.LoadReport;
import io.jettylb.balance.LoadSource;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.UpstreamReport;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Pool;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A pool with everything that an exchange over it needs, as one configuration has it. An exchange keeps the one that it
 * began with. Immutable; what lives longer than a configuration belongs to the {@link PoolService}.
 */
final class PoolProxy {

    private final PoolConfig config;
    private final PoolService service;
    private final PoolTransport transport;
    private final HttpClientTransport client;
    private final HealthChecker health;
    private final StickyTokens stickyTokens;
    private final RequestFields requestFields;
    private final RequestKeys keys;
    private final LoadHeader loadHeader;
    private final LoadReports reports;
    private final boolean movesPlaces;
    private final UpstreamTable<String> labels;
    private final HedgeDelay hedging;

    /**
     * A pool's face towards exchanges.
     *
     * @param config the pool's configuration
     * @param service the pool
     * @param transport its connections
     * @param health its probes; null if it has none
     * @param strategy picks in it
     * @param tokens its sticky cookies; null if it is not sticky
     * @param hop what is said of this hop
     */
    PoolProxy(
            PoolConfig config,
            PoolService service,
            PoolTransport transport,
            HealthChecker health,
            Strategy strategy,
            StickyTokens tokens,
            HopIdentity hop) {
        this.config = config;
        this.service = service;
        this.transport = transport;
        this.client = transport.client();
        this.health = health;
        this.stickyTokens = tokens;
        this.requestFields = new RequestFields(config.host(), hop);
        this.keys = strategy.keys().isEmpty() ? null : new RequestKeys(strategy.keys(), hop.forwarded());
        this.labels = new UpstreamTable<>(config.upstreams(), upstream -> config.name() + "/" + upstream.id());
        this.movesPlaces = config.host().kind() != HostPolicy.Kind.CLIENT
                || config.upstreams().stream()
                        .anyMatch(u -> !u.uri().getRawPath().isEmpty());
        this.reports = LoadReports.of(config.shares().loadReport());
        RetryConfig retry = config.retry();
        this.hedging = retry.attempts() > 1 && retry.hedge().isOn() ? new HedgeDelay(retry.hedge()) : null;
        LoadSource load = strategy.loadSource();
        this.loadHeader = load == null ? null : new LoadHeader(load.header());
    }

    /**
     * Begins an exchange.
     *
     * @return false if it is too late: another configuration is in force. Who gets true must {@link #leave}
     */
    boolean enter() {
        return transport.enter();
    }

    void leave() {
        transport.leave();
    }

    Pool pool() {
        return service.pool();
    }

    /** Null if the pool is not sticky. */
    StickyTokens stickyTokens() {
        return stickyTokens;
    }

    Transport transport() {
        return client;
    }

    HttpClientTransport httpClientTransport() {
        return client;
    }

    Deadlines deadlines() {
        return service.deadlines();
    }

    /** Where requests go that find no upstream. */
    RequestQueue queue() {
        return service.queue();
    }

    Supplier<RandomGenerator> random() {
        return service.random();
    }

    Tunnels tunnels() {
        return transport.tunnels();
    }

    /** A request could not connect to an upstream: if it is probed, this is the time to do so. */
    void connectFailed(UpstreamConfig upstream, Throwable cause) {
        if (transport.tls() != null && cause instanceof TlsFailure) {
            transport.tls().failed(label(upstream), cause.getMessage());
        }
        if (health != null) {
            health.suspect(upstream.id());
        }
    }

    /**
     * Takes what an upstream says about itself in a response: to the strategy, and to the pool.
     *
     * @return the fields for the client
     */
    HttpFields answered(Lease lease, HttpFields fields) {
        HttpFields rest = loadHeader == null ? fields : load(lease, fields);
        return reports == null ? rest : heard(lease, fields, rest);
    }

    private HttpFields load(Lease lease, HttpFields fields) {
        LoadReport report = loadHeader.read(fields);
        if (report != null) {
            lease.reported(report);
        }
        return loadHeader.others(fields);
    }

    private HttpFields heard(Lease lease, HttpFields fields, HttpFields rest) {
        UpstreamReport report = reports.read(label(lease.upstream()), fields, null);
        if (report != null) {
            lease.reported(report);
        }
        return reports.others(rest);
    }

    TimeoutsConfig timeouts() {
        return config.timeouts();
    }

    RetryConfig retry() {
        return config.retry();
    }

    /** For how long an attempt may go without the head of a response; zero: as long as the timeouts allow. */
    Duration perTryTimeout() {
        return config.retry().attempts() > 1 ? config.retry().perTryTimeout() : Duration.ZERO;
    }

    /** After which time there is a second attempt beside a first one; null: never. */
    HedgeDelay hedging() {
        return hedging;
    }

    /** There is another request, of which the budget for retries is a share. */
    void requestBegins() {
        if (config.retry().attempts() > 1) {
            service.pool().retryBudget().request(config.retry().budget());
        }
    }

    Scheduler scheduler() {
        return service.scheduler();
    }

    /** How much of a request's content is to be kept for another attempt, in bytes. */
    int kept(String method) {
        RetryConfig retry = config.retry();
        // A connection of HTTP/1.1 takes a request or does not; HTTP/2 may refuse one of which content was sent.
        boolean repeatable = config.protocol() != Protocol.HTTP1 || Consequences.isRepeatable(method, retry);
        return retry.attempts() > 1 && repeatable ? retry.buffer() : 0;
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
        return requestFields.hostSent(client.host(upstream));
    }

    /** Reads certificates and keys again; answers what came of it, or null if there are none. */
    String reloadKeys() {
        return transport.tls() == null ? null : transport.tls().reload();
    }

    /** How logs call an upstream. */
    String label(UpstreamConfig upstream) {
        return labels.of(upstream);
    }

    String basePath(UpstreamConfig upstream) {
        return client.basePath(upstream);
    }
}
