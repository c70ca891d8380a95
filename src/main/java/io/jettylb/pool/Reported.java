package io.jettylb.pool;

import io.jettylb.config.LoadReportConfig;
import io.jettylb.health.UpstreamReport;
import java.time.Duration;

/**
 * What an upstream has said about the share that it wants and can take. Immutable.
 *
 * @param share what it wants, relative to its weight; NaN if it did not say
 * @param shareAt when it said so
 * @param capacity what it can take, in requests a second; NaN if it did not say
 * @param since from when on it has said so
 * @param capacityAt when it said so last
 */
record Reported(double share, long shareAt, double capacity, long since, long capacityAt) {

    static final Reported NOTHING = new Reported(Double.NaN, 0, Double.NaN, 0, 0);

    /** How often new figures make new pickers, and how often a measured capacity is taken at most. */
    static final long PERIOD = Duration.ofSeconds(1).toNanos();

    /** One more report. Capacities that follow each other closely are left out: they say the same. */
    Reported with(UpstreamReport report, LoadReportConfig rules, long now) {
        boolean says = !Double.isNaN(report.share());
        double wanted = says ? report.share() : share;
        long wantedAt = says ? now : shareAt;
        boolean known =
                !Double.isNaN(capacity) && now - capacityAt < rules.expiry().toNanos();
        double measured = report.orca() == null || known && now - capacityAt < PERIOD
                ? Double.NaN
                : report.orca().capacity(rules.errorPenalty());
        if (Double.isNaN(measured)) {
            return says ? new Reported(wanted, wantedAt, capacity, since, capacityAt) : this;
        }
        return new Reported(wanted, wantedAt, measured, known ? since : now, now);
    }

    /** What is left of it when all that is too old is forgotten. */
    Reported fresh(LoadReportConfig rules, long now) {
        long expiry = rules.expiry().toNanos();
        boolean oldShare = !Double.isNaN(share) && now - shareAt >= expiry;
        boolean oldCapacity = !Double.isNaN(capacity) && now - capacityAt >= expiry;
        if (!oldShare && !oldCapacity) {
            return this;
        }
        boolean nothing = (oldShare || Double.isNaN(share)) && (oldCapacity || Double.isNaN(capacity));
        return nothing
                ? NOTHING
                : new Reported(
                        oldShare ? Double.NaN : share, shareAt, oldCapacity ? Double.NaN : capacity, since, capacityAt);
    }

    /** The capacity, once it was reported for long enough; NaN before. */
    double settledCapacity(LoadReportConfig rules, long now) {
        return now - since >= rules.blackout().toNanos() ? capacity : Double.NaN;
    }
}
