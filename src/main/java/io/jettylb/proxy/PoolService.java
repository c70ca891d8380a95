package io.jettylb.proxy;

import io.jettylb.balance.LoadReport;
import io.jettylb.balance.LoadSource;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.pool.Pool;
import io.jettylb.pool.PoolChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.thread.AutoLock;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool as long as the server has it, through all its configurations: its upstreams with what is known of them, and what
 * works for it now. Configurations are changed by one thread at a time; all else is thread-safe.
 */
final class PoolService extends ContainerLifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(PoolService.class);

    private final ServerParts common;
    private final Pool pool;
    private final Set<PoolTransport> retired = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** Set when the pool is no more in the configuration. */
    private volatile Runnable gone;
    /** Whether the connections of the latest configuration are not used any more, either. */
    private volatile boolean unused;

    private final AutoLock lock = new AutoLock();
    private volatile Parts parts;
    private Deadlines deadlines;
    private volatile RequestQueue queue;
    // Guarded by the lock.
    private Scheduler.Task timer;
    private boolean stopped = true;

    /** What works for the pool while one configuration is in force; some of it is that of the one before. */
    private record Parts(
            PoolConfig config,
            Strategy strategy,
            PoolTransport transport,
            HealthChecker health,
            LoadProber loads,
            HopIdentity hop,
            PoolProxy proxy) {}

    /**
     * A pool that is not started.
     *
     * @param config its configuration
     * @param hop what is said of this hop
     * @param common what all pools have in common
     */
    PoolService(PoolConfig config, HopIdentity hop, ServerParts common) {
        this.common = common;
        Strategy strategy = common.strategy(config);
        this.pool = new Pool(config, strategy, common.nanoClock(), common.random());
        pool.drains().listener(this::settle);
        PoolTransport transport = new PoolTransport(config, common.server(), common.nanoClock());
        addBean(transport, true);
        HealthChecker health = health(config, transport);
        addBean(health, true);
        LoadProber loads = loads(config, strategy, transport);
        addBean(loads, true);
        parts = parts(config, strategy, transport, health, loads, hop);
    }

    Scheduler scheduler() {
        return common.server().getScheduler();
    }

    private Parts parts(
            PoolConfig config,
            Strategy strategy,
            PoolTransport transport,
            HealthChecker health,
            LoadProber loads,
            HopIdentity hop) {
        StickyTokens tokens = common.stickyKeys().tokens(config, pool.upstreams());
        PoolProxy proxy = new PoolProxy(config, this, transport, health, strategy, tokens, hop);
        return new Parts(config, strategy, transport, health, loads, hop, proxy);
    }

    private HealthChecker health(PoolConfig config, PoolTransport transport) {
        return config.probe() == null
                ? null
                : new HealthChecker(
                        pool,
                        config,
                        Probers.of(config, common.server(), transport.tls(), pool, common.nanoClock()),
                        common.server().getScheduler(),
                        common.nanoClock(),
                        common.random(),
                        common.probeStarts());
    }

    private LoadProber loads(PoolConfig config, Strategy strategy, PoolTransport transport) {
        LoadSource source = strategy.loadSource();
        if (source == null || source.path() == null) {
            return null;
        }
        strategy.probeWith(this::ask);
        return new LoadProber(config, source, common.server(), transport.tls());
    }

    /** The strategy may live longer than whoever asks for it. */
    private boolean ask(String upstream, Consumer<LoadReport> answer) {
        Parts current = parts;
        return current != null && current.loads() != null && current.loads().probe(upstream, answer);
    }

    @Override
    protected void doStart() throws Exception {
        deadlines = new Deadlines(common.server().getScheduler(), common.nanoClock());
        queue = new RequestQueue(
                pool,
                config().limits(),
                deadlines,
                common.server().getScheduler(),
                common.server().getThreadPool());
        super.doStart();
        try (AutoLock ignored = lock.lock()) {
            stopped = false;
        }
        settle();
    }

    @Override
    protected void doStop() throws Exception {
        try (AutoLock ignored = lock.lock()) {
            stopped = true;
            cancelLocked();
        }
        queue.close();
        super.doStop();
        retired.forEach(this::removeBean);
        retired.clear();
        deadlines.destroy();
    }

    Pool pool() {
        return pool;
    }

    PoolConfig config() {
        return parts.config();
    }

    /** For exchanges that begin now. */
    PoolProxy proxy() {
        return parts.proxy();
    }

    Deadlines deadlines() {
        return deadlines;
    }

    /** Where requests go that find no upstream. */
    RequestQueue queue() {
        return queue;
    }

    Supplier<RandomGenerator> random() {
        return common.random();
    }

    /** How many exchanges are under way. */
    int exchanges() {
        int users = parts.transport().users();
        for (PoolTransport transport : retired) {
            users += transport.users();
        }
        return users;
    }

    /** A change that is ready to be made, and can still be called off. */
    final class Change {

        private final Parts before = parts;
        private final PoolConfig next;
        private final HopIdentity hop;
        private final Strategy strategy;
        private final PoolTransport transport;
        private final HealthChecker health;
        private final LoadProber loads;

        /**
         * Makes what is new.
         *
         * @throws Exception if that cannot be had; nothing has changed
         */
        private Change(PoolConfig next, HopIdentity hop) throws Exception {
            this.next = next;
            this.hop = hop;
            boolean picksTheSame = next.strategy().equals(before.config().strategy());
            strategy = picksTheSame ? before.strategy() : common.strategy(next);
            boolean connectsTheSame = before.transport().suits(next);
            transport =
                    connectsTheSame ? before.transport() : new PoolTransport(next, common.server(), common.nanoClock());
            boolean probesTheSame = connectsTheSame && probesTheSame();
            health = probesTheSame ? before.health() : health(next, transport);
            if (health != null && !probesTheSame) {
                // Whom to probe is known when the pool has changed.
                health.watch(List.of());
            }
            loads = connectsTheSame && picksTheSame ? before.loads() : loads(next, strategy, transport);
            try {
                begin(transport, before.transport());
                begin(health, before.health());
                begin(loads, before.loads());
            } catch (Exception | Error failure) {
                cancel();
                throw failure;
            }
        }

        private boolean probesTheSame() {
            return next.probe() != null
                    && next.probe().equals(before.config().probe())
                    && Objects.equals(
                            next.shares().loadReport(), before.config().shares().loadReport());
        }

        private void begin(ContainerLifeCycle part, ContainerLifeCycle former) throws Exception {
            if (part != null && part != former && isRunning()) {
                part.start();
            }
        }

        void cancel() {
            if (before.health() != null && before.health() != health) {
                before.health().watch(pool.members());
            }
            end(loads, before.loads());
            end(health, before.health());
            end(transport, before.transport());
        }

        private void end(ContainerLifeCycle part, ContainerLifeCycle other) {
            if (part == null || part == other) {
                return;
            }
            try {
                part.stop();
            } catch (Exception failure) {
                LOG.warn("{}", pool.name(), failure);
            }
            removeBean(part);
        }

        /** Makes it. Exchanges that begin with {@link #proxy} see it. */
        PoolChange make() {
            if (before.health() != null && before.health() != health) {
                // No answer to the former questions is to be taken for one to the new ones.
                before.health().watch(List.of());
            }
            PoolChange change = pool.reconfigure(next, strategy);
            if (queue != null) {
                queue.limits(next.limits());
            }
            keep(transport, before.transport());
            keep(health, before.health());
            keep(loads, before.loads());
            parts = parts(next, strategy, transport, health, loads, hop);
            if (health != null) {
                health.watch(pool.members());
            }
            if (loads != null) {
                loads.ask(pool.members());
            }
            settle();
            return change;
        }

        private void keep(ContainerLifeCycle part, ContainerLifeCycle former) {
            if (part != null && part != former) {
                addBean(part, true);
            }
        }

        /** Lets go of what was in force before; exchanges that have begun with it are not disturbed. */
        void finish() {
            end(before.health(), health);
            end(before.loads(), loads);
            if (before.transport() != transport) {
                PoolTransport former = before.transport();
                retired.add(former);
                former.retire(() -> later(() -> {
                    retired.remove(former);
                    end(former, null);
                    endIfUnused();
                }));
            }
        }
    }

    /** Prepares another configuration. */
    Change change(PoolConfig next, HopIdentity hop) throws Exception {
        return new Change(next, hop);
    }

    /** Whether a configuration is in force, and another one would change nothing. */
    boolean has(PoolConfig config, HopIdentity hop) {
        return parts.config().equals(config) && parts.hop() == hop;
    }

    /**
     * The pool is no more in the configuration. Exchanges that have begun end as they would have; tunnels are closed when
     * the deadline of the pool's drain is over.
     *
     * @param last called when nothing of it is in use any more; once
     */
    void retire(Runnable last) {
        Parts current = parts;
        if (current.health() != null) {
            current.health().watch(List.of());
        }
        List<PoolTransport> transports = new ArrayList<>(retired);
        transports.add(current.transport());
        gone = last;
        current.transport().retire(() -> {
            unused = true;
            endIfUnused();
        });
        common.server()
                .getScheduler()
                .schedule(
                        () -> transports.forEach(each -> each.tunnels().close()),
                        current.config().drain().deadline().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** Those of earlier configurations serve exchanges, too, until these end. */
    private void endIfUnused() {
        if (unused && retired.isEmpty() && ended.compareAndSet(false, true)) {
            later(gone);
        }
    }

    /** What ends connections waits for their threads: none of these may do it. A pool that is stopped has none. */
    private void later(Runnable task) {
        if (isStopped()) {
            task.run();
        } else {
            common.server().getThreadPool().execute(task);
        }
    }

    /** Follows the drains of the pool: what is over is closed, and the timer is set for what comes next. */
    private void settle() {
        Parts current = parts;
        if (current == null || !isRunning() && !isStarting()) {
            return;
        }
        current.transport().settle(pool);
        retired.forEach(transport -> transport.settle(pool));
        try (AutoLock ignored = lock.lock()) {
            // Not before: whoever comes later has to know more.
            OptionalLong next = pool.drains().settle();
            cancelLocked();
            if (!stopped && next.isPresent()) {
                timer = common.server()
                        .getScheduler()
                        .schedule(this::settle, Math.max(0, next.getAsLong()), TimeUnit.NANOSECONDS);
            }
        }
    }

    private void cancelLocked() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
