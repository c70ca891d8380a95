package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LoadReportConfig;
import io.jettylb.health.OrcaReport;
import io.jettylb.health.UpstreamReport;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Expiry and blackout, in virtual time that wraps. */
class ReportedTest {

    private static final LoadReportConfig RULES =
            new LoadReportConfig("w", null, true, false, Duration.ofSeconds(180), Duration.ofSeconds(10), 1);
    private static final long START = Long.MAX_VALUE - 5;

    private Reported reported = Reported.NOTHING;

    private static long at(double seconds) {
        return START + (long) (seconds * 1e9);
    }

    private void share(double share, double seconds) {
        reported = reported.with(new UpstreamReport(share, -1, null, null), RULES, at(seconds));
    }

    private void capacity(double capacity, double seconds) {
        OrcaReport orca = new OrcaReport(1, capacity, 0);
        reported = reported.with(new UpstreamReport(Double.NaN, -1, orca, null), RULES, at(seconds));
    }

    @Test
    void aShareHoldsAtOnceAndUntilItExpires() {
        share(0.5, 0);
        assertThat(reported.share()).isEqualTo(0.5);
        assertThat(reported.fresh(RULES, at(179.999))).isSameAs(reported);
        assertThat(reported.fresh(RULES, at(180))).isSameAs(Reported.NOTHING);
    }

    @Test
    void aCapacityCountsAfterTheBlackout() {
        capacity(100, 0);
        assertThat(reported.settledCapacity(RULES, at(9.9))).isNaN();
        capacity(120, 9);
        assertThat(reported.settledCapacity(RULES, at(10))).isEqualTo(120);
    }

    @Test
    void aCapacityThatExpiredStartsAgain() {
        capacity(100, 0);
        capacity(100, 100);
        assertThat(reported.settledCapacity(RULES, at(279))).isEqualTo(100);
        reported = reported.fresh(RULES, at(280));
        assertThat(reported).isSameAs(Reported.NOTHING);
        capacity(100, 281);
        assertThat(reported.settledCapacity(RULES, at(290))).isNaN();
        assertThat(reported.settledCapacity(RULES, at(291))).isEqualTo(100);
    }

    @Test
    void aCapacityIsTakenOnceASecond() {
        capacity(100, 0);
        capacity(500, 0.9);
        assertThat(reported.capacity()).isEqualTo(100);
        capacity(500, 1);
        assertThat(reported.capacity()).isEqualTo(500);
    }

    @Test
    void eachExpiresByItself() {
        share(0.5, 0);
        capacity(100, 60);
        Reported later = reported.fresh(RULES, at(200));
        assertThat(later.share()).isNaN();
        assertThat(later.capacity()).isEqualTo(100);
        share(0.7, 239);
        Reported last = reported.fresh(RULES, at(240));
        assertThat(last.share()).isEqualTo(0.7);
        assertThat(last.capacity()).isNaN();
    }

    @Test
    void whatSaysTooLittleChangesNothing() {
        share(0.5, 0);
        Reported before = reported;
        reported = reported.with(
                new UpstreamReport(Double.NaN, 3, new OrcaReport(0.5, Double.NaN, 0), null), RULES, at(1));
        assertThat(reported).isSameAs(before);
    }
}
