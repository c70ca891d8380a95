package io.jettylb.pool;

import io.jettylb.balance.LoadReport;
import io.jettylb.balance.Observer;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.AgentState;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import io.jettylb.health.UpstreamReport;
import java.util.List;
import java.util.Objects;

/** Takes in what the operator, the probes and the upstreams themselves say about the upstreams of a pool. Thread-safe. */
final class Facts {

    private final Shared shared;
    private final Ejections ejections;
    private volatile ProbeConfig probeRules;
    private volatile LoadReportConfig reportRules;

    Facts(PoolConfig config, Shared shared, Ejections ejections) {
        this.shared = shared;
        this.ejections = ejections;
        this.probeRules = config.probe();
        this.reportRules = config.shares().loadReport();
    }

    /**
     * Takes another configuration for the upstreams that stay.
     *
     * <p>What the old probes have shown counts until the new ones say otherwise, if the upstream is up; if it is down,
     * the first pass of the new ones brings it up, since the old ones may have asked for the wrong thing.
     */
    void configLocked(PoolConfig next, List<UpstreamNode> stayed) {
        ProbeConfig probes = next.probe();
        boolean otherProbes = probes == null || probeRules == null || !probes.asksLike(probeRules);
        LoadReportConfig reports = next.shares().loadReport();
        boolean otherReports = !Objects.equals(reports, reportRules);
        for (UpstreamNode node : stayed) {
            if (otherProbes) {
                boolean up = probes == null || node.probe().up();
                node.probeLocked(up ? ProbeState.UP : ProbeState.UNKNOWN, true);
            }
            node.probeDrainsLocked(probes != null && probes.check().drainOn404() && node.probeDrains());
            if (otherReports) {
                node.forgetReportsLocked();
            }
            if (reports == null || !reports.agent()) {
                node.forgetAgentLocked();
            }
        }
        probeRules = probes;
        reportRules = reports;
    }

    /**
     * Changes the weight of an upstream; it holds for the next request.
     *
     * @param id the upstream's id
     * @param weight 0 to {@value UpstreamConfig#MAX_WEIGHT}; 0: no new requests, but those of clients bound to it
     * @throws IllegalArgumentException if there is no such upstream, or the weight is none
     */
    void weight(String id, int weight) {
        if (weight < 0 || weight > UpstreamConfig.MAX_WEIGHT) {
            throw new IllegalArgumentException(
                    "weight: " + weight + " (expected: 0.." + UpstreamConfig.MAX_WEIGHT + ")");
        }
        UpstreamNode node = shared.node(id);
        int before;
        shared.lock().lock();
        try {
            long now = shared.now();
            before = node.setWeight();
            if (before != weight) {
                node.setWeightLocked(weight);
                shared.changedLocked(node, now);
            }
        } finally {
            shared.lock().unlock();
        }
        if (before != weight) {
            shared.log().weight(node, before, weight);
        }
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
    ProbeState probed(String id, ProbeResult result) {
        UpstreamNode node = shared.node(id);
        if (probeRules == null) {
            throw new IllegalArgumentException(shared.name() + "/" + id + ": not probed");
        }
        return probed(node, result);
    }

    /** The same for an upstream that may have been removed, or replaced by one with the same id. */
    ProbeState probed(UpstreamConfig upstream, ProbeResult result) {
        UpstreamNode node = shared.members().get(upstream.id());
        boolean known = node != null && node.upstream() == upstream;
        return known ? probed(node, result) : ProbeState.UNKNOWN;
    }

    private ProbeState probed(UpstreamNode node, ProbeResult result) {
        LoadReportConfig listens = reportRules;
        String words = listens == null || result.report() == null
                ? null
                : result.report().agent();
        ProbeState before;
        ProbeState next;
        boolean drainedBefore;
        boolean drains;
        AgentState agentBefore;
        AgentState agent;
        boolean back = false;
        shared.lock().lock();
        try {
            ProbeConfig rules = probeRules;
            if (rules == null) {
                // The question was taken back while the answer was under way.
                return ProbeState.UNKNOWN;
            }
            long now = shared.now();
            before = node.probe();
            boolean desperate = result.passed() && shared.members().open() == 0;
            next = desperate ? ProbeState.UP : before.observe(result, rules);
            node.probeLocked(next, result.passed());
            if (next.up() && !before.up() || result.passed() && ejections.endByProbe()) {
                back = ejections.endLocked(node, now) && node.news.back();
            }
            drainedBefore = node.probeDrains();
            drains = next.up() && (result.drain() || drainedBefore && !result.passed());
            node.probeDrainsLocked(drains);
            agentBefore = node.agent();
            if (words != null) {
                node.agentLocked(words, now);
            }
            agent = node.agent();
            boolean wantedAsBefore = drains == drainedBefore && agent.equals(agentBefore);
            if (shared.members().settle(node, now) || !wantedAsBefore) {
                shared.snapshots().changedLocked(now);
            }
        } finally {
            shared.lock().unlock();
        }
        shared.log().probed(node, before, next, result);
        if (back) {
            shared.log().back(node, "a probe passed");
        }
        if (next.up() && drains != drainedBefore) {
            shared.log().probeDrains(node, drains, result);
        }
        if (words != null) {
            shared.log().agent(node, agentBefore, agent, words);
        }
        if (result.report() != null) {
            reported(node, result.report());
        }
        return next;
    }

    /** An upstream has said something about itself. */
    void reported(UpstreamNode node, UpstreamReport report) {
        LoadReportConfig rules = reportRules;
        if (rules == null) {
            return;
        }
        if (node.observer() != Observer.NONE) {
            double utilization =
                    report.orca() == null ? Double.NaN : report.orca().utilization();
            node.observer().reported(new LoadReport(report.inFlight(), utilization, report.share()));
        }
        // As long as there are reports, snapshots are made regularly and see the others.
        if (node.report(report, rules, shared.now())) {
            shared.lock().lock();
            try {
                long now = shared.now();
                shared.changedLocked(node, now);
            } finally {
                shared.lock().unlock();
            }
        }
    }
}
