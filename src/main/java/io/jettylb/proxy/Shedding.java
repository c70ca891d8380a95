package io.jettylb.proxy;

import io.jettylb.config.ShedConfig;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses balanced requests while the server that they pass through is short of threads or memory, so that its webapps
 * live. Looks at the server every now and then, not for each request, and ends after a few looks without pressure, so that
 * it does not switch to and fro. Thread-safe.
 */
final class Shedding extends AbstractLifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(Shedding.class);

    /** So many looks in a row without pressure end it. */
    private static final int RELIEF = 3;

    private final Server server;
    private final DoubleSupplier heap;
    // Guarded by this.
    private ShedConfig config;
    private boolean looking;
    private Scheduler.Task next;
    /** Which looks are the present ones: a timer that can no longer be cancelled may bring an earlier one. */
    private long round;

    private int calm;
    private volatile RefusedException cause;

    /**
     * Does nothing until it is started.
     *
     * @param config when to shed; null: never
     */
    Shedding(Server server, ShedConfig config) {
        this(server, config, heapInUse());
    }

    Shedding(Server server, ShedConfig config, DoubleSupplier heap) {
        this.server = server;
        this.config = config;
        this.heap = heap;
    }

    /** Why requests are refused; null: they are not. */
    RefusedException cause() {
        return cause;
    }

    @Override
    protected synchronized void doStart() {
        looking = true;
        schedule();
    }

    @Override
    protected synchronized void doStop() {
        looking = false;
        forget();
    }

    /** Other rules from now on. */
    synchronized void config(ShedConfig other) {
        if (Objects.equals(other, config)) {
            // What it does now, it goes on doing.
            return;
        }
        forget();
        config = other;
        schedule();
    }

    private void schedule() {
        if (looking && config != null) {
            long current = round;
            next = server.getScheduler()
                    .schedule(() -> look(current), config.interval().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void forget() {
        round++;
        if (next != null) {
            next.cancel();
            next = null;
        }
        calm = 0;
        cause = null;
    }

    private synchronized void look(long current) {
        if (current == round) {
            decide();
            schedule();
        }
    }

    /** Looks at the server once. */
    synchronized void decide() {
        String pressure = pressure(config);
        RefusedException before = cause;
        if (pressure != null) {
            calm = 0;
            cause = new RefusedException("shedding: " + pressure);
            if (before == null) {
                LOG.warn("shedding: {}", pressure);
            }
        } else if (before != null && ++calm >= RELIEF) {
            calm = 0;
            cause = null;
            LOG.info("no longer shedding");
        }
    }

    private String pressure(ShedConfig rules) {
        LowResourceMonitor monitor = rules.lowResources() ? server.getBean(LowResourceMonitor.class) : null;
        if (monitor != null && monitor.isLowOnResources()) {
            return "low resources: " + monitor.getReasons();
        }
        double threads = rules.threads() == 0 ? 0 : threadsInUse(server.getThreadPool());
        if (rules.threads() > 0 && threads >= rules.threads()) {
            return "thread pool " + percent(threads) + " busy";
        }
        double memory = rules.heap() == 0 ? 0 : heap.getAsDouble();
        return rules.heap() > 0 && memory >= rules.heap() ? "heap " + percent(memory) + " full" : null;
    }

    private static String percent(double part) {
        return Math.round(part * 100) + " %";
    }

    private static double threadsInUse(ThreadPool pool) {
        if (pool instanceof QueuedThreadPool queued) {
            return queued.getUtilizationRate();
        }
        if (pool instanceof ThreadPool.SizedThreadPool sized) {
            return 1
                    - (double) (sized.getMaxThreads() - sized.getThreads() + sized.getIdleThreads())
                            / Math.max(1, sized.getMaxThreads());
        }
        return pool.isLowOnThreads() ? 1 : 0;
    }

    /** What the latest garbage collections have left, as a part of all there may be: what lies around counts for nothing. */
    private static DoubleSupplier heapInUse() {
        List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .toList();
        return () -> {
            long max = Runtime.getRuntime().maxMemory();
            long left = 0;
            for (MemoryPoolMXBean pool : pools) {
                MemoryUsage usage = pool.getCollectionUsage();
                left += usage == null ? 0 : usage.getUsed();
            }
            return max == Long.MAX_VALUE ? 0 : (double) left / max;
        };
    }
}
