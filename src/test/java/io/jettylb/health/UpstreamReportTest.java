package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What an upstream may say, and what is made of it. */
class UpstreamReportTest {

    private static final OrcaReport ORCA = new OrcaReport(0.5, 10, 0);

    @Test
    void isEmptyWithoutAnyWord() {
        assertThat(new UpstreamReport(Double.NaN, -1, null, null).empty()).isTrue();
        assertThat(new UpstreamReport(0, -1, null, null).empty()).isFalse();
        assertThat(new UpstreamReport(Double.NaN, 0, null, null).empty()).isFalse();
        assertThat(new UpstreamReport(Double.NaN, -1, ORCA, null).empty()).isFalse();
        assertThat(new UpstreamReport(Double.NaN, -1, null, "").empty()).isFalse();
    }

    @Test
    void sharesArePercents() {
        assertThat(UpstreamReport.share("0")).isZero();
        assertThat(UpstreamReport.share(" 50 ")).isEqualTo(0.5);
        assertThat(UpstreamReport.share("1000")).isEqualTo(10);
        assertThat(UpstreamReport.share("1000.1")).isNaN();
        assertThat(UpstreamReport.share("-1")).isNaN();
        assertThat(UpstreamReport.share("much")).isNaN();
    }

    @Test
    void requestsAreWholeNumbers() {
        assertThat(UpstreamReport.inFlight("0")).isZero();
        assertThat(UpstreamReport.inFlight("7")).isEqualTo(7);
        assertThat(UpstreamReport.inFlight("2147483647")).isEqualTo(Integer.MAX_VALUE);
        assertThat(UpstreamReport.inFlight("2147483648")).isEqualTo(-1);
        assertThat(UpstreamReport.inFlight("1.5")).isEqualTo(-1);
        assertThat(UpstreamReport.inFlight("-1")).isEqualTo(-1);
    }

    @Test
    void probesPassOnWhatWasSaid() {
        UpstreamReport said = new UpstreamReport(0.5, 3, null, null);
        assertThat(ProbeResult.PASSED.with(said)).isEqualTo(new ProbeResult(true, false, null, said));
        assertThat(ProbeResult.PASSED.with(null)).isSameAs(ProbeResult.PASSED);
        assertThat(ProbeResult.failed("why")).isEqualTo(new ProbeResult(false, "why"));
    }
}
