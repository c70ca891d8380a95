package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What decides about the shares of upstreams: limits, tiers, zones, slow start, reports. */
class SharesTest {

    private static final String ZONE = "(expected: a name of at most 100 letters, digits, '.', '_' and '-')";
    private static final String FIELD =
            "(expected: the name of a field such as X-Load-Balancing-Endpoint-Weight, and of no standard one, or off)";
    private static final String SLOW_START_KEYS = "(expected: window, aggression, min-weight";
    private static final String ZONE_KEYS = "(expected: min-upstreams, share";
    private static final String REPORT_KEYS =
            "(expected: weight-header, in-flight-header, orca, agent, expiry, blackout, error-penalty";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void aPoolThatSaysNothingHasNoneOfIt() throws Exception {
        assertThat(files.pool(GOOD).shares()).isEqualTo(SharesConfig.PLAIN);
    }

    @Test
    void anEmptyBlockHasTheDefaultsOfTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        Config defaults = ConfigFactory.parseFile(reference.toFile(), ConfigParseOptions.defaults())
                .resolve()
                .getConfig("lb.defaults");

        SharesConfig shares = files.pool(GOOD + ", zone {}, load-report {}").shares();

        assertThat(defaults.getDuration("slow-start"))
                .isEqualTo(shares.slowStart().window());
        assertThat(shares.slowStart()).isEqualTo(new SlowStartConfig(Duration.ZERO, 1.0, 10));
        assertThat(shares.zone()).isEqualTo(new ZoneConfig("", defaults.getInt("zone.min-upstreams"), Double.NaN));
        assertThat(defaults.getString("load-report.in-flight-header")).isEqualTo("off");
        assertThat(shares.loadReport())
                .isEqualTo(new LoadReportConfig(
                        defaults.getString("load-report.weight-header"),
                        null,
                        defaults.getBoolean("load-report.orca"),
                        defaults.getBoolean("load-report.agent"),
                        defaults.getDuration("load-report.expiry"),
                        defaults.getDuration("load-report.blackout"),
                        defaults.getDouble("load-report.error-penalty")));
    }

    @Test
    void everyKeyIsRead() throws Exception {
        LbConfig config = files.load("""
                lb {
                  zone = a-1
                  defaults { slow-start = 1m, load-report { expiry = 9s } }
                  pools.p {
                    upstreams = [
                      { uri = "http://h:1", weight = 0, max-requests = 200, zone = a-1 }
                      { uri = "http://h:2", weight = 1000, backup = true }
                      { uri = "http://h:3", backup = 2 }
                      { uri = "http://h:4", backup = false, max-requests = 1 }
                    ]
                    slow-start { aggression = 0.5, min-weight = 1 }
                    zone { min-upstreams = 1, share = 0.25 }
                    probe {}
                    load-report {
                      weight-header = off, in-flight-header = X-In-Flight, orca = off, agent = on
                      blackout = 0s, error-penalty = 0
                    }
                  }
                }
                """);

        PoolConfig pool = config.pools().get("p");
        List<UpstreamConfig> upstreams = pool.upstreams();
        assertThat(upstreams).extracting(UpstreamConfig::weight).containsExactly(0, 1000, 1, 1);
        assertThat(upstreams)
                .extracting(UpstreamConfig::maxRequests)
                .containsExactly(200, UpstreamConfig.UNLIMITED, UpstreamConfig.UNLIMITED, 1);
        assertThat(upstreams).extracting(UpstreamConfig::tier).containsExactly(0, 1, 2, 0);
        assertThat(upstreams).extracting(UpstreamConfig::zone).containsExactly("a-1", "", "", "");
        assertThat(pool.shares())
                .isEqualTo(new SharesConfig(
                        new SlowStartConfig(Duration.ofMinutes(1), 0.5, 1),
                        new ZoneConfig("a-1", 1, 0.25),
                        new LoadReportConfig(
                                null, "X-In-Flight", false, true, Duration.ofSeconds(9), Duration.ZERO, 0)));
    }

    @ParameterizedTest
    @MethodSource
    void mistakesAreTold(String lines, String problem) throws Exception {
        assertThat(files.problems("lb.pools.api { upstreams = [\"http://h:1\"]\n" + lines + " }"))
                .containsExactly("lb.conf:2: pools.api." + problem);
    }

    static Stream<Arguments> mistakesAreTold() {
        return Stream.of(
                row("slow-start = 30", "slow-start: 30 (expected: a duration with a unit, such as 5s)"),
                row("slow-start = 2d", "slow-start: \"2d\" (expected: 0s for off, or 1ms to 1d)"),
                row("slow-start = []", "slow-start: [] (expected: 0s for off, or 1ms to 1d)"),
                row("slow-start {}", "slow-start.window: missing (expected: a duration such as 30s)"),
                row(
                        "slow-start { window = 1s, aggression = 0 }",
                        "slow-start.aggression: 0 (expected: above 0, at most 100)"),
                row("slow-start { window = 1s, min-weight = 0 }", "slow-start.min-weight: 0 (expected: 1..100)"),
                row("zone = a", "zone: \"a\" (expected: a block in braces)"),
                row("zone { min-upstreams = 0 }", "zone.min-upstreams: 0 (expected: 1..100000)"),
                row("zone { share = 0 }", "zone.share: 0 (expected: above 0, at most 1)"),
                row("zone { share = 1.5 }", "zone.share: 1.5 (expected: above 0, at most 1)"),
                row("load-report = on", "load-report: true (expected: a block in braces)".replace("true", "\"on\"")),
                row("load-report { weight-header = \"a b\" }", "load-report.weight-header: \"a b\" " + FIELD),
                row("load-report { in-flight-header = \"\" }", "load-report.in-flight-header: \"\" " + FIELD),
                row(
                        "load-report { weight-header = Content-Length }",
                        "load-report.weight-header: \"Content-Length\" " + FIELD),
                row(
                        "load-report { in-flight-header = set-cookie }",
                        "load-report.in-flight-header: \"set-cookie\" " + FIELD),
                row("load-report { expiry = 0s }", "load-report.expiry: \"0s\" (expected: 1ms to 1d)"),
                row("load-report { error-penalty = -1 }", "load-report.error-penalty: -1 (expected: 0..100)"),
                row(
                        "probe { type = tcp }, load-report { agent = true }",
                        "load-report.agent: true with probe.type tcp (expected: probe.type = http: the content of its"
                                + " answers is what agents speak in)"),
                row(
                        "load-report { agent = true }",
                        "load-report.agent: true without probe (expected: a block probe, too: its answers are what"
                                + " agents speak in)"));
    }

    @Test
    void mistakesInTheOwnZoneAreTold() throws Exception {
        assertThat(files.problems("lb.zone = \"a b\"")).containsExactly("lb.conf:1: zone: \"a b\" " + ZONE);
        assertThat(files.problems("lb.zone {}")).containsExactly("lb.conf:1: zone: a block " + ZONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "slow-start { window = 1s, min_weight_percent = 5 } | slow-start.min_weight_percent | min-weight",
                "zone { min_cluster_size = 5 } | zone.min_cluster_size | min-upstreams",
                "load-report { weight_expiration_period = 5s } | load-report.weight_expiration_period | expiry",
                "load-report { blackout-period = 5s } | load-report.blackout-period | blackout"
            })
    void wordsOfOthersAreUnderstood(String line, String key, String meant) throws Exception {
        String keys = key.startsWith("slow") ? SLOW_START_KEYS : key.startsWith("zone") ? ZONE_KEYS : REPORT_KEYS;

        assertThat(files.problems("lb.pools.api { upstreams = [\"http://h:1\"]\n" + line + " }"))
                .containsExactly(
                        "lb.conf:2: pools.api." + key + ": unknown key " + keys + "; did you mean " + meant + "?)");
    }

    private static Arguments row(String lines, String problem) {
        return Arguments.of(lines, problem);
    }
}
