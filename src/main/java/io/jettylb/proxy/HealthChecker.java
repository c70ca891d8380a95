package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import io.jettylb.pool.Pool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.thread.AutoLock;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the upstreams of a pool are probed, and tells the pool what came of it. At the start each
 * takes its turn; then each follows its own interval, counted from the end of its latest probe, so that there is never more
 * than one under way to an upstream. Thread-safe.
 */
final class HealthChecker extends ContainerLifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);
    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Pool pool;
    private final ProbeConfig rules;
    private final Prober prober;
    private final Scheduler scheduler;
    private final LongSupplier nanoClock;
    private final Supplier<RandomGenerator> random;
    private final ProbeStarts starts;
    private final AutoLock changes = new AutoLock();
    /** Guarded by the lock for changes. */
    private List<UpstreamConfig> upstreams;

    /** By the upstream's id; replaced as a whole, so that a start begins with watches that have seen nothing. */
    private volatile Map<String, Watch> watches = Map.of();

    HealthChecker(
            Pool pool,
            PoolConfig config,
            Prober prober,
            Scheduler scheduler,
            LongSupplier nanoClock,
            Supplier<RandomGenerator> random,
            ProbeStarts starts) {
        this.pool = pool;
        this.upstreams = config.upstreams();
        this.rules = config.probe();
        this.prober = prober;
        this.scheduler = scheduler;
        this.nanoClock = nanoClock;
        this.random = random;
        this.starts = starts;
        addBean(prober);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        try (AutoLock ignored = changes.lock()) {
            watchLocked();
        }
    }

    @Override
    protected void doStop() throws Exception {
        try (AutoLock ignored = changes.lock()) {
            watches.values().forEach(Watch::stop);
            watches = Map.of();
        }
        super.doStop();
    }

    /**
     * Names the upstreams that are to be probed from now on. Those that are being probed go on as before.
     *
     * @param next the upstreams
     */
    void watch(List<UpstreamConfig> next) {
        try (AutoLock ignored = changes.lock()) {
            upstreams = next;
            if (isRunning()) {
                watchLocked();
            }
        }
        Set<UpstreamConfig> known = Collections.newSetFromMap(new IdentityHashMap<>());
        known.addAll(next);
        prober.retain(known);
    }

    private void watchLocked() {
        Map<String, Watch> before = watches;
        Map<String, Watch> next = new LinkedHashMap<>();
        List<Watch> begun = new ArrayList<>();
        for (UpstreamConfig upstream : upstreams) {
            Watch watch = before.get(upstream.id());
            if (watch == null || watch.upstream != upstream) {
                watch = new Watch(upstream);
                begun.add(watch);
            }
            next.put(upstream.id(), watch);
        }
        watches = next;
        before.values().stream()
                .filter(watch -> next.get(watch.upstream.id()) != watch)
                .forEach(Watch::stop);
        begun.forEach(watch -> watch.start(starts.nextNanos(rules.interval())));
    }

    /**
     * Probes an upstream without waiting for its interval, because a request could not connect to it. Requests that fail
     * together are one reason, and so are all within a fast interval: otherwise traffic would set the pace of probing.
     *
     * @param upstream its id
     */
    void suspect(String upstream) {
        Watch watch = watches.get(upstream);
        if (watch != null && watch.claimSuspicion()) {
            watch.probe();
        }
    }

    private long delayNanos(ProbeState state) {
        long nanos = state.pause(rules).toNanos();
        double factor = 1 + rules.jitter() * (2 * random.get().nextDouble() - 1);
        return Math.max(SHORTEST_NANOS, (long) (nanos * factor));
    }

    /** The probing of one upstream: a probe is under way, or else a timer is set for the next one. */
    private final class Watch {

        private final UpstreamConfig upstream;
        private final AutoLock lock = new AutoLock();
        // Guarded by the lock.
        private Scheduler.Task timer;
        private int round;
        private boolean underWay;
        private boolean stopped;
        private boolean suspected;
        private long suspectedAt;

        Watch(UpstreamConfig upstream) {
            this.upstream = upstream;
        }

        void start(long delayNanos) {
            if (delayNanos == 0) {
                probe();
                return;
            }
            try (AutoLock ignored = lock.lock()) {
                // A request that could not connect may have been faster.
                if (!stopped && !underWay && timer == null) {
                    timer = scheduler.schedule(this::probe, delayNanos, TimeUnit.NANOSECONDS);
                }
            }
        }

        void probe() {
            int current;
            try (AutoLock ignored = lock.lock()) {
                if (stopped || underWay) {
                    return;
                }
                underWay = true;
                current = round;
                // A timer that can no longer be cancelled comes here, too, and finds a probe under way.
                cancelTimerLocked();
            }
            try {
                prober.probe(upstream, result -> answered(current, result));
            } catch (RuntimeException | Error failure) {
                answered(current, ProbeResult.failed(failure.toString()));
            }
        }

        private void answered(int answeredRound, ProbeResult result) {
            try (AutoLock ignored = lock.lock()) {
                if (stopped || answeredRound != round) {
                    return;
                }
                round++;
            }
            // Nobody else can come here before the probe is declared over, so results arrive one after the other.
            long delay = delayNanos(tell(result));
            try (AutoLock ignored = lock.lock()) {
                underWay = false;
                if (!stopped) {
                    timer = scheduler.schedule(this::probe, delay, TimeUnit.NANOSECONDS);
                }
            }
        }

        private ProbeState tell(ProbeResult result) {
            try {
                return pool.probed(upstream, result);
            } catch (RuntimeException | Error failure) {
                // A strategy may come from elsewhere; probing goes on whatever it does.
                LOG.warn("{}/{}", pool.name(), upstream.id(), failure);
                return ProbeState.UNKNOWN;
            }
        }

        boolean claimSuspicion() {
            long now = nanoClock.getAsLong();
            try (AutoLock ignored = lock.lock()) {
                boolean recent =
                        suspected && now - suspectedAt < rules.fastInterval().toNanos();
                if (stopped || underWay || recent) {
                    return false;
                }
                suspected = true;
                suspectedAt = now;
                return true;
            }
        }

        void stop() {
            try (AutoLock ignored = lock.lock()) {
                stopped = true;
                cancelTimerLocked();
            }
        }

        private void cancelTimerLocked() {
            if (timer != null) {
                timer.cancel();
                timer = null;
            }
        }
    }
}
