package io.jettylb.pool;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Strategy;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.Ejection;
import io.jettylb.health.ProbeState;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream with what is known about it. The facts are written under the pool's lock and read by anybody. */
final class UpstreamNode implements Candidate {

    private final UpstreamConfig config;
    private final Observer observer;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicBoolean trial = new AtomicBoolean();
    private volatile Ejection ejection = Ejection.NONE;
    private volatile ProbeState probe;

    UpstreamNode(UpstreamConfig config, ProbeState probe, Strategy strategy) {
        this.config = config;
        this.probe = probe;
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
        return config.weight();
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    void begin() {
        inFlight.incrementAndGet();
    }

    void end() {
        inFlight.decrementAndGet();
    }

    /** The one place where the independent facts about an upstream become one answer. */
    boolean eligible() {
        return probe.up() && !ejection.active();
    }

    Ejection ejection() {
        return ejection;
    }

    void ejectionLocked(Ejection next) {
        ejection = next;
    }

    ProbeState probe() {
        return probe;
    }

    void probeLocked(ProbeState next) {
        probe = next;
    }

    /** Takes the right to send the one trial request; whoever gets it must give it back. */
    boolean claimTrial() {
        return trial.compareAndSet(false, true);
    }

    void releaseTrial() {
        trial.set(false);
    }
}
