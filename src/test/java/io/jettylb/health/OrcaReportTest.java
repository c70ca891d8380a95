package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrcaReportTest {

    private static final String DEEP = "JSON " + "{\"a\":".repeat(50) + "1" + "}".repeat(50);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TEXT cpu_utilization=0.3, mem_utilization=0.8, rps_fractional=10.0, eps=1 | 0.3 | 10 | 1",
                "cpu_utilization=0.3 | 0.3 | NaN | NaN",
                "TEXT cpu_utilization=0.3,application_utilization=0.9,rps_fractional=1e3 | 0.9 | 1000 | NaN",
                "TEXT application_utilization=0,cpu_utilization=1.5 | 1.5 | NaN | NaN",
                "TEXT named_metrics.kv=7 | NaN | NaN | NaN",
                "TEXT cpu_utilization=-1, rps_fractional=1e300 | NaN | NaN | NaN",
                "JSON {\"cpu_utilization\": 0.3, \"mem_utilization\": 0.8, \"rps_fractional\": 10.0, \"eps\": 1}"
                        + " | 0.3 | 10 | 1",
                "{\"cpuUtilization\":0.3,\"rpsFractional\":5,\"namedMetrics\":{\"a\":1,\"b\":{}},\"x\":[1,\"]\",null]}"
                        + " | 0.3 | 5 | NaN",
                "JSON {\"eps\":true,\"cpu_utilization\":0.25,\"s\":\"a\\\"}\"} | 0.25 | NaN | NaN",
                "cpu_utilization=0,rps_fractional=0 | 0 | NaN | NaN",
                "rps_fractional=0,rps=7,eps=1e12 | NaN | 7 | 1e12",
                "eps=1.0001e12,rps=-0.1 | NaN | NaN | NaN",
                "CPU_UTILIZATION=0.5,RPSFRACTIONALZ=1,AZ=1 | 0.5 | NaN | NaN",
                "JSON {\"rps\":7,\"application_utilization\":0.5} | 0.5 | 7 | NaN"
            })
    void reads(String value, double utilization, double rate, double errors) {
        assertThat(OrcaReport.parse(value)).isEqualTo(new OrcaReport(utilization, rate, errors));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "TEXT",
                "TEXT ",
                "TEXT cpu_utilization",
                "TEXT =1",
                "TEXT cpu_utilization=x",
                "TEXT cpu_utilization=",
                "TEXT cpu_utilization=NaN",
                "TEXT cpu_utilization=0x1p3",
                "TEXT cpu_utilization=1e",
                "TEXT cpu_utilization=0.3,,eps=1",
                "BIN CZqZmZmZmbk/",
                "JSON",
                "JSON {",
                "JSON {}",
                "JSON []",
                "JSON {\"a\":1",
                "JSON {\"a\":1}}",
                "JSON {\"a\" 1}",
                "JSON {a:1}",
                "JSON {\"a\":1,}",
                "JSON {\"a\":--1}",
                "JSON {\"a\":tru}",
                "JSON {\"a",
                "JSON {\"a\\"
            })
    void refuses(String value) {
        assertThat(OrcaReport.parse(value)).isNull();
    }

    @Test
    void refusesWhatIsTooLongOrTooDeepOrNothing() {
        assertThat(OrcaReport.parse(null)).isNull();
        assertThat(OrcaReport.parse("TEXT eps=1" + ", eps=1".repeat(2000))).isNull();
        String longest = "TEXT eps=1" + " ".repeat(OrcaReport.MAX_LENGTH - "TEXT eps=1".length());
        assertThat(OrcaReport.parse(longest)).isNotNull();
        assertThat(OrcaReport.parse(longest + " ")).isNull();
        assertThat(OrcaReport.parse("TEXT eps=" + "0".repeat(39) + "1")).isNotNull();
        assertThat(OrcaReport.parse("TEXT eps=" + "0".repeat(40) + "1")).isNull();
        assertThat(OrcaReport.parse(DEEP)).isNull();
    }

    /** gRFC A58: weight = qps / (utilization + eps / qps * penalty). */
    @ParameterizedTest
    @CsvSource({
        "0.5, 100, 0, 1, 200",
        "0.5, 100, 10, 1, 166.666667",
        "0.5, 100, 10, 2, 142.857143",
        "0.5, 100, 10, 0, 200",
        "0.5, 100, NaN, 1, 200",
        "2, 100, 0, 1, 50",
        "1, 1e12, 0, 1, 1e12",
        "0.5, 1e12, 0, 1, NaN",
        "1, 1e-6, 0, 1, 1e-6",
        "2, 1e-6, 0, 1, NaN",
        "0, 100, 0, 1, NaN",
        "0.5, 0, 0, 1, NaN",
        "NaN, 100, 0, 1, NaN",
        "0.5, NaN, 0, 1, NaN"
    })
    void capacities(double utilization, double rate, double errors, double penalty, double capacity) {
        double found = new OrcaReport(utilization, rate, errors).capacity(penalty);

        if (Double.isNaN(capacity)) {
            assertThat(found).isNaN();
        } else {
            assertThat(found).isCloseTo(capacity, within(1e-6));
        }
    }

    /** Whatever comes, there is a report with usable figures or none. */
    @Test
    void takesAnything() {
        SplittableRandom random = new SplittableRandom(11);
        String[] seeds = {
            "TEXT cpu_utilization=0.3, mem_utilization=0.8, rps_fractional=10.0, eps=1",
            "JSON {\"cpu_utilization\": 0.3, \"a\": [1, {\"b\": null}], \"rps_fractional\": 1e1, \"s\": \"\\\"x\"}",
            "75% maxconn:30 drain"
        };
        String alphabet = "{}[]\":,=.-+eE0123456789 \\\ttrufalsn_cpTEXJSON#%\u00e9\u0000";
        for (int round = 0; round < 200_000; round++) {
            StringBuilder value = new StringBuilder(seeds[random.nextInt(seeds.length)]);
            for (int change = random.nextInt(1, 6); change > 0; change--) {
                int at = random.nextInt(value.length());
                char c = alphabet.charAt(random.nextInt(alphabet.length()));
                switch (random.nextInt(4)) {
                    case 0 -> value.setCharAt(at, c);
                    case 1 -> value.insert(at, c);
                    case 2 -> value.setLength(Math.max(1, at));
                    default -> value.deleteCharAt(at).append(c);
                }
            }
            OrcaReport report = OrcaReport.parse(value.toString());
            if (report != null) {
                assertThat(report.utilization() < 0 || report.requestRate() < 0 || report.errorRate() < 0)
                        .isFalse();
                double capacity = report.capacity(1);
                assertThat(Double.isNaN(capacity) || capacity > 0 && Double.isFinite(capacity))
                        .as(value.toString())
                        .isTrue();
            }
            AgentState agent = AgentState.SILENT.observe(value.toString());
            assertThat(agent.maxRequests()).isPositive();
            assertThat(agent.percent()).isBetween(-1, 1000);
            double share = UpstreamReport.share(value.toString());
            assertThat(Double.isNaN(share) || share >= 0 && share <= 10).isTrue();
            assertThat(UpstreamReport.inFlight(value.toString())).isGreaterThanOrEqualTo(-1);
        }
    }
}
