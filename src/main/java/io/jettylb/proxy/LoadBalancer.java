package io.jettylb.proxy;

import io.jettylb.balance.Strategies;
import io.jettylb.config.ConfigException;
import io.jettylb.config.Finding;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.pool.PoolLoad;
import io.jettylb.pool.UpstreamStatus;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
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
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.AutoLock;
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
    private final List<MountConfig> mounts;
    private final Strategies strategies;
    private final Pools pools;
    private final SelfCheck selfCheck;
    private final Shedding shedding;
    private final AutoLock reloads = new AutoLock();
    private final LifeCycle.Listener stopping = new LifeCycle.Listener() {
        @Override
        public void lifeCycleStopping(LifeCycle server) {
            ready = false;
        }
    };
    private volatile boolean ready;
    private volatile Path file;

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
        this.mounts = config.mounts();
        this.strategies = strategies;
        this.shedding = new Shedding(server, config.shed());
        addBean(shedding);
        strategies.warnings().forEach(LOG::warn);
        StickyKeys stickyKeys = new StickyKeys(secureRandom, epochMillis);
        this.pools = new Pools(
                config, new ServerParts(server, strategies, nanoClock, random, new ProbeStarts(nanoClock), stickyKeys));
        this.selfCheck = new SelfCheck(server, config.mounts(), pools::config);
        addBean(pools, true);
    }

    /**
     * Says where {@link #reload} reads the configuration.
     *
     * @param configFile the file
     */
    public void setFile(Path configFile) {
        file = configFile;
    }

    @Override
    protected void doStart() throws Exception {
        selfCheck.attach();
        server.addEventListener(stopping);
        super.doStart();
        ready = true;
    }

    @Override
    protected void doStop() throws Exception {
        ready = false;
        server.removeEventListener(stopping);
        selfCheck.detach();
        super.doStop();
    }

    /**
     * Whether whoever is in front of this server is to send requests. When the server is stopped this is the first thing to
     * change, while it still answers what comes.
     *
     * @return true from the start until the server begins to stop
     */
    @ManagedAttribute(value = "Whether this server is to get requests", readonly = true)
    public boolean isReady() {
        return ready;
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
     * @return as configured when this was made: later ones need a restart
     */
    public List<MountConfig> mounts() {
        return mounts;
    }

    /**
     * Takes a mount in, for a front that is about to serve it. If it is one of {@link #mounts}, it follows the
     * configuration from now on, also to another pool.
     *
     * @param mount as the front knows it
     * @return what to balance by
     * @throws IllegalArgumentException if there is no pool of that name
     */
    public Mounted mount(MountConfig mount) {
        return pools.mount(mount);
    }

    /**
     * Answers a request from the pool of its mount. Returns at once; the downstream is completed or aborted later.
     *
     * @param mount where the request has come in
     * @param downstream the request
     * @param sticky the client's bond with an upstream, of which only a sticky pool takes notice; null: the request is
     *     balanced without regard to the client
     */
    public void balance(Mounted mount, Downstream downstream, StickySession sticky) {
        Pools.Target target = pools.enter(mount);
        new Exchange(target.pool(), target.route(), downstream, sticky).start(shedding.cause());
    }

    /**
     * Puts another configuration in force. Requests that are under way, streams and tunnels are not disturbed. Upstreams
     * with the same id and URI stay what they are, with health, ejection, drain and weight; removed ones finish what they
     * have, and bound clients are served until the pool's {@code drain.deadline}. A pool that only connects otherwise gets
     * new connections, and the old ones live as long as they are used. New mounts, and those that are gone, need a
     * restart.
     *
     * @param config valid
     * @return how it differs, and in more lines what needs a restart
     * @throws IllegalStateException if something cannot be had that it needs; then nothing has changed
     */
    public String apply(LbConfig config) {
        return apply(config, "configuration");
    }

    private String apply(LbConfig config, String source) {
        // Of two at the same time, one is in force as a whole.
        try (AutoLock ignored = reloads.lock()) {
            String summary = pools.apply(config, source);
            shedding.config(config.shed());
            return summary;
        }
    }

    /**
     * Reads the file again and puts it in force, see {@link #apply}. If it cannot be used, nothing changes, and all
     * problems are logged.
     *
     * @return how it differs, and in more lines what needs a restart
     * @throws IllegalArgumentException with all problems of the file, one a line
     * @throws IllegalStateException if there is no file, or something cannot be had that it needs
     */
    @ManagedOperation(value = "Reads lb.conf again and puts it in force", impact = "ACTION")
    public String reload() {
        Path read = file;
        if (read == null) {
            throw new IllegalStateException("no file to read: this load balancer was made without (use apply)");
        }
        try (AutoLock ignored = reloads.lock()) {
            return apply(
                    LbConfig.load(read, strategies, UpstreamProtocols.spoken()),
                    read.getFileName().toString());
        } catch (ConfigException problems) {
            problems.problems().forEach(LOG::warn);
            LOG.warn("{} not reloaded, nothing has changed", read.getFileName());
            throw new IllegalArgumentException(String.join("\n", problems.problems()));
        } catch (IllegalStateException failure) {
            LOG.warn("{} not reloaded, nothing has changed: {}", read.getFileName(), failure.getMessage());
            throw failure;
        }
    }

    /**
     * Whether a pool keeps clients with their upstream.
     *
     * @param pool the pool's name
     * @return true if its configuration says so
     * @throws IllegalArgumentException if there is no such pool
     */
    public boolean isSticky(String pool) {
        return pools.get(pool).config().sticky() != null;
    }

    /**
     * The client that connects to the upstreams of a pool.
     *
     * @param pool the pool's name
     * @return the client; not to be changed
     * @throws IllegalArgumentException if there is no such pool
     */
    public HttpClient httpClient(String pool) {
        return pools.get(pool).proxy().httpClientTransport().client();
    }

    /**
     * The client that connects to the upstreams of a mount's pool at present.
     *
     * @param mount the mount
     * @return the client; not to be changed
     */
    public HttpClient httpClient(Mounted mount) {
        return pools.target(mount).pool().httpClientTransport().client();
    }

    /**
     * What is known about the upstreams of a pool.
     *
     * @param pool the pool's name
     * @return one entry for each
     * @throws IllegalArgumentException if there is no such pool
     */
    public List<UpstreamStatus> status(String pool) {
        return pools.get(pool).pool().status();
    }

    /**
     * How busy a pool is: attempts under way, requests that wait, the limit.
     *
     * @param pool the pool's name
     * @return figures that are read one after the other
     * @throws IllegalArgumentException if there is no such pool
     */
    public PoolLoad load(String pool) {
        return pools.get(pool).pool().load();
    }

    /**
     * The names of the pools.
     *
     * @return in the order of the configuration
     */
    @ManagedAttribute(value = "The names of the pools", readonly = true)
    public List<String> getPools() {
        return pools.names();
    }

    /**
     * The pools of which too few upstreams are eligible; see {@code panic-threshold}.
     *
     * @return their names, in the order of the configuration
     */
    @ManagedAttribute(value = "The pools that panic", readonly = true)
    public List<String> getPanickingPools() {
        return pools.all().stream()
                .filter(each -> each.pool().panics())
                .map(each -> each.pool().name())
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
        return pools.all().stream()
                .map(pool -> pool.proxy().reloadKeys())
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
        pools.get(pool).pool().weight(upstream, weight);
    }

    /**
     * Takes an upstream out of service, but not from clients that are bound to it: they are served until the pool's
     * {@code drain.deadline}, when its tunnels are closed, too. Requests that are under way come to their end. It holds
     * until {@link #ready}, through reloads but not through a restart. It may be the last one: then others get a 503.
     *
     * @param pool the pool's name
     * @param upstream the upstream's id
     * @throws IllegalArgumentException if there is no such pool or upstream
     */
    @ManagedOperation(value = "Takes an upstream out of service for all but bound clients", impact = "ACTION")
    public void drain(@Name("pool") String pool, @Name("upstream") String upstream) {
        pools.get(pool).pool().drains().drain(upstream);
    }

    /**
     * Takes an upstream out of service for everybody, as {@link #drain} otherwise. It is probed all the same.
     *
     * @param pool the pool's name
     * @param upstream the upstream's id
     * @throws IllegalArgumentException if there is no such pool or upstream
     */
    @ManagedOperation(value = "Takes an upstream out of service for everybody", impact = "ACTION")
    public void maintenance(@Name("pool") String pool, @Name("upstream") String upstream) {
        pools.get(pool).pool().drains().maintenance(upstream);
    }

    /**
     * Ends a drain or maintenance. Whether the upstream gets requests is up to its probes and its agent.
     *
     * @param pool the pool's name
     * @param upstream the upstream's id
     * @throws IllegalArgumentException if there is no such pool or upstream
     */
    @ManagedOperation(value = "Puts an upstream into service again", impact = "ACTION")
    public void ready(@Name("pool") String pool, @Name("upstream") String upstream) {
        pools.get(pool).pool().drains().ready(upstream);
    }

    /**
     * What is known about the upstreams of a pool, to be read.
     *
     * @param pool the pool's name
     * @return one line for each
     * @throws IllegalArgumentException if there is no such pool
     */
    @ManagedOperation(value = "The upstreams of a pool, one a line", impact = "INFO")
    public List<String> upstreams(@Name("pool") String pool) {
        return status(pool).stream().map(UpstreamStatus::line).toList();
    }
}
