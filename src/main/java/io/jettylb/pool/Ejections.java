package io.jettylb.pool;

import io.jettylb.config.OutlierConfig;
import io.jettylb.health.Ejection;
import io.jettylb.health.Ejection.Reason;
import io.jettylb.health.EjectionRules;
import io.jettylb.health.OutlierRules;
import io.jettylb.health.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Learns from the attempts of requests which upstreams to leave out: passive detection. Thread-safe. Successes take no
 * lock, but for one in many that ends a part of the window, and that one does not wait for it.
 */
final class Ejections {

    private final Shared shared;
    private final Supplier<RandomGenerator> random;
    private volatile Settings settings;
    /** When the upstreams were last compared; guarded by the pool's lock. */
    private long comparedAt;

    private record Settings(
            boolean on, boolean probeEnds, OutlierRules rules, EjectionRules times, long slow, long window) {

        static Settings of(OutlierConfig config) {
            return new Settings(
                    config.on(),
                    config.eject().probeEnds(),
                    new OutlierRules(config),
                    EjectionRules.of(config.eject()),
                    config.on() ? config.slow().toNanos() : 0,
                    config.window().toNanos());
        }
    }

    Ejections(OutlierConfig config, Shared shared, Supplier<RandomGenerator> random) {
        this.shared = shared;
        this.random = random;
        this.settings = Settings.of(config);
        this.comparedAt = shared.now();
    }

    /** Other rules from now on; what was counted and who is ejected stays, unless nobody is to be ejected any more. */
    void configLocked(OutlierConfig config, long now) {
        settings = Settings.of(config);
        if (!config.on()) {
            shared.members().everybody().forEach(node -> endLocked(node, now));
        }
    }

    /** Whether it matters when a request was sent. */
    boolean measuresTime() {
        return settings.slow() > 0;
    }

    /**
     * The head of a response has come.
     *
     * @param waited nanoseconds since the request was sent; 0 if nobody has measured that
     */
    void answered(Lease lease, int status, long waited) {
        Settings now = settings;
        boolean late = now.slow() > 0 && waited >= now.slow();
        if (!now.on() || status < 500 && !late && !lease.onTrial()) {
            // Whether it is a success is known when it has come to its end.
            return;
        }
        Verdict verdict = late ? Verdict.FAILURE : Verdict.of(status);
        UpstreamNode node = lease.node();
        Failure failure = late ? Failure.slow(waited) : Failure.status(status);
        if (lease.onTrial()) {
            boolean passed = node.ejection().passes(verdict);
            if (passed) {
                trialSucceeded(node);
            } else {
                lease.settle();
                trialFailed(node, failure);
            }
            // The answer may take hours, and the upstream may go away and come back while it does.
            lease.releaseTrial();
            if (!passed) {
                return;
            }
        }
        if (verdict != Verdict.SUCCESS) {
            lease.settle();
            failed(node, verdict == Verdict.FAILURE, failure);
        }
    }

    /**
     * An attempt has ended.
     *
     * @param outcome how; null if the head of its response has said all
     */
    void completed(Lease lease, Outcome outcome, Throwable cause) {
        try {
            if (settings.on() && outcome != null) {
                settle(lease, outcome, cause);
            }
        } finally {
            lease.releaseTrial();
        }
    }

    private void settle(Lease lease, Outcome outcome, Throwable cause) {
        UpstreamNode node = lease.node();
        switch (outcome) {
            case SUCCESS, ERROR_RESPONSE -> {
                if (node.tally().succeeded(settings.rules())) {
                    turn(node, shared.now());
                }
            }
            case CONNECT_FAILED, BROKEN, TIMED_OUT -> {
                Failure failure = Failure.of(outcome, cause);
                if (lease.onTrial()) {
                    trialFailed(node, failure);
                } else if (outcome == Outcome.CONNECT_FAILED) {
                    eject(node, Reason.REFUSED, failure);
                } else {
                    failed(node, true, failure);
                }
            }
            case CANCELLED -> {
                // Nobody's fault.
            }
        }
    }

    private void trialSucceeded(UpstreamNode node) {
        boolean news = false;
        shared.lock().lock();
        try {
            long now = shared.now();
            if (endLocked(node, now)) {
                shared.changedLocked(node, now);
                news = node.news.back();
            }
        } finally {
            shared.lock().unlock();
        }
        if (news) {
            shared.log().back(node, "a trial request was answered");
        }
    }

    private void trialFailed(UpstreamNode node, Failure failure) {
        long time = 0;
        boolean news = false;
        double chance = random.get().nextDouble();
        shared.lock().lock();
        try {
            long now = shared.now();
            Ejection before = node.ejection();
            // A trial before its time, as the last resort, must not make the ejection longer.
            if (before.dueAt(now)) {
                Reason reason = before.afterTrial(failure.refused(), failure.answered());
                if (before.reason() == Reason.REFUSED && !hasRoom()) {
                    // Out as one that refuses connections, it did not count.
                    reason = Reason.REFUSED;
                }
                Ejection next = before.next(reason, settings.times(), now, chance);
                node.ejectionLocked(next);
                shared.changedLocked(node, now);
                time = next.atNanos() - now;
                news = node.news.stays(now);
            }
        } finally {
            shared.lock().unlock();
        }
        if (time > 0) {
            shared.log().staysEjected(node, time, failure, news);
        }
    }

    private void failed(UpstreamNode node, boolean inARow, Failure failure) {
        if (isOut(node)) {
            // It was under way when the upstream was ejected, and says nothing new.
            return;
        }
        turn(node, shared.now());
        Tally tally = node.tally();
        tally.failed(inARow, settings.rules());
        if (inARow && tally.tooManyInARow(settings.rules())) {
            eject(node, Reason.CONSECUTIVE_FAILURES, failure);
        } else if (tally.tooManyInWindow(settings.rules())) {
            eject(node, Reason.FAILURE_RATE, failure);
        }
    }

    private static boolean isOut(UpstreamNode node) {
        return node.standing() == Standing.EJECTED || node.standing() == Standing.CLOSED;
    }

    private void eject(UpstreamNode node, Reason reason, Failure failure) {
        long time = 0;
        String cause = null;
        double chance = random.get().nextDouble();
        shared.lock().lock();
        try {
            long now = shared.now();
            if (!isOut(node) && mayEject(node, reason)) {
                String words = cause(node, reason, failure);
                time = ejectLocked(node, reason, now, chance);
                cause = node.news.ejected(node.ejection().times(), now) ? words : null;
            } else {
                node.tally().spareLocked();
            }
        } finally {
            shared.lock().unlock();
        }
        if (cause != null) {
            shared.log().ejected(node, time, cause);
        }
    }

    /** Ejects, and answers for how long. */
    private long ejectLocked(UpstreamNode node, Reason reason, long now, double chance) {
        Ejection next = node.ejection().next(reason, settings.times(), now, chance);
        node.ejectionLocked(next);
        shared.changedLocked(node, now);
        return next.atNanos() - now;
    }

    private String cause(UpstreamNode node, Reason reason, Failure failure) {
        Tally tally = node.tally();
        return switch (reason) {
            case CONSECUTIVE_FAILURES -> {
                int failures = tally.inARow();
                yield failures + " failure" + (failures == 1 ? "" : "s in a row") + ", last: " + failure.words();
            }
            case FAILURE_RATE ->
                tally.failuresInWindow() + " of " + tally.requestsInWindow() + " requests failed in "
                        + PoolLog.time(settings.window()) + ", last: " + failure.words();
            case REFUSED, SUCCESS_RATE -> failure.words();
        };
    }

    /** Who refuses connections is of no use to anybody, so that there may be any number of them but all. */
    private boolean mayEject(UpstreamNode node, Reason reason) {
        if (node.standing() == Standing.BOUND) {
            return true;
        }
        return shared.members().open() > 1 && (reason == Reason.REFUSED || hasRoom());
    }

    private boolean hasRoom() {
        List<UpstreamNode> all = shared.members().all();
        int most = settings.rules().mostEjected(all.size());
        for (UpstreamNode node : all) {
            Ejection ejection = node.ejection();
            if (ejection.active() && ejection.reason() != Reason.REFUSED && node.wanted() && --most == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a passed probe lets an upstream back in. */
    boolean endByProbe() {
        return settings.probeEnds();
    }

    /**
     * Lets an upstream back in.
     *
     * @return whether it was out
     */
    boolean endLocked(UpstreamNode node, long now) {
        boolean out = node.ejection().active();
        if (out) {
            node.ejectionLocked(node.ejection().over(now));
            node.tally().restartLocked(settings.rules());
        }
        return out;
    }

    /** Ends parts of the window, and the window itself. */
    private void turn(UpstreamNode node, long now) {
        if (!settings.rules().windowed()
                || !node.tally().isDue(now, settings.rules())
                || !shared.lock().tryLock()) {
            return;
        }
        List<Outlier> outliers = List.of();
        try {
            node.tally().turnLocked(now, settings.rules());
            if (now - comparedAt >= settings.window()) {
                comparedAt = now;
                outliers = compareLocked(now);
            }
        } finally {
            shared.lock().unlock();
        }
        for (Outlier outlier : outliers) {
            shared.log().ejected(outlier.node, outlier.time, outlier.cause);
        }
    }

    private record Outlier(UpstreamNode node, double rate, long time, String cause) {}

    /** Ejects who succeeds less often than the others, the worst first, and answers what there is to tell. */
    private List<Outlier> compareLocked(long now) {
        List<UpstreamNode> all = shared.members().all();
        if (all.size() < OutlierRules.MIN_COMPARED) {
            return List.of();
        }
        List<Outlier> compared = new ArrayList<>();
        double[] rates = new double[all.size()];
        for (UpstreamNode node : all) {
            Tally tally = node.tally();
            tally.turnLocked(now, settings.rules());
            long requests = tally.requestsInWindow();
            if (!isOut(node) && settings.rules().comparable(requests)) {
                double rate = 1 - (double) tally.failuresInWindow() / requests;
                rates[compared.size()] = rate;
                compared.add(new Outlier(node, rate, 0, null));
            }
        }
        double threshold = settings.rules().successThreshold(rates, compared.size());
        double mean = OutlierRules.mean(rates, compared.size());
        List<Outlier> ejected = new ArrayList<>();
        compared.sort((a, b) -> Double.compare(a.rate, b.rate));
        for (Outlier one : compared) {
            if (one.rate < threshold && mayEject(one.node, Reason.SUCCESS_RATE)) {
                double chance = random.get().nextDouble();
                String cause = PoolLog.percent(one.rate) + " of its requests succeeded in "
                        + PoolLog.time(settings.window()) + ", the pool's mean is " + PoolLog.percent(mean);
                long time = ejectLocked(one.node, Reason.SUCCESS_RATE, now, chance);
                if (one.node.news.ejected(one.node.ejection().times(), now)) {
                    ejected.add(new Outlier(one.node, one.rate, time, cause));
                }
            }
        }
        return ejected;
    }
}
