package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The blocks that switch something on: probes and sticky sessions. */
class OptionalBlocksTest {

    private static final String PROBE_KEYS =
            "(expected: type, path, interval, timeout, fall, rise, fast-interval, down-interval, jitter, initial, port,"
                    + " scheme, host, method, headers, body, expect-status, expect-body, expect-body-regex,"
                    + " expect-header, service, state-header, drain-on-404";
    private static final String STICKY_KEYS = "(expected: cookie, secret, max-idle, max-life, fallback";
    private static final String STATUSES = "(expected: statuses of 100..599, such as \"200-399\" or [200, 204])";
    private static final String PATH = "(expected: a path such as /health, without white space and '#')";
    private static final String COOKIE = "(expected: a cookie name of letters, digits, '-', '_' and '.')";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void areOffUnlessThePoolHasThem() throws Exception {
        LbConfig config = files.load("lb.defaults { probe { fall = 9 }, sticky { cookie = S } }\n" + "lb.pools { off { "
                + GOOD + " }, on { " + GOOD + ", probe {}, sticky {} } }");

        assertThat(config.pools().get("off").probe()).isNull();
        assertThat(config.pools().get("off").sticky()).isNull();
        assertThat(config.pools().get("on").probe().fall()).isEqualTo(9);
        assertThat(config.pools().get("on").sticky().cookie()).isEqualTo("S");
    }

    @Test
    void areReadWithEveryKey() throws Exception {
        PoolConfig pool = files.pool(GOOD + """
                , probe {
                  path = "/up?deep=1", interval = 500ms, timeout = 3s, fall = 1, rise = 100, fast-interval = 50ms
                  jitter = 0, expect-status = "200, 204,300-399"
                }
                sticky {
                  cookie = "__Host-LB", secret = "0123456789abcdef", max-idle = 1h, max-life = 1d, fallback = fail
                }
                """);

        assertThat(pool.probe())
                .isEqualTo(new ProbeConfig(
                        "/up?deep=1",
                        Duration.ofMillis(500),
                        Duration.ofSeconds(3),
                        1,
                        100,
                        Duration.ofMillis(50),
                        0,
                        List.of(new StatusRange(200, 200), new StatusRange(204, 204), new StatusRange(300, 399))));
        assertThat(pool.sticky())
                .isEqualTo(new StickyConfig(
                        "__Host-LB",
                        "0123456789abcdef",
                        Duration.ofHours(1),
                        Duration.ofDays(1),
                        StickyConfig.Fallback.FAIL));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200-399              | 200-399",
                "200                  | 200-200",
                "\"200\"              | 200-200",
                "[200, \"300-399,404\"] | 200-200 300-399 404-404",
                "\" 200 - 299 \"      | 200-299",
            })
    void takeStatusesInManyForms(String written, String ranges) throws Exception {
        List<StatusRange> expected = Arrays.stream(ranges.split(" "))
                .map(r -> new StatusRange(Integer.parseInt(r.substring(0, 3)), Integer.parseInt(r.substring(4))))
                .toList();

        assertThat(files.pool(GOOD + ", probe.expect-status = " + written)
                        .probe()
                        .expectStatus())
                .isEqualTo(expected);
    }

    @Test
    void letTheIntervalShortenTheFastOneThatNobodyWrote() throws Exception {
        assertThat(files.pool(GOOD + ", probe.interval = 100ms").probe().fastInterval())
                .isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void takeTheSecretFromTheEnvironmentAndMustNotLikeIt() throws Exception {
        Path file = files.write("lb.conf", "lb.pools.p { " + GOOD + "\n sticky {} }");

        assertThat(new LbReader(new TestCatalog(), EnumSet.allOf(Protocol.class), name -> "of " + name)
                        .read(file)
                        .pools()
                        .get("p")
                        .sticky()
                        .secret())
                .isEqualTo("of LB_STICKY_SECRET");
        assertThatThrownBy(() ->
                        new LbReader(new TestCatalog(), EnumSet.allOf(Protocol.class), name -> "hunter2").read(file))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactly("lb.conf:2: pools.p.sticky.secret: (hidden), the default, from the"
                                        + " environment's LB_STICKY_SECRET (expected: at least 16 characters)"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret = \"0123456789abcdef\"", "secret = 0123456789abcdef"})
    void neverPrintTheSecret(String secret) throws Exception {
        StickyConfig sticky = files.pool(GOOD + ", sticky { " + secret + " }").sticky();

        assertThat(sticky.secret()).isEqualTo("0123456789abcdef");
        assertThat(sticky.toString()).doesNotContain("0123456789abcdef");
    }

    @ParameterizedTest
    @MethodSource({"ofProbes", "ofSticky"})
    void reportWhatIsWrong(String line, String problem) throws Exception {
        String text = "lb.pools {\n  api {\n    upstreams = [\"http://h:1\"]\n    " + line + "\n  }\n}";

        assertThat(files.problems(text)).containsExactly("lb.conf:4: pools.api." + problem);
    }

    static Stream<Arguments> ofProbes() {
        return Stream.of(
                row("probe = true", "probe: true (expected: a block in braces)"),
                row("probe = null", "probe: null (expected: a value, or no such key)"),
                row("probe.path = health", "probe.path: \"health\" " + PATH),
                row("probe.path = \"\"", "probe.path: \"\" " + PATH),
                row("probe.path = \"/a b\"", "probe.path: \"/a b\" " + PATH),
                row("probe.path = \"/a#b\"", "probe.path: \"/a#b\" " + PATH),
                row("probe.path = \"/a\\r\\nX: y\"", "probe.path: \"/a\\u000d\\nX: y\" " + PATH),
                row("probe.path = \"http://h/x\"", "probe.path: \"http://h/x\" " + PATH),
                row("probe.interval = 5", "probe.interval: 5 (expected: a duration with a unit, such as 5s)"),
                row("probe.interval = 0s", "probe.interval: \"0s\" (expected: 1ms to 1d)"),
                row("probe.timeout = 0s", "probe.timeout: \"0s\" (expected: 1ms to 1d)"),
                row("probe.fast-interval = 0s", "probe.fast-interval: \"0s\" (expected: 1ms to 1d)"),
                row("probe.fast-interval = 6s", "probe.fast-interval: \"6s\" (expected: at most interval, 5000ms)"),
                row("probe.fall = 0", "probe.fall: 0 (expected: 1..100)"),
                row("probe.rise = 101", "probe.rise: 101 (expected: 1..100)"),
                row("probe.jitter = 1.5", "probe.jitter: 1.5 (expected: 0..1)"),
                row("probe.jitter = 10%", "probe.jitter: \"10%\" (expected: 0..1)"),
                row("probe.expect-status = 2xx", "probe.expect-status: \"2xx\" " + STATUSES),
                row("probe.expect-status = 399-200", "probe.expect-status: \"399-200\" " + STATUSES),
                row("probe.expect-status = 600", "probe.expect-status: 600 " + STATUSES),
                row("probe.expect-status = \"200,\"", "probe.expect-status: \"200,\" " + STATUSES),
                row("probe.expect-status = []", "probe.expect-status: [] " + STATUSES),
                row("probe.expect-status = [200, x]", "probe.expect-status[1]: \"x\" " + STATUSES),
                row("probe.inter = 2s", probeKey("inter", "interval")),
                row("probe.rises = 2", probeKey("rises", "rise")),
                row("probe.unhealthy_threshold = 2", probeKey("unhealthy_threshold", "fall")),
                row("probe.fastinter = 2s", probeKey("fastinter", "fast-interval")),
                row("probe.uri = \"/\"", probeKey("uri", "path")),
                row("probe.expected-status = 200", probeKey("expected-status", "expect-status")),
                row("probe.intervall = 2s", probeKey("intervall", "interval")));
    }

    private static String probeKey(String key, String meant) {
        return "probe." + key + ": unknown key " + PROBE_KEYS + "; did you mean " + meant + "?)";
    }

    static Stream<Arguments> ofSticky() {
        return Stream.of(
                row("sticky = on", "sticky: \"on\" (expected: a block in braces)"),
                row("sticky.cookie = \"\"", "sticky.cookie: \"\" " + COOKIE),
                row("sticky.cookie = \"a b\"", "sticky.cookie: \"a b\" " + COOKIE),
                row("sticky.cookie = \"a=b\"", "sticky.cookie: \"a=b\" " + COOKIE),
                row("sticky.cookie = \"a;b\"", "sticky.cookie: \"a;b\" " + COOKIE),
                row("sticky.secret = hunter2", "sticky.secret: (hidden) (expected: at least 16 characters)"),
                row("sticky.secret = \"\"", "sticky.secret: (hidden) (expected: at least 16 characters)"),
                row("sticky.secret = []", "sticky.secret: (hidden) (expected: at least 16 characters)"),
                row("sticky.max-idle = 5", "sticky.max-idle: 5 (expected: a duration with a unit, such as 5s)"),
                row("sticky.max-idle = -1s", "sticky.max-idle: \"-1s\" (expected: 0s for never, or 1ms to 1d)"),
                row("sticky.max-life = 2d", "sticky.max-life: \"2d\" (expected: 0s for never, or 1ms to 1d)"),
                row("sticky.fallback = next", "sticky.fallback: \"next\" (expected: rebalance or fail)"),
                row("sticky.name = x", stickyKey("name", "cookie")),
                row("sticky.max-age = 1h", stickyKey("max-age", "max-life")),
                row("sticky.falback = fail", stickyKey("falback", "fallback")));
    }

    private static String stickyKey(String key, String meant) {
        return "sticky." + key + ": unknown key " + STICKY_KEYS + "; did you mean " + meant + "?)";
    }

    @ParameterizedTest
    @CsvSource({
        "health-check, probe",
        "healthcheck, probe",
        "check, probe",
        "health, probe",
        "inter, probe.interval",
        "unhealthy-threshold, probe.fall",
        "rises, probe.rise",
        "health_uri, probe.path",
        "session, sticky",
        "affinity, sticky",
        "stickiness, sticky",
        "stickysession, sticky"
    })
    void areMeantByTheWordsOfOthers(String key, String meant) throws Exception {
        assertThat(files.problems("lb.pools.p { " + GOOD + ", " + key + " = 1 }"))
                .singleElement()
                .asString()
                .contains("unknown key")
                .endsWith("; did you mean " + meant + "?)");
        assertThat(files.problems("lb.defaults { " + key + " = 1 }"))
                .singleElement()
                .asString()
                .endsWith("; did you mean " + meant + "?)");
    }

    private static Arguments row(String written, String problem) {
        return Arguments.of(written, problem);
    }
}
