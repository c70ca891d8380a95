package io.jettylb.pool;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.AdminState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * Takes upstreams out of service and back, as the operator says, and sees those off that were removed from the
 * configuration. Thread-safe.
 *
 * <p>Who has its deadline behind it gets nothing more, whether anybody looks at the clock or not: {@link #settle} only
 * says so in the log.
 */
public final class Drains {

    private final Shared shared;
    // Guarded by the pool's lock.
    private Duration deadline;
    private boolean sticky;
    /** Whose deadline has been mentioned. */
    private final Set<UpstreamNode> late = new HashSet<>();

    private final Runnable room;
    private volatile Runnable listener = () -> {};

    /**
     * The drains of a pool.
     *
     * @param room called without lock when there may be room for requests that wait, or nobody left to wait for
     */
    Drains(PoolConfig config, Shared shared, Runnable room) {
        this.shared = shared;
        this.room = room;
        configLocked(config);
    }

    void configLocked(PoolConfig next) {
        deadline = next.drain().deadline();
        sticky = next.sticky() != null;
    }

    /**
     * Names who is told that a drain began or was called off, or that a removed upstream is gone.
     *
     * @param changed called without lock by the thread that changed it
     */
    public void listener(Runnable changed) {
        listener = changed;
    }

    /**
     * Takes an upstream out of service, but not from clients that are bound to it: these are served until the deadline of
     * the pool's drain. It may be the last one, and then all others get a 503.
     *
     * @param id the upstream's id
     * @throws IllegalArgumentException if there is no such upstream
     */
    public void drain(String id) {
        change(id, now -> AdminState.drain(now, deadline));
    }

    /**
     * Takes an upstream out of service at once. Requests that it is serving come to their end.
     *
     * @param id the upstream's id
     * @throws IllegalArgumentException if there is no such upstream
     */
    public void maintenance(String id) {
        change(id, now -> AdminState.maintenance(now, deadline));
    }

    /**
     * Puts an upstream into service again, as far as its probes and its agent agree.
     *
     * @param id the upstream's id
     * @throws IllegalArgumentException if there is no such upstream
     */
    public void ready(String id) {
        change(id, now -> AdminState.READY);
    }

    /** What holds already is not begun anew: to repeat a drain must not move its deadline. */
    private void change(String id, Function<Long, AdminState> to) {
        UpstreamNode node = shared.node(id);
        List<Runnable> news = new ArrayList<>();
        shared.lock().lock();
        try {
            long now = shared.now();
            AdminState next = to.apply(now);
            if (next.mode() == node.admin().mode()) {
                return;
            }
            node.adminLocked(next);
            late.remove(node);
            node.leavingLocked(!next.ready() || !node.removal().ready());
            shared.changedLocked(node, now);
            Duration limit = deadline;
            int inFlight = node.inFlight();
            news.add(() -> shared.log().admin(node, next.mode(), inFlight, limit));
            goneLocked(node, now, news);
        } finally {
            shared.lock().unlock();
        }
        news.forEach(Runnable::run);
        room.run();
        listener.run();
    }

    /** An upstream is no more in the configuration. */
    void removeLocked(UpstreamNode node, long now, List<Runnable> news) {
        node.removalLocked(AdminState.drain(now, deadline));
        shared.members().settle(node, now);
        int inFlight = node.inFlight();
        if (inFlight == 0 && !sticky) {
            shared.members().forget(node);
            return;
        }
        node.leavingLocked(true);
        Duration limit = deadline;
        news.add(() -> shared.log().removed(node, inFlight, limit));
        // The last one may have ended in between.
        goneLocked(node, now, news);
    }

    /** The last request of an upstream that is leaving may have ended. */
    void ended(UpstreamNode node) {
        if (node.inFlight() > 0) {
            return;
        }
        List<Runnable> news = new ArrayList<>();
        boolean removed;
        shared.lock().lock();
        try {
            removed = goneLocked(node, shared.now(), news) && !node.removal().ready();
        } finally {
            shared.lock().unlock();
        }
        news.forEach(Runnable::run);
        if (removed) {
            listener.run();
        }
    }

    /** Whether an upstream that is leaving has no requests, and gets none. */
    private boolean goneLocked(UpstreamNode node, long now, List<Runnable> news) {
        boolean more = sticky && !node.admin().closedAt(now) && !node.removal().closedAt(now);
        if (!node.leaving() || more || node.inFlight() > 0) {
            return false;
        }
        node.leavingLocked(false);
        late.remove(node);
        if (!node.removal().ready()) {
            shared.members().forget(node);
        }
        news.add(() -> shared.log().drained(node));
        return true;
    }

    /**
     * Says in the log whose deadline is over. To be called when the next one has come; requests know by themselves.
     *
     * @return nanoseconds until the next one; empty if there is none
     */
    public OptionalLong settle() {
        List<Runnable> news = new ArrayList<>();
        long next = Long.MAX_VALUE;
        shared.lock().lock();
        try {
            long now = shared.now();
            for (UpstreamNode node : shared.members().everybody()) {
                for (AdminState state : List.of(node.admin(), node.removal())) {
                    if (!state.ready() && !state.overAt(now)) {
                        next = Math.min(next, state.untilNanos() - now);
                    }
                }
                boolean over = node.admin().overAt(now) || node.removal().overAt(now);
                if (over && shared.members().settle(node, now)) {
                    shared.snapshots().changedLocked(now);
                }
                if (over && node.leaving() && !goneLocked(node, now, news) && late.add(node)) {
                    int inFlight = node.inFlight();
                    news.add(() -> shared.log().deadline(node, inFlight));
                }
            }
        } finally {
            shared.lock().unlock();
        }
        if (!news.isEmpty()) {
            news.forEach(Runnable::run);
            room.run();
        }
        return next == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(next);
    }

    /**
     * Whether connections to an upstream that have no end of their own are to be closed.
     *
     * @param upstream one of {@link Pool#upstreams}, now or earlier
     * @return true if the deadline of its drain is over, or it is gone
     */
    public boolean isOver(UpstreamConfig upstream) {
        for (UpstreamNode node : shared.members().everybody()) {
            if (node.upstream() == upstream) {
                long now = shared.now();
                return node.admin().overAt(now) || node.removal().overAt(now);
            }
        }
        return true;
    }

    UpstreamStatus.Service service(UpstreamNode node, long now) {
        boolean removed = !node.removal().ready();
        AdminState state =
                removed && node.admin().mode() != AdminState.Mode.MAINTENANCE ? node.removal() : node.admin();
        return state.ready()
                ? UpstreamStatus.Service.READY
                : new UpstreamStatus.Service(
                        state.mode(),
                        removed,
                        Duration.ofNanos(now - state.sinceNanos()),
                        Duration.ofNanos(Math.max(0, state.untilNanos() - now)));
    }
}
