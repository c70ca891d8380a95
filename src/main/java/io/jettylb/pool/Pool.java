package io.jettylb.pool;

import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.health.Ejection;
import io.jettylb.health.EjectionRules;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A named group of interchangeable upstreams. Thread-safe; {@link #acquire} takes no lock.
 *
 * <p>An upstream that refuses connections is ejected at once and gets a single trial request when its time is over;
 * see {@link Ejection}. The last eligible upstream is never ejected: a wrong guess about it would be an outage.
 *
 * <p>In a pool with probes, an upstream that is down by them gets nothing at all, not even a trial: see
 * {@link ProbeState}. Probes are no guess, so they may take out the last one.
 */
public final class Pool {

    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);
    /** How often the strategy is asked again when it names an upstream that this request has tried already. */
    private static final int PICKS = 3;

    private final String name;
    private final Strategy strategy;
    private final LongSupplier nanoClock;
    private final EjectionRules ejectionRules;
    private final ProbeConfig probeRules;
    private final List<UpstreamNode> nodes;
    private final Map<String, UpstreamNode> byId;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Snapshot snapshot;

    /**
     * What request threads see: never changed, only replaced.
     *
     * @param eligible whom to pick from
     * @param picker picks among them; null if there is none, so that no strategy has to think of that
     * @param ejected those that would be eligible if they were not ejected
     */
    private record Snapshot(List<UpstreamNode> eligible, Picker picker, List<UpstreamNode> ejected) {}

    /**
     * Creates a pool whose upstreams are all eligible, unless they are to be probed first.
     *
     * @param config its members
     * @param strategy picks among the eligible; owned by this pool
     * @param nanoClock nanoseconds with an arbitrary start
     */
    public Pool(PoolConfig config, Strategy strategy, LongSupplier nanoClock) {
        this.name = config.name();
        this.strategy = strategy;
        this.nanoClock = nanoClock;
        this.ejectionRules = EjectionRules.CONNECT_FAILURE;
        this.probeRules = config.probe();
        ProbeState initial = probeRules == null ? ProbeState.UP : ProbeState.initial(probeRules);
        this.nodes = config.upstreams().stream()
                .map(upstream -> new UpstreamNode(upstream, initial, strategy))
                .toList();
        this.byId = nodes.stream().collect(Collectors.toUnmodifiableMap(UpstreamNode::id, Function.identity()));
        this.snapshot = snapshotLocked();
    }

    /**
     * The pool's name.
     *
     * @return as configured
     */
    public String name() {
        return name;
    }

    /**
     * Chooses the upstream of the next attempt: the {@link Selection#prefer preferred} one if it is eligible and not
     * tried, else a due trial, else the strategy's pick among the eligible ones, else any eligible one that this request
     * has not tried, else, as the last resort, an ejected one that it has not tried, else one that was
     * {@link Selection#forgive forgiven}.
     *
     * @param selection the request; it remembers the choice
     * @return a lease that must be completed, or null if every upstream was tried or is down, or none but the preferred
     *     one will do
     */
    public Lease acquire(Selection selection) {
        Snapshot current = snapshot;
        if (selection.preferred() != null) {
            Lease bound = acquirePreferred(current, selection);
            if (bound != null || selection.only()) {
                return bound;
            }
        }
        UpstreamNode node = current.ejected.isEmpty() ? null : dueTrial(current, selection);
        if (node != null) {
            return lease(selection, node, true);
        }
        node = pick(current, selection);
        if (node != null) {
            return lease(selection, node, false);
        }
        for (UpstreamNode ejected : current.ejected) {
            if (!selection.tried(ejected)) {
                return lease(selection, ejected, ejected.claimTrial());
            }
        }
        UpstreamNode again = selection.takeForgiven();
        return again == null || !again.probe().up() ? null : lease(selection, again, false);
    }

    /**
     * What is known about the upstreams.
     *
     * @return one entry for each, in the order of the configuration
     */
    public List<UpstreamStatus> status() {
        return nodes.stream()
                .map(node -> new UpstreamStatus(
                        node.id(),
                        node.inFlight(),
                        node.eligible(),
                        node.probe().up(),
                        node.ejection().count()))
                .toList();
    }

    /** A client that is bound makes no trial but that of its own upstream: any other would cost it its session. */
    private Lease acquirePreferred(Snapshot current, Selection selection) {
        UpstreamNode node = byId.get(selection.preferred());
        if (node == null || !selection.takePreferred(node)) {
            return null;
        }
        if (node.eligible()) {
            return lease(selection, node, false);
        }
        boolean trial =
                current.ejected.contains(node) && node.ejection().dueAt(nanoClock.getAsLong()) && node.claimTrial();
        return trial ? lease(selection, node, true) : null;
    }

    private Lease lease(Selection selection, UpstreamNode node, boolean trial) {
        selection.trying(node);
        return new Lease(this, node, trial);
    }

    private UpstreamNode dueTrial(Snapshot current, Selection selection) {
        long now = nanoClock.getAsLong();
        for (UpstreamNode node : current.ejected) {
            if (node.ejection().dueAt(now) && !selection.tried(node) && node.claimTrial()) {
                return node;
            }
        }
        return null;
    }

    private static UpstreamNode pick(Snapshot current, Selection selection) {
        if (current.eligible.isEmpty()) {
            return null;
        }
        int attempt = selection.attempt();
        int index = current.picker.pick(selection.hash(), attempt);
        UpstreamNode node = current.eligible.get(index);
        if (attempt == 0) {
            return node;
        }
        for (int i = 1; i < PICKS && selection.tried(node); i++) {
            index = current.picker.pick(selection.hash(), attempt + i);
            node = current.eligible.get(index);
        }
        int size = current.eligible.size();
        for (int i = 0; i < size; i++) {
            node = current.eligible.get((index + i) % size);
            if (!selection.tried(node)) {
                return node;
            }
        }
        return null;
    }

    /**
     * Takes the result of a probe. Where nobody is eligible, a single pass brings an upstream up: {@code rise} guards
     * against an upstream that is worse than the others, and there are none.
     *
     * <p>An upstream that comes up is no longer ejected, either; a pass of one that has been up says nothing about its
     * ejection.
     *
     * @param id the upstream's id
     * @param result what the probe found
     * @return what is known from now on
     * @throws IllegalArgumentException if there is no such upstream, or the pool has no probes
     */
    public ProbeState probed(String id, ProbeResult result) {
        UpstreamNode node = probedNode(id);
        ProbeState before;
        ProbeState next;
        lock.lock();
        try {
            before = node.probe();
            boolean desperate = result.passed() && snapshot.eligible.isEmpty();
            next = desperate ? ProbeState.UP : before.observe(result.passed(), probeRules);
            node.probeLocked(next);
            if (next.up() != before.up()) {
                if (next.up()) {
                    node.ejectionLocked(Ejection.NONE);
                }
                snapshot = snapshotLocked();
            }
        } finally {
            lock.unlock();
        }
        logProbe(node, before, next, result);
        return next;
    }

    private UpstreamNode probedNode(String id) {
        for (UpstreamNode node : nodes) {
            if (probeRules != null && node.id().equals(id)) {
                return node;
            }
        }
        throw new IllegalArgumentException(name + "/" + id + ": not probed");
    }

    private void logProbe(UpstreamNode node, ProbeState before, ProbeState next, ProbeResult result) {
        if (next.up() && !before.up()) {
            int passes = before.proven() ? before.streak() + 1 : 1;
            LOG.info("{}/{} up: {} passed probe{}", name, node.id(), passes, passes == 1 ? "" : "s");
        } else if (before.up() && !next.up()) {
            int failures = before.streak() + 1;
            String plural = failures == 1 ? "" : "s";
            LOG.warn("{}/{} down: {} failed probe{}, last: {}", name, node.id(), failures, plural, result.cause());
        } else if (before.equals(ProbeState.UNKNOWN) && !next.up()) {
            // It was down before, but only now is there a cause to tell: without it, a wrong path would be a riddle.
            LOG.warn("{}/{} down: first probe failed: {}", name, node.id(), result.cause());
        } else if (!result.passed() && LOG.isDebugEnabled()) {
            LOG.debug("{}/{} failed probe: {}", name, node.id(), result.cause());
        }
    }

    long nanos() {
        return nanoClock.getAsLong();
    }

    /** A trial got an answer: the upstream is back. */
    void trialSucceeded(UpstreamNode node) {
        boolean back = false;
        lock.lock();
        try {
            if (node.ejection().active()) {
                node.ejectionLocked(Ejection.NONE);
                snapshot = snapshotLocked();
                back = true;
            }
        } finally {
            lock.unlock();
        }
        if (back) {
            LOG.info("{}/{} back: a trial request was answered", name, node.id());
        }
    }

    void completed(Lease lease, Outcome outcome, Throwable cause) {
        try {
            if (outcome == Outcome.CONNECT_FAILED) {
                connectFailed(lease, cause);
            }
        } finally {
            if (lease.trial()) {
                lease.node().releaseTrial();
            }
        }
    }

    private void connectFailed(Lease lease, Throwable cause) {
        UpstreamNode node = lease.node();
        Ejection next = null;
        boolean first = false;
        lock.lock();
        try {
            Ejection before = node.ejection();
            first = !before.active();
            long now = nanoClock.getAsLong();
            // Attempts that were under way when the upstream was ejected say nothing new, and neither does a trial
            // before its time: they must not make the ejection longer.
            boolean counts =
                    first ? node.eligible() && snapshot.eligible.size() > 1 : lease.trial() && before.dueAt(now);
            if (counts) {
                next = before.next(ejectionRules, now);
                node.ejectionLocked(next);
                snapshot = snapshotLocked();
            }
        } finally {
            lock.unlock();
        }
        if (next != null && first) {
            LOG.warn("{}/{} ejected: {}", name, node.id(), describe(cause));
        } else if (next != null && LOG.isDebugEnabled()) {
            LOG.debug("{}/{} stays ejected, failed trials: {}: {}", name, node.id(), next.count() - 1, describe(cause));
        }
    }

    private static String describe(Throwable cause) {
        return cause == null ? "connect failed" : "connect failed: " + cause;
    }

    private Snapshot snapshotLocked() {
        List<UpstreamNode> eligible = new ArrayList<>(nodes.size());
        List<UpstreamNode> ejected = new ArrayList<>();
        for (UpstreamNode node : nodes) {
            if (node.eligible()) {
                eligible.add(node);
            } else if (node.probe().up()) {
                ejected.add(node);
            }
        }
        List<UpstreamNode> candidates = List.copyOf(eligible);
        Picker picker = candidates.isEmpty() ? null : strategy.pickerFor(candidates);
        return new Snapshot(candidates, picker, List.copyOf(ejected));
    }
}
