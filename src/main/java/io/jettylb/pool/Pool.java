package io.jettylb.pool;

import io.jettylb.balance.HashKey;
import io.jettylb.balance.Strategy;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.BreakerState;
import io.jettylb.health.Ejection;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A named group of interchangeable upstreams. Thread-safe; {@link #acquire} waits for no lock unless it finds nobody.
 *
 * <p>An upstream that refuses connections is ejected at once, and one that fails requests when they are too many; see
 * {@link OutlierConfig}. When its time is over, it gets a single trial request; see {@link Ejection}. The last eligible
 * upstream is never ejected: a wrong guess about it would be an outage.
 *
 * <p>In a pool with probes, an upstream that is down by them gets nothing at all, not even a trial: see
 * {@link ProbeState}. Probes are no guess, so they may take out the last one.
 *
 * <p>Whatever changes the set of upstreams or their weights makes a new snapshot, at once as a rule; where that has to
 * wait, requests pass over upstreams that have left since. Weights that change with time have new snapshots when these
 * are due, made by the next request: the pool has no threads.
 */
public final class Pool {

    private final String name;
    private final LongSupplier nanoClock;
    private final Members members;
    private final Snapshots snapshots;
    private final Choice choice;
    private final Facts facts;
    private final Ejections ejections;
    private final Drains drains;
    private final Shared shared;
    private final PoolLog log;
    private volatile Strategy strategy;
    private final RetryBudget retryBudget;
    private final LongAdder refused = new LongAdder();
    /** Null as long as there are no limits. */
    private volatile Admission admission;

    /**
     * Creates a pool with the same sequence of random numbers each time, which is for tests and simulations.
     *
     * @param config its members
     * @param strategy picks among the eligible; owned by this pool
     * @param nanoClock nanoseconds with an arbitrary start
     */
    public Pool(PoolConfig config, Strategy strategy, LongSupplier nanoClock) {
        this(config, strategy, nanoClock, oneByOne(new SplittableRandom(1)));
    }

    private static Supplier<RandomGenerator> oneByOne(SplittableRandom seeded) {
        RandomGenerator shared = () -> {
            synchronized (seeded) {
                return seeded.nextLong();
            }
        };
        return () -> shared;
    }

    /**
     * Creates a pool whose upstreams are all eligible, unless they are to be probed first.
     *
     * @param config its members
     * @param strategy picks among the eligible; owned by this pool
     * @param nanoClock nanoseconds with an arbitrary start
     * @param random gives the generator for the calling thread; chooses the zone of a request
     */
    public Pool(PoolConfig config, Strategy strategy, LongSupplier nanoClock, Supplier<RandomGenerator> random) {
        this.name = config.name();
        this.strategy = strategy;
        this.nanoClock = nanoClock;
        this.members = new Members(config, strategy);
        ReentrantLock lock = new ReentrantLock();
        this.snapshots = new Snapshots(members, nanoClock, lock);
        this.log = new PoolLog(name);
        this.shared = new Shared(name, members, snapshots, lock, nanoClock, log);
        this.choice = new Choice(this, members, snapshots, shared, random);
        this.ejections = new Ejections(config.outlier(), shared, random);
        this.facts = new Facts(config, shared, ejections);
        this.drains = new Drains(config, shared, this::madeRoom);
        this.retryBudget = new RetryBudget(members::inFlight, nanoClock, log);
        limits(config.limits());
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
     * The strategy that picks.
     *
     * @return the one that the pool was made with, or got last
     */
    public Strategy strategy() {
        return strategy;
    }

    /**
     * By which parts of a request its strategy picks.
     *
     * @return the preferred one first; empty if requests need not be looked at
     */
    public List<HashKey> keys() {
        return strategy.keys();
    }

    /**
     * Chooses the upstream of the next attempt: the {@link Selection#prefer preferred} one if it is eligible and not
     * tried, else a due trial, else the strategy's pick among the eligible ones of the best tier, else any eligible one
     * that this request has not tried, the better tiers first, else, as the last resort, an ejected one that it has not
     * tried, else one that was {@link Selection#forgive forgiven}. None of them if it is serving as many requests as it
     * may.
     *
     * <p>Never waits, and overtakes nobody who does: see {@link #await}.
     *
     * @param selection the request; it remembers the choice, or {@link Selection#refusal() why there is none}
     * @return a lease that must be completed, or null if every upstream was tried, is full or is down, or none but the
     *     preferred one will do, or the pool panics and is to fail then
     */
    public Lease acquire(Selection selection) {
        Admission limited = admission;
        if (limited == null) {
            return choice.take(selection);
        }
        if (limited.crowded() && !choice.isAlone(selection)) {
            selection.refused(Refusal.FULL);
            return null;
        }
        return acquire(limited, selection);
    }

    private Lease acquire(Admission limited, Selection selection) {
        Admitted admitted = limited.enter(selection);
        if (admitted == null) {
            return null;
        }
        Lease lease = null;
        try {
            lease = choice.take(selection);
        } finally {
            if (lease == null) {
                admitted.none();
            }
        }
        if (lease != null) {
            lease.admit(admitted);
        }
        return lease;
    }

    /**
     * Lets a request wait that has found no room ({@link Refusal#FULL}). Those who wait are served in the order in which
     * they came, as soon as there is room for them, and refused when there is nobody left to wait for. The pool knows no
     * timeouts: whoever has waited long enough has to {@link Waiting#leave}.
     *
     * @param waiting the request; it may get its answer before this returns
     * @return false if it cannot wait, because there is no queue or the queue is full: then there will be no answer
     */
    public boolean await(Waiting waiting) {
        Admission limited = admission;
        return limited != null && limited.join(waiting);
    }

    /** Counts a request that is refused for lack of room, or by the breaker, once and for all. */
    public void countRefused() {
        refused.increment();
    }

    /**
     * There may be room for somebody who waits. The pool sees that itself where somebody makes it, but not what time
     * alone brings about, such as the end of an ejection.
     */
    public void madeRoom() {
        Admission limited = admission;
        if (limited != null) {
            limited.serve();
        }
    }

    /**
     * Changes the limits; what is under way and who waits already is not affected, unless there is more room. For one
     * thread at a time.
     *
     * @param next how much the pool takes on
     */
    public void limits(LimitsConfig next) {
        Admission limited = admission;
        if (limited != null) {
            limited.limits(next);
        } else if (!next.equals(LimitsConfig.NONE)) {
            admission = new Admission(next, nanoClock, log, this::acquireWaiting);
        }
    }

    private Lease acquireWaiting(Selection selection) {
        return acquire(admission, selection);
    }

    /**
     * How busy it is.
     *
     * @return figures that are read one after the other
     */
    public PoolLoad load() {
        int inFlight =
                members.everybody().stream().mapToInt(UpstreamNode::inFlight).sum();
        Admission limited = admission;
        return limited == null
                ? new PoolLoad(inFlight, UpstreamConfig.UNLIMITED, 0, 0, refused.sum(), BreakerState.Mode.CLOSED)
                : limited.load(inFlight, refused.sum());
    }

    /**
     * Takes another configuration while requests are under way. Upstreams with the same id and URI stay what they are,
     * with their requests, health, ejection and, unless another one is written, weight; see {@link Facts#configLocked}
     * for probes that are others now. New ones begin as the probes' {@code initial} says, with slow start. Removed ones
     * get no new requests, but those of clients that are bound to them until the deadline of a drain.
     *
     * @param next the configuration; of the same name
     * @param other picks from now on: the present one, which keeps all that it knows, or a new one
     * @return how the upstreams differ
     * @throws IllegalStateException if the strategy fails; then nothing has changed
     */
    public PoolChange reconfigure(PoolConfig next, Strategy other) {
        List<Runnable> news = new ArrayList<>();
        Members.Change change;
        shared.lock().lock();
        try {
            long now = nanoClock.getAsLong();
            boolean anew = other != strategy;
            change = members.change(next, other, now);
            strategy = other;
            drains.configLocked(next);
            ejections.configLocked(next.outlier(), now);
            facts.configLocked(next, change.stayed());
            for (UpstreamNode node : members.all()) {
                members.settle(node, now);
            }
            for (UpstreamNode node : change.removed()) {
                drains.removeLocked(node, now, news);
            }
            snapshots.replaceLocked(anew, now);
        } finally {
            shared.lock().unlock();
        }
        news.forEach(Runnable::run);
        limits(next.limits());
        madeRoom();
        return new PoolChange(change.joined(), change.removed().size(), change.changed());
    }

    /**
     * The upstreams to which requests may go.
     *
     * @return those of the configuration in its order, then those that were removed and have requests, or clients that are
     *     bound to them; the same objects as long as they are there, whatever changes of their weights and limits
     */
    public List<UpstreamConfig> upstreams() {
        return members.everybody().stream().map(UpstreamNode::upstream).toList();
    }

    /**
     * The upstreams of the configuration.
     *
     * @return the first of {@link #upstreams}
     */
    public List<UpstreamConfig> members() {
        return members.all().stream().map(UpstreamNode::upstream).toList();
    }

    /**
     * What is known about the upstreams.
     *
     * @return one entry for each, in the order of {@link #upstreams}
     */
    public List<UpstreamStatus> status() {
        long now = nanoClock.getAsLong();
        return members.everybody().stream()
                .map(node -> new UpstreamStatus(
                        node.id(),
                        node.inFlight(),
                        node.standing() == Standing.OPEN,
                        node.probe().up() && !node.agent().down(),
                        node.ejection().times(),
                        node.setWeight(),
                        node.weight(),
                        node.mode(),
                        drains.service(node, now),
                        EjectionStatus.of(node.ejection(), now)))
                .toList();
    }

    /**
     * Whether so few upstreams are eligible that the pool panics; see {@link io.jettylb.config.PanicConfig}.
     *
     * @return true from the change that left too few on
     */
    public boolean panics() {
        return snapshots.latest().headcount().panics();
    }

    /**
     * How upstreams are taken out of service and back.
     *
     * @return those of this pool
     */
    public Drains drains() {
        return drains;
    }

    /**
     * Changes the weight of an upstream; it holds for the next request.
     *
     * @param id the upstream's id
     * @param weight 0 to {@value UpstreamConfig#MAX_WEIGHT}; 0: no new requests, but those of clients bound to it
     * @throws IllegalArgumentException if there is no such upstream, or the weight is none
     */
    public void weight(String id, int weight) {
        facts.weight(id, weight);
        madeRoom();
    }

    /**
     * Takes the result of a probe. Where nobody is eligible, a single pass brings an upstream up: {@code rise} guards
     * against an upstream that is worse than the others, and there are none.
     *
     * <p>An upstream that comes up is no longer ejected, either; a pass of one that has been up says nothing about its
     * ejection, unless the operator has decided so. What it says about itself counts in any case.
     *
     * @param id the upstream's id
     * @param result what the probe found
     * @return what is known from now on
     * @throws IllegalArgumentException if there is no such upstream, or the pool has no probes
     */
    public ProbeState probed(String id, ProbeResult result) {
        ProbeState next = facts.probed(id, result);
        madeRoom();
        return next;
    }

    /**
     * Takes the result of a probe of an upstream that may be no member any more; then it does nothing.
     *
     * @param upstream one of {@link #upstreams}, now or earlier
     * @param result what the probe found
     * @return what is known from now on
     */
    public ProbeState probed(UpstreamConfig upstream, ProbeResult result) {
        ProbeState next = facts.probed(upstream, result);
        madeRoom();
        return next;
    }

    /** What requests see, be it out of date. */
    Snapshot snapshot() {
        return snapshots.current();
    }

    /**
     * How many retries there may be.
     *
     * @return the pool's own
     */
    public RetryBudget retryBudget() {
        return retryBudget;
    }

    Facts facts() {
        return facts;
    }

    Ejections ejections() {
        return ejections;
    }

    long nanos() {
        return nanoClock.getAsLong();
    }
}
