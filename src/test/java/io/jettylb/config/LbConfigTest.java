package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What right files mean. */
class LbConfigTest {

    /** The keys of the defaults, those compared here and in SharesTest. */
    private static final Set<String> DEFAULTS = Set.of("""
            strategy host retry.attempts retry.on retry.non-idempotent retry.buffer retry.per-try-timeout retry.hedge-after
            retry.backoff retry.max-backoff retry.max-retry-after retry.budget retry.budget-min
            timeouts.connect timeouts.first-byte timeouts.idle timeouts.total timeouts.tunnel
            connections.max connections.idle connections.streams protocol sticky.cookie sticky.max-idle
            sticky.max-life sticky.fallback tls.verify tls.verify-host tls.protocols tls.ciphers
            tls.reload-interval proxy-protocol slow-start zone.min-upstreams load-report.weight-header
            load-report.in-flight-header load-report.orca load-report.agent load-report.expiry
            load-report.blackout load-report.error-penalty panic-threshold panic-mode drain.deadline
            """.strip().split("\\s+"));

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void readsEveryKey() throws Exception {
        LbConfig config = files.load("""
                lb {
                  mounts {
                    "/" { pool = carts }
                    "/api" { pool = "or.ders", strip-context-path = true, virtual-hosts = ["a.example", "*.b.example"] }
                    /api/v2 { pool = carts }
                  }
                  pools {
                    "or.ders" {
                      strategy { name = ring-hash, key = "header:X-User", bounded-load = 1.25 }
                      upstreams = [
                        "http://10.0.0.1:8080"
                        { id = b2, uri = "HTTP://B2.example/base/", weight = 3 }
                        "http://[::1]:9"
                      ]
                      host = "a.name:81"
                      retry { attempts = 1 }
                      timeouts { connect = 500ms, first-byte = 1 minute, idle = 1.5s, total = 1d, tunnel = 0s }
                      connections { max = 1, idle = 1ms, streams = 7 }
                      protocol = h2c
                    }
                    carts { strategy = random, upstreams = ["http://c"], host = upstream }
                  }
                  forwarded { x-forwarded = false, rfc7239 = off }
                }
                """);

        assertThat(config.mounts())
                .containsExactly(
                        new MountConfig("/", List.of(), false, "carts"),
                        new MountConfig("/api", List.of("a.example", "*.b.example"), true, "or.ders"),
                        new MountConfig("/api/v2", List.of(), false, "carts"));
        assertThat(config.pools().keySet()).containsExactly("or.ders", "carts");
        assertThat(config.pools().get("or.ders"))
                .isEqualTo(new PoolConfig(
                        "or.ders",
                        new StrategyConfig("ring-hash", Map.of("key", "header:X-User", "bounded-load", 1.25)),
                        List.of(
                                new UpstreamConfig("10.0.0.1:8080", URI.create("http://10.0.0.1:8080"), 1),
                                new UpstreamConfig("b2", URI.create("http://b2.example:80/base"), 3),
                                new UpstreamConfig("[::1]:9", URI.create("http://[::1]:9"), 1)),
                        new HostPolicy(HostPolicy.Kind.NAME, "a.name:81"),
                        new RetryConfig(1),
                        new TimeoutsConfig(
                                Duration.ofMillis(500),
                                Duration.ofMinutes(1),
                                Duration.ofMillis(1500),
                                Duration.ofDays(1),
                                Duration.ZERO),
                        new ConnectionsConfig(1, Duration.ofMillis(1), 7),
                        Protocol.H2C,
                        null,
                        null,
                        null,
                        ProxyProtocol.OFF));
        assertThat(config.pools().get("carts").host()).isEqualTo(new HostPolicy(HostPolicy.Kind.UPSTREAM, null));
        assertThat(config.forwarded()).isEqualTo(new ForwardedConfig(false, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing", "lb {}", "lb { mounts {}, pools {} }", "vars { x = 1 }", "\uFEFFlb {}"})
    void mayMountNothing(String text) throws Exception {
        LbConfig config = files.load(text);

        assertThat(config.mounts()).isEmpty();
        assertThat(config.pools()).isEmpty();
        assertThat(config.forwarded()).isEqualTo(new ForwardedConfig(true, true));
    }

    @Test
    void givesEmptyPoolsTheDefaultsOfTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        Config defaults = ConfigFactory.parseFile(reference.toFile(), ConfigParseOptions.defaults())
                .resolve()
                .getConfig("lb.defaults");
        PoolConfig pool = files.pool(GOOD);

        assertThat(defaults
                        .withoutPath("probe")
                        .withoutPath("outlier")
                        .withoutPath("queue")
                        .withoutPath("adaptive-concurrency")
                        .withoutPath("breaker")
                        .withoutPath("connections.connecting")
                        .entrySet()
                        .stream()
                        .map(Map.Entry::getKey))
                .as("the keys compared here, in the next test, in SharesTest, OutlierConfigTest and LimitsConfigTest")
                .containsExactlyInAnyOrderElementsOf(DEFAULTS);
        assertThat(pool.proxyProtocol().name()).isEqualToIgnoringCase(defaults.getString("proxy-protocol"));
        assertThat(pool.strategy()).isEqualTo(new StrategyConfig(defaults.getString("strategy"), Map.of()));
        assertThat(pool.host().kind().name()).isEqualToIgnoringCase(defaults.getString("host"));
        assertThat(pool.retry())
                .as("the defaults as the reference writes them, read again")
                .isEqualTo(files.pool(
                                GOOD + ", retry " + defaults.getObject("retry").render())
                        .retry())
                .isEqualTo(RetryConfig.DEFAULT);
        assertThat(pool.timeouts())
                .isEqualTo(new TimeoutsConfig(
                        defaults.getDuration("timeouts.connect"),
                        defaults.getDuration("timeouts.first-byte"),
                        defaults.getDuration("timeouts.idle"),
                        defaults.getDuration("timeouts.total"),
                        defaults.getDuration("timeouts.tunnel")));
        assertThat(pool.connections())
                .isEqualTo(new ConnectionsConfig(
                        defaults.getInt("connections.max"),
                        defaults.getDuration("connections.idle"),
                        defaults.getInt("connections.streams")));
        assertThat(pool.protocol().text()).isEqualTo(defaults.getString("protocol"));
        assertThat(LbConfig.load(reference, new TestCatalog()).forwarded())
                .isEqualTo(files.load("").forwarded());
    }

    @Test
    void givesEmptyBlocksTheDefaultsOfTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        Config defaults = ConfigFactory.parseFile(reference.toFile(), ConfigParseOptions.defaults())
                .resolve()
                .getConfig("lb.defaults");
        PoolConfig pool = files.pool(GOOD + ", probe {}, sticky {}, tls {}");

        assertThat(pool.tls())
                .isEqualTo(new TlsConfig(
                        null,
                        null,
                        defaults.getBoolean("tls.verify"),
                        defaults.getBoolean("tls.verify-host"),
                        null,
                        defaults.getStringList("tls.protocols"),
                        defaults.getStringList("tls.ciphers"),
                        defaults.getDuration("tls.reload-interval")));
        assertThat(pool.sticky())
                .isEqualTo(new StickyConfig(
                        defaults.getString("sticky.cookie"),
                        null,
                        defaults.getDuration("sticky.max-idle"),
                        defaults.getDuration("sticky.max-life"),
                        StickyConfig.Fallback.valueOf(
                                defaults.getString("sticky.fallback").toUpperCase(Locale.ROOT))));
    }

    @Test
    void givesAnEmptyProbeTheDefaultsOfTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        Config probe = ConfigFactory.parseFile(reference.toFile(), ConfigParseOptions.defaults())
                .resolve()
                .getConfig("lb.defaults.probe");

        assertThat(probe.root().keySet())
                .as("the keys compared here")
                .containsExactlyInAnyOrder(
                        "path",
                        "interval",
                        "timeout",
                        "fall",
                        "rise",
                        "fast-interval",
                        "jitter",
                        "expect-status",
                        "type",
                        "initial",
                        "method",
                        "headers",
                        "expect-header",
                        "service",
                        "state-header",
                        "drain-on-404");
        assertThat(probe.getString("expect-status")).isEqualTo("200-399");
        assertThat(probe.getObject("headers")).isEmpty();
        assertThat(probe.getObject("expect-header")).isEmpty();
        assertThat(files.pool(GOOD + ", probe {}").probe())
                .isEqualTo(new ProbeConfig(
                        probe.getString("path"),
                        probe.getDuration("interval"),
                        probe.getDuration("timeout"),
                        probe.getInt("fall"),
                        probe.getInt("rise"),
                        probe.getDuration("fast-interval"),
                        probe.getDouble("jitter"),
                        List.of(new StatusRange(200, 399)),
                        null,
                        InitialHealth.valueOf(probe.getString("initial").toUpperCase(Locale.ROOT)),
                        new ProbeCheck(
                                ProbeType.valueOf(probe.getString("type").toUpperCase(Locale.ROOT)),
                                null,
                                0,
                                new ProbeRequest(probe.getString("method"), null, Map.of(), null),
                                ProbeExpectation.STATUS,
                                probe.getString("service"),
                                probe.getBoolean("state-header"),
                                probe.getBoolean("drain-on-404"))));
    }

    @Test
    void showsTheContractsDefaultsInTheReference() throws Exception {
        Path reference = Path.of(LbConfig.class.getResource("/reference.conf").toURI());

        assertThat(Files.readString(reference))
                .contains("strategy = least-request", "host = client", "attempts = 3", "connect = 3s")
                .contains("first-byte = 60s", "idle = 30s", "total = 0s", "max = 256", "idle = 4s")
                .contains("path = \"/health\"", "interval = 5s", "timeout = 2s", "fall = 3", "rise = 2")
                .contains("fast-interval = 1s", "jitter = 0.1", "expect-status = \"200-399\"")
                .contains("cookie = LB", "secret = ${?LB_STICKY_SECRET}", "max-idle = 0s", "max-life = 0s")
                .contains("fallback = rebalance")
                .contains("x-forwarded = true", "rfc7239 = true", "strip-context-path = false", "weight = 1");
    }

    @Test
    void letsDefaultsChangeEveryPoolThatSaysNothing() throws Exception {
        LbConfig config = files.load("""
                lb {
                  defaults { strategy = random, host = upstream, retry.attempts = 7, timeouts.idle = 9s }
                  pools {
                    a { upstreams = ["http://h:1"], timeouts.connect = 1s }
                    b { upstreams = ["http://h:1"], strategy = round-robin, host = client, timeouts.idle = 0s }
                  }
                }
                """);

        PoolConfig a = config.pools().get("a");
        PoolConfig b = config.pools().get("b");
        assertThat(a.strategy().name()).isEqualTo("random");
        assertThat(a.host().kind()).isEqualTo(HostPolicy.Kind.UPSTREAM);
        assertThat(a.retry().attempts()).isEqualTo(7);
        assertThat(a.timeouts().idle()).isEqualTo(Duration.ofSeconds(9));
        assertThat(a.timeouts().connect()).isEqualTo(Duration.ofSeconds(1));
        assertThat(a.timeouts().firstByte()).isEqualTo(Duration.ofSeconds(60));
        assertThat(b.strategy().name()).isEqualTo("round-robin");
        assertThat(b.host().kind()).isEqualTo(HostPolicy.Kind.CLIENT);
        assertThat(b.timeouts().idle()).isEqualTo(Duration.ZERO);
    }

    @Test
    void keepsTheOrderOfTheFile() throws Exception {
        LbConfig config = files.load("lb.pools { zz { " + GOOD + " }, b { " + GOOD + " }\n a { " + GOOD + " } }\n"
                + "lb.mounts { /zz { pool = a }, /b { pool = a }\n /a { pool = a } }");

        assertThat(config.pools().keySet()).containsExactly("zz", "b", "a");
        assertThat(config.mounts().stream().map(MountConfig::contextPath)).containsExactly("/zz", "/b", "/a");
    }

    @Test
    void keepsTheOrderOfPoolsMadeFromOthers() throws Exception {
        LbConfig config = files.load("lb.mounts.\"/a.b\".pool = a\nlb.pools {\n z { " + GOOD
                + " }\n a = ${lb.pools.z} { retry.attempts = 9 }\n}");

        assertThat(config.pools().keySet()).containsExactly("z", "a");
        assertThat(config.pools().get("a").upstreams())
                .isEqualTo(config.pools().get("z").upstreams());
        assertThat(config.pools().get("a").retry().attempts()).isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource({
        "http://h, http://h:80, h:80",
        "http://h/, http://h:80, h:80",
        "http://H:8080/a%2Fb/, http://h:8080/a%2Fb, h:8080",
        "http://h/..a/b., http://h:80/..a/b., h:80",
    })
    void bringsUrisToOneForm(String written, String uri, String id) throws Exception {
        UpstreamConfig upstream =
                files.pool("upstreams = [\"" + written + "\"]").upstreams().get(0);

        assertThat(upstream).isEqualTo(new UpstreamConfig(id, URI.create(uri), 1));
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "\"3\", 3", "3.0, 3", "1e2, 100"})
    void takesWholeNumbersHoweverTheyAreWritten(String written, int attempts) throws Exception {
        assertThat(files.pool(GOOD + ", retry.attempts = " + written).retry().attempts())
                .isEqualTo(attempts);
    }

    @ParameterizedTest
    @CsvSource({
        "1000000ns, 1",
        "1000us, 1",
        "1000 microseconds, 1",
        "7ms, 7",
        "\" 7 millis \", 7",
        "0.5 second, 500",
        "2m, 120000",
        "1 hour, 3600000",
        "1 day, 86400000",
        "0 days, 0"
    })
    void knowsTheUnitsOfHocon(String written, long millis) throws Exception {
        assertThat(files.pool(GOOD + ", timeouts.total = " + written).timeouts().total())
                .isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void substitutesFromTheFileAndTheEnvironmentOnly() throws Exception {
        String anyVariable = System.getenv().keySet().stream()
                .filter(name -> name.equals("PATH"))
                .findFirst()
                .orElseThrow();
        LbConfig config = files.load("vars.attempts = 9\nlb.pools.p { " + GOOD
                + ", retry.attempts = ${vars.attempts}, retry.attempts = ${?LB_TEST_THAT_NOBODY_SETS}\n"
                + "host = ${?java.version}, timeouts = ${?user.dir} }\n"
                + "other = ${" + anyVariable + "}");

        assertThat(config.pools().get("p").retry().attempts()).isEqualTo(9);
        assertThat(config.pools().get("p").host().kind()).isEqualTo(HostPolicy.Kind.CLIENT);
    }

    @Test
    void ignoresSystemPropertiesOfTheSameName() throws Exception {
        System.setProperty("lb.pools.p.retry.attempts", "99");
        try {
            assertThat(files.pool(GOOD).retry().attempts()).isEqualTo(3);
        } finally {
            System.clearProperty("lb.pools.p.retry.attempts");
        }
    }
}
