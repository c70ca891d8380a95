package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** When requests that fail take an upstream out, and what happens when too few are left. */
class OutlierConfigTest {

    private static final String KEYS = "(expected: consecutive-failures, failure-rate, min-requests, window, slow,"
            + " success-rate-factor, success-rate-min-requests, eject, max-eject, jitter, max-ejected, probe-ends";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void itIsOnWithTheDefaultsOfTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        Config defaults = ConfigFactory.parseFile(reference.toFile(), ConfigParseOptions.defaults())
                .resolve()
                .getConfig("lb.defaults");
        Config outlier = defaults.getConfig("outlier");

        assertThat(outlier.root().keySet())
                .as("the keys compared here")
                .containsExactlyInAnyOrder(
                        "consecutive-failures",
                        "failure-rate",
                        "min-requests",
                        "window",
                        "slow",
                        "success-rate-factor",
                        "success-rate-min-requests",
                        "eject",
                        "max-eject",
                        "jitter",
                        "max-ejected",
                        "probe-ends");
        assertThat(files.pool(GOOD).outlier())
                .isEqualTo(OutlierConfig.DEFAULT)
                .isEqualTo(new OutlierConfig(
                        true,
                        outlier.getInt("consecutive-failures"),
                        outlier.getDouble("failure-rate"),
                        outlier.getInt("min-requests"),
                        outlier.getDuration("window"),
                        outlier.getDuration("slow"),
                        outlier.getDouble("success-rate-factor"),
                        outlier.getInt("success-rate-min-requests"),
                        new EjectConfig(
                                outlier.getDuration("eject"),
                                outlier.getDuration("max-eject"),
                                outlier.getDouble("jitter"),
                                outlier.getDouble("max-ejected"),
                                outlier.getBoolean("probe-ends")),
                        new PanicConfig(defaults.getDouble("panic-threshold"), PanicConfig.Mode.IGNORE_HEALTH)));
        assertThat(defaults.getString("panic-mode")).isEqualTo(PanicConfig.Mode.IGNORE_HEALTH.text());
    }

    @Test
    void everyKeyIsRead() throws Exception {
        LbConfig config = files.load("""
                lb {
                  defaults { outlier { eject = 5s, probe-ends = true }, panic-mode = fail }
                  pools.p {
                    upstreams = ["http://h:1"]
                    outlier {
                      consecutive-failures = 3, failure-rate = 0.25, min-requests = 7, window = 1m, slow = 2s
                      success-rate-factor = 3, success-rate-min-requests = 50
                      max-eject = 50s, jitter = 0, max-ejected = 1
                    }
                    panic-threshold = 0.5
                  }
                }
                """);
        assertThat(config.pools().get("p").outlier())
                .isEqualTo(new OutlierConfig(
                        true,
                        3,
                        0.25,
                        7,
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(2),
                        3,
                        50,
                        new EjectConfig(Duration.ofSeconds(5), Duration.ofSeconds(50), 0, 1, true),
                        new PanicConfig(0.5, PanicConfig.Mode.FAIL)));
    }

    @ParameterizedTest
    @CsvSource({"off, false", "false, false", "no, false", "on, true", "true, true", "{}, true"})
    void itMayBeSwitchedOff(String value, boolean on) throws Exception {
        assertThat(files.pool(GOOD + ", outlier = " + value).outlier().on()).isEqualTo(on);
    }

    @Test
    void aBlockSwitchesItOnAgain() throws Exception {
        LbConfig config = files.load("""
                lb {
                  defaults.outlier = off
                  pools.p { upstreams = ["http://h:1"], outlier { eject = 1s } }
                  pools.q { upstreams = ["http://h:1"] }
                }
                """);
        assertThat(config.pools().get("p").outlier().on()).isTrue();
        assertThat(config.pools().get("q").outlier().on()).isFalse();
    }

    /** Who writes a long time alone has not contradicted a default. */
    @Test
    void theLongestEjectionIsAtLeastTheFirst() throws Exception {
        EjectConfig eject =
                files.pool(GOOD + ", outlier { eject = 10m }").outlier().eject();
        assertThat(eject.max()).isEqualTo(Duration.ofMinutes(10));
    }

    @ParameterizedTest
    @MethodSource
    void mistakesAreTold(String lines, String problem) throws Exception {
        assertThat(files.problems("lb.pools.api { upstreams = [\"http://h:1\"]\n" + lines + " }"))
                .containsExactly("lb.conf:2: pools.api." + problem);
    }

    static Stream<Arguments> mistakesAreTold() {
        return Stream.of(
                row("outlier = 5", "outlier: 5 (expected: a block in braces, on or off)"),
                row("outlier = []", "outlier: [] (expected: a block in braces, on or off)"),
                row("outlier { consecutive-failures = -1 }", "outlier.consecutive-failures: -1 (expected: 0..1000)"),
                row("outlier { failure-rate = 50 }", "outlier.failure-rate: 50 (expected: 0..1)"),
                row("outlier { min-requests = 0 }", "outlier.min-requests: 0 (expected: 1..1000000)"),
                row("outlier { window = 0s }", "outlier.window: \"0s\" (expected: 1ms to 1d)"),
                row("outlier { slow = 2 }", "outlier.slow: 2 (expected: a duration with a unit, such as 5s)"),
                row("outlier { slow = 2d }", "outlier.slow: \"2d\" (expected: 0s for off, or 1ms to 1d)"),
                row("outlier { success-rate-factor = 1900 }", "outlier.success-rate-factor: 1900 (expected: 0..10)"),
                row(
                        "outlier { success-rate-min-requests = 0 }",
                        "outlier.success-rate-min-requests: 0 (expected: 1..1000000)"),
                row("outlier { eject = 0s }", "outlier.eject: \"0s\" (expected: 1ms to 1d)"),
                row("outlier { max-eject = 29s }", "outlier.max-eject: \"29s\" (expected: at least eject, 30000ms)"),
                row("outlier { jitter = 2 }", "outlier.jitter: 2 (expected: 0..1)"),
                row("outlier { max-ejected = 34 }", "outlier.max-ejected: 34 (expected: 0..1)"),
                row("outlier { probe-ends = maybe }", "outlier.probe-ends: \"maybe\" (expected: true or false)"),
                row("panic-threshold = 50", "panic-threshold: 50 (expected: 0..1)"),
                row("panic-mode = close", "panic-mode: \"close\" (expected: ignore-health or fail)"),
                row(
                        "panic-mode = fail-open",
                        "panic-mode: \"fail-open\" (expected: ignore-health or fail; did you mean ignore-health?)"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max_fails | consecutive-failures",
                "consecutive_5xx | consecutive-failures",
                "fail_timeout | eject",
                "base_ejection_time | eject",
                "max_ejection_percent | max-ejected, a part of 1",
                "interval | window",
                "success_rate_stdev_factor | success-rate-factor, 1.9 where Envoy has 1900",
                "consecutive-failure | consecutive-failures"
            })
    void wordsOfOthersAreUnderstood(String key, String ours) throws Exception {
        assertThat(files.problems("lb.pools.api { upstreams = [\"http://h:1\"]\noutlier." + key + " = 1 }"))
                .containsExactly("lb.conf:2: pools.api.outlier." + key + ": unknown key " + KEYS + "; did you mean "
                        + ours + "?)");
    }

    private static Arguments row(String lines, String problem) {
        return Arguments.of(lines, problem);
    }
}
