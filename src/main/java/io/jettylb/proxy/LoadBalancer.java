package io.jettylb.proxy;

import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.Finding;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.pool.Pool;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.route.Route;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.annotation.ManagedAttribute;
import org.eclipse.jetty.util.annotation.ManagedObject;
import org.eclipse.jetty.util.annotation.ManagedOperation;
import org.eclipse.jetty.util.annotation.Name;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bean of a server that owns all pools: every front of the server balances through it, so that there is one opinion
 * about each upstream. Thread-safe once started. This is the composition root: the only place that names the system
 * clock and the global random generator.
 */
@ManagedObject("The load balancer of this server")
public final class LoadBalancer extends ContainerLifeCycle {

    /** Request attribute: the upstream that got the latest attempt, as {@code pool/id}. For the request log. */
    public static final String UPSTREAM_ATTRIBUTE = "io.jettylb.upstream";
    /** Request attribute: why the balancer answered in place of an upstream. For the request log. */
    public static final String FAILURE_ATTRIBUTE = "io.jettylb.failure";

    /** Request attribute: the id of the request, as upstreams see it. For the request log. */
    public static final String REQUEST_ID_ATTRIBUTE = "io.jettylb.request-id";

    private static final Logger LOG = LoggerFactory.getLogger(LoadBalancer.class);

    private final Server server;
    private final LbConfig config;
    private final SelfCheck selfCheck;
    private final Map<String, PoolProxy> pools = new LinkedHashMap<>();

    /**
     * Creates the pools; nothing is connected before the start.
     *
     * @param server whose threads, timer and buffers are used
     * @param config the configuration
     */
    public LoadBalancer(Server server, LbConfig config) {
        this(
                server,
                config,
                Strategies.installed(),
                System::nanoTime,
                ThreadLocalRandom::current,
                System::currentTimeMillis,
                new SecureRandom());
    }

    LoadBalancer(
            Server server,
            LbConfig config,
            Strategies strategies,
            LongSupplier nanoClock,
            Supplier<RandomGenerator> random,
            LongSupplier epochMillis,
            RandomGenerator secureRandom) {
        this.server = server;
        this.config = config;
        this.selfCheck = new SelfCheck(server, config);
        strategies.warnings().forEach(LOG::warn);
        HopIdentity hop = HopIdentity.of(config.forwarded(), random);
        StickyKeys stickyKeys = new StickyKeys(config, secureRandom, epochMillis);
        ProbeStarts probeStarts = new ProbeStarts(nanoClock);
        for (PoolConfig poolConfig : config.pools().values()) {
            Strategy strategy = strategies.create(poolConfig.strategy(), random, nanoClock);
            Pool pool = new Pool(poolConfig, strategy, nanoClock, random);
            StickyTokens stickyTokens = stickyKeys.tokens(poolConfig);
            PoolProxy proxy =
                    new PoolProxy(poolConfig, pool, stickyTokens, hop, server, nanoClock, random, probeStarts);
            pools.put(poolConfig.name(), proxy);
            addBean(proxy);
        }
    }

    @Override
    protected void doStart() throws Exception {
        selfCheck.attach();
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        selfCheck.detach();
        super.doStop();
    }

    /**
     * What around this load balancer would betray it; the same is logged when the server has started.
     *
     * @return as the server is now; empty if all is well, and if there is nothing to balance
     */
    public List<Finding> selfCheck() {
        return selfCheck.findings();
    }

    /**
     * The mounts that fronts have to create.
     *
     * @return as configured
     */
    public List<MountConfig> mounts() {
        return config.mounts();
    }

    /**
     * Answers a request from the pool of its route. Returns at once; the downstream is completed or aborted later.
     *
     * @param route the way to the pool
     * @param downstream the request
     * @param sticky the client's bond with an upstream, of which only a sticky pool takes notice; null: the request is
     *     balanced without regard to the client
     * @throws IllegalArgumentException if there is no such pool
     */
    public void balance(Route route, Downstream downstream, StickySession sticky) {
        new Exchange(poolProxy(route.pool()), route, downstream, sticky).start();
    }

    /**
     * Whether a pool keeps clients with their upstream.
     *
     * @param pool the pool's name
     * @return true if its configuration says so
     * @throws IllegalArgumentException if there is no such pool
     */
    public boolean isSticky(String pool) {
        return poolProxy(pool).stickyTokens() != null;
    }

    /**
     * The client that connects to the upstreams of a pool.
     *
     * @param pool the pool's name
     * @return the client; not to be changed
     * @throws IllegalArgumentException if there is no such pool
     */
    public HttpClient httpClient(String pool) {
        return poolProxy(pool).httpClientTransport().client();
    }

    /**
     * What is known about the upstreams of a pool.
     *
     * @param pool the pool's name
     * @return one entry for each
     * @throws IllegalArgumentException if there is no such pool
     */
    public List<UpstreamStatus> status(String pool) {
        return poolProxy(pool).pool().status();
    }

    /**
     * The names of the pools.
     *
     * @return in the order of the configuration
     */
    @ManagedAttribute(value = "The names of the pools", readonly = true)
    public List<String> getPools() {
        return List.copyOf(pools.keySet());
    }

    /**
     * The pools of which too few upstreams are eligible; see {@code panic-threshold}.
     *
     * @return their names, in the order of the configuration
     */
    @ManagedAttribute(value = "The pools that panic", readonly = true)
    public List<String> getPanickingPools() {
        return pools.entrySet().stream()
                .filter(entry -> entry.getValue().pool().panics())
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Reads the certificates and keys of all pools again, without waiting for the next look at their files. Requests that
     * are under way are not disturbed; a file that cannot be used changes nothing.
     *
     * @return what came of it, one line for each pool with TLS
     */
    @ManagedOperation(value = "Reads the certificates and keys for upstreams again", impact = "ACTION")
    public List<String> reloadKeys() {
        return pools.values().stream()
                .map(PoolProxy::reloadKeys)
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * Changes the weight of an upstream until the next start; it holds for the next request.
     *
     * @param pool the pool's name
     * @param upstream the upstream's id
     * @param weight 0 to 1000; 0: no new requests, but those of clients bound to it
     * @throws IllegalArgumentException if there is no such pool or upstream, or the weight is none
     */
    @ManagedOperation(value = "Changes the weight of an upstream", impact = "ACTION")
    public void weight(
            @Name("pool") String pool,
            @Name("upstream") String upstream,
            @Name(value = "weight", description = "0 to 1000") int weight) {
        poolProxy(pool).pool().weight(upstream, weight);
    }

    private PoolProxy poolProxy(String name) {
        PoolProxy proxy = pools.get(name);
        if (proxy == null) {
            throw new IllegalArgumentException("pool: " + name + " (expected: one of " + pools.keySet() + ")");
        }
        return proxy;
    }
}
