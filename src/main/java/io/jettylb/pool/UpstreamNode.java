package io.jettylb.pool;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Strategy;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.AdminState;
import io.jettylb.health.AgentState;
import io.jettylb.health.Ejection;
import io.jettylb.health.ProbeState;
import io.jettylb.health.UpstreamReport;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An upstream with what is known about it. The facts are written under the pool's lock and read by anybody; only what it
 * reports in responses comes without the lock.
 */
final class UpstreamNode implements Candidate {

    private final UpstreamConfig upstream;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final TrialRight trial = new TrialRight();
    private final AtomicReference<Reported> reported = new AtomicReference<>(Reported.NOTHING);
    private final Tally tally = new Tally();
    /** What the operator is told of its ejections; guarded by the pool's lock. */
    final News news = new News();

    private volatile Ejection ejection = Ejection.NONE;
    private volatile ProbeState probe;
    private volatile boolean probeDrains;
    private volatile AgentState agent = AgentState.SILENT;
    private volatile AdminState admin = AdminState.READY;
    /** What its removal from the configuration means for it. */
    private volatile AdminState removal = AdminState.READY;

    /** Whether somebody waits for its last request. */
    private volatile boolean leaving;

    private volatile Standing standing;
    private volatile UpstreamConfig config;
    private volatile Observer observer;
    private volatile int maxRequests;
    private volatile int setWeight;
    private volatile int weight;
    // Guarded by the pool's lock.
    private long agentAt;
    private boolean ramping;
    private long rampFrom;
    private boolean fresh = true;
    private boolean closedByAdmin;

    /**
     * An upstream of a pool that begins, too.
     *
     * @param config what is said of it
     * @param probe what is believed of it
     * @param strategy wants to learn of its attempts
     */
    UpstreamNode(UpstreamConfig config, ProbeState probe, Strategy strategy) {
        this.upstream = config;
        this.config = config;
        this.probe = probe;
        this.maxRequests = config.maxRequests();
        this.setWeight = config.weight();
        this.weight = Math.max(1, config.weight());
        this.standing = judge();
        this.observer = strategy.observerOf(this);
    }

    /** It joins a pool that is serving already, and gets its share step by step. */
    void joinsLocked(long now) {
        fresh = false;
        if (standing == Standing.OPEN) {
            ramping = true;
            rampFrom = now;
        }
    }

    /** What the strategy learns from the attempts here. */
    Observer observer() {
        return observer;
    }

    /** Where to send requests: the same object as long as it is a member, whatever else is said of it later. */
    UpstreamConfig upstream() {
        return upstream;
    }

    /** What is said of it now. */
    UpstreamConfig config() {
        return config;
    }

    /** Whether a configuration is about this upstream and no other one. */
    boolean is(UpstreamConfig other) {
        return upstream.id().equals(other.id())
                && upstream.uri().equals(other.uri())
                && Objects.equals(upstream.socket(), other.socket());
    }

    /**
     * It stays a member, or is one again. A weight that was changed since the start stays, unless another one is written.
     *
     * @param next what is said of it now
     * @param learns what the strategy learns from the attempts here
     */
    void staysLocked(UpstreamConfig next, Observer learns) {
        if (next.weight() != config.weight()) {
            setWeight = next.weight();
        }
        config = next;
        maxRequests = Math.min(next.maxRequests(), agent.maxRequests());
        observer = learns;
        removal = AdminState.READY;
        leaving &= !admin.ready();
    }

    @Override
    public String id() {
        return upstream.id();
    }

    @Override
    public int weight() {
        return weight;
    }

    /** What strategies see from their next picker on. */
    void weightLocked(int next) {
        weight = next;
    }

    /** What the configuration, or the operator since then, says. */
    int setWeight() {
        return setWeight;
    }

    void setWeightLocked(int next) {
        setWeight = next;
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public int maxRequests() {
        return maxRequests;
    }

    boolean full() {
        return inFlight.get() >= maxRequests;
    }

    /** One more attempt, if there is room for it. Whoever gets true must {@link #end} it. */
    boolean begin() {
        int max = maxRequests;
        if (max == UpstreamConfig.UNLIMITED) {
            inFlight.incrementAndGet();
            return true;
        }
        while (true) {
            int now = inFlight.get();
            if (now >= max) {
                return false;
            }
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void end() {
        inFlight.decrementAndGet();
    }

    /** Which requests it may get. */
    Standing standing() {
        return standing;
    }

    /** The one place where the independent facts about an upstream become one answer. */
    private Standing judge() {
        if (!probe.up() || agent.down() || agent.mode() == AgentState.Mode.MAINT || closedByAdmin) {
            return Standing.CLOSED;
        }
        if (ejection.active()) {
            return Standing.EJECTED;
        }
        return wanted() ? Standing.OPEN : Standing.BOUND;
    }

    /** Whether it is to get requests of clients that are not bound to it. */
    boolean wanted() {
        return inService() && askedShare() > 0;
    }

    /** The strictest of what the operator, its agent and its probes want. */
    AdminState.Mode mode() {
        if (admin.mode() == AdminState.Mode.MAINTENANCE || agent.mode() == AgentState.Mode.MAINT) {
            return AdminState.Mode.MAINTENANCE;
        }
        boolean drains = !admin.ready() || !removal.ready() || agent.mode() == AgentState.Mode.DRAIN || probeDrains;
        return drains ? AdminState.Mode.DRAIN : AdminState.Mode.READY;
    }

    private boolean inService() {
        return setWeight > 0
                && agent.mode() == AgentState.Mode.READY
                && admin.ready()
                && removal.ready()
                && !probeDrains;
    }

    /** Whether it might get requests if its health were not what it seems to be; one that was never healthy may not. */
    boolean isHopeful() {
        return wanted() && (probe.up() || probe.proven());
    }

    /** Whether it takes no new requests only because it has asked for none. */
    boolean declines() {
        return standing == Standing.BOUND && inService();
    }

    /** Judges anew after a fact has changed. */
    void settleLocked(long now) {
        Standing before = standing;
        closedByAdmin = admin.closedAt(now) || removal.closedAt(now);
        Standing next = judge();
        standing = next;
        boolean serves = next == Standing.OPEN || next == Standing.BOUND;
        if (serves && (before == Standing.EJECTED || before == Standing.CLOSED) && !fresh) {
            ramping = true;
            rampFrom = now;
            // What it could take before it went away says little about now.
            reported.set(Reported.NOTHING);
        }
        // A process that starts finds its upstreams warm: only who has been seen away comes back.
        fresh &= next == Standing.CLOSED && !probe.up();
    }

    /** What it has of its weight while that grows; 1 if it does not. */
    double rampFactorLocked(SlowStart slowStart, long now) {
        if (ramping) {
            double factor = slowStart.factor(now - rampFrom);
            ramping = factor < 1 || now - rampFrom < 0;
            return factor;
        }
        return 1;
    }

    boolean rampingLocked() {
        return ramping;
    }

    /** What it asks for, relative to its weight. */
    double askedShare() {
        double share = reported.get().share();
        return (Double.isNaN(share) ? 1 : share) * (agent.percent() < 0 ? 1 : agent.percent() / 100.0);
    }

    Reported reported() {
        return reported.get();
    }

    /**
     * Takes figures; any thread may.
     *
     * @return whether there were none before
     */
    boolean report(UpstreamReport report, LoadReportConfig rules, long now) {
        Reported before = reported.getAndUpdate(known -> known.with(report, rules, now));
        return before == Reported.NOTHING && reported.get() != Reported.NOTHING;
    }

    /** Forgets all that it has said about itself. */
    void forgetReportsLocked() {
        reported.set(Reported.NOTHING);
    }

    void forgetAgentLocked() {
        setAgentLocked(AgentState.SILENT);
    }

    /** Takes what the agent says. */
    void agentLocked(String answer, long now) {
        AgentState next = agent.observe(answer);
        if (next != agent) {
            agentAt = now;
            setAgentLocked(next);
        }
    }

    AgentState agent() {
        return agent;
    }

    private void setAgentLocked(AgentState next) {
        agent = next;
        maxRequests = Math.min(config.maxRequests(), next.maxRequests());
    }

    /**
     * Forgets figures that are too old.
     *
     * @return whether there are any left
     */
    boolean expireLocked(LoadReportConfig rules, long now) {
        Reported known = reported.get();
        Reported left = known.fresh(rules, now);
        if (left != known) {
            // Should it fail, a new report has come, which is as good.
            reported.compareAndSet(known, left);
        }
        boolean figures = agent.percent() >= 0 || agent.maxRequests() != UpstreamConfig.UNLIMITED;
        if (figures && now - agentAt >= rules.expiry().toNanos()) {
            setAgentLocked(agent.withoutFigures());
            figures = false;
        }
        return figures || reported.get() != Reported.NOTHING;
    }

    Ejection ejection() {
        return ejection;
    }

    void ejectionLocked(Ejection next) {
        ejection = next;
    }

    /** How its requests ended. */
    Tally tally() {
        return tally;
    }

    AdminState admin() {
        return admin;
    }

    void adminLocked(AdminState next) {
        admin = next;
    }

    /** {@link AdminState#READY} if it is a member. */
    AdminState removal() {
        return removal;
    }

    void removalLocked(AdminState next) {
        removal = next;
    }

    boolean leaving() {
        return leaving;
    }

    void leavingLocked(boolean next) {
        leaving = next;
    }

    ProbeState probe() {
        return probe;
    }

    /** Whether its probes want it drained. */
    boolean probeDrains() {
        return probeDrains;
    }

    void probeDrainsLocked(boolean next) {
        probeDrains = next;
    }

    void probeLocked(ProbeState next, boolean passed) {
        probe = next;
        fresh &= passed;
    }

    /**
     * Takes the right to send the one trial request.
     *
     * @return what has to be given back; null if somebody else has it, or there is no room
     */
    TrialRight.Held claimTrial(long now) {
        TrialRight.Held held = trial.claim(now);
        if (held == null || begin()) {
            return held;
        }
        trial.release(held);
        return null;
    }

    void releaseTrial(TrialRight.Held held) {
        trial.release(held);
    }
}
