package io.jettylb.pool;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Strategy;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.AgentState;
import io.jettylb.health.Ejection;
import io.jettylb.health.ProbeState;
import io.jettylb.health.UpstreamReport;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An upstream with what is known about it. The facts are written under the pool's lock and read by anybody; only what it
 * reports in responses comes without the lock.
 */
final class UpstreamNode implements Candidate {

    private final UpstreamConfig config;
    private final Observer observer;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicBoolean trial = new AtomicBoolean();
    private final AtomicReference<Reported> reported = new AtomicReference<>(Reported.NOTHING);
    private final Tally tally = new Tally();
    private volatile Ejection ejection = Ejection.NONE;
    private volatile ProbeState probe;
    private volatile AgentState agent = AgentState.SILENT;
    private volatile Standing standing;
    private volatile int maxRequests;
    private volatile int setWeight;
    private volatile int weight;
    // Guarded by the pool's lock.
    private long agentAt;
    private boolean ramping;
    private long rampFrom;
    private boolean fresh = true;

    UpstreamNode(UpstreamConfig config, ProbeState probe, Strategy strategy) {
        this.config = config;
        this.probe = probe;
        this.maxRequests = config.maxRequests();
        this.setWeight = config.weight();
        this.weight = Math.max(1, config.weight());
        this.standing = judge();
        this.observer = strategy.observerOf(this);
    }

    /** What the strategy learns from the attempts here. */
    Observer observer() {
        return observer;
    }

    UpstreamConfig config() {
        return config;
    }

    @Override
    public String id() {
        return config.id();
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
        if (!probe.up() || agent.down() || agent.mode() == AgentState.Mode.MAINT) {
            return Standing.CLOSED;
        }
        if (ejection.active()) {
            return Standing.EJECTED;
        }
        return wanted() ? Standing.OPEN : Standing.BOUND;
    }

    /** Whether it is to get requests of clients that are not bound to it. */
    boolean wanted() {
        return setWeight > 0 && agent.mode() == AgentState.Mode.READY && askedShare() > 0;
    }

    /** Whether it might get requests if its health were not what it seems to be; one that was never healthy may not. */
    boolean isHopeful() {
        return wanted() && (probe.up() || probe.proven());
    }

    /** Whether it takes no new requests only because it has asked for none. */
    boolean declines() {
        return standing == Standing.BOUND && setWeight > 0 && agent.mode() == AgentState.Mode.READY;
    }

    /** Judges anew after a fact has changed. */
    void settleLocked(long now) {
        Standing before = standing;
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

    ProbeState probe() {
        return probe;
    }

    void probeLocked(ProbeState next, boolean passed) {
        probe = next;
        fresh &= passed;
    }

    /** Takes the right to send the one trial request; whoever gets it must give it back. */
    boolean claimTrial() {
        if (!trial.compareAndSet(false, true)) {
            return false;
        }
        if (begin()) {
            return true;
        }
        releaseTrial();
        return false;
    }

    void releaseTrial() {
        trial.set(false);
    }
}
