package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a file as a whole, and how problems come together. */
class WholeFileTest {

    private static final String LB_KEYS = "(expected: mounts, pools, defaults, forwarded, zone";
    private static final String ABSENT =
            ": missing (expected: a value in this file or in the environment, or ${?…} if it may be absent)";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void reportsEverythingInTheOrderOfTheFile() throws Exception {
        assertThat(files.problems("""
                        vars { attempts = 0 }
                        lb {
                          forwarded { rfc7239 = maybe }
                          mounts { "/" { pool = ordrs } }
                          pools {
                            orders {
                              servers = []
                              upstreams = [
                                { uri = "http://h", weight = -1 }, { uri = "ftp://h" }
                              ]
                              host = ${LB_TEST_A}
                              retry.attempts = ${vars.attempts}
                              timeouts { idle = ${LB_TEST_B}s, connect = 1 }
                            }
                            a.b { upstreams = ["http://h"], weight = 1 }
                          }
                          timeouts {}
                        }
                        """))
                .containsExactly(
                        "lb.conf:3: forwarded.rfc7239: \"maybe\" (expected: true or false)",
                        "lb.conf:4: mounts.\"/\".pool: \"ordrs\" (expected: orders, a.b; did you mean orders?)",
                        "lb.conf:7: pools.orders.servers: unknown key (expected: strategy, upstreams, host, retry,"
                                + " timeouts, connections, protocol, probe, sticky, tls, proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain; did you mean upstreams?)",
                        "lb.conf:9: pools.orders.upstreams[0].weight: -1 (expected: 0..1000)",
                        "lb.conf:9: pools.orders.upstreams[1].uri: \"ftp://h\""
                                + " (expected: a URI such as http://10.0.0.1:8080)",
                        "lb.conf:11: ${LB_TEST_A}" + ABSENT,
                        "lb.conf:12: pools.orders.retry.attempts: 0 (expected: 1..100)",
                        "lb.conf:13: ${LB_TEST_B}" + ABSENT,
                        "lb.conf:13: pools.orders.timeouts.connect: 1 (expected: a duration with a unit, such as 5s)",
                        "lb.conf:15: pools.a.b: a name with a dot but without quotes (expected: pools.\"a.b\","
                                + " in quotes)",
                        "lb.conf:15: pools.a.b.weight: unknown key (expected: strategy, upstreams, host, retry,"
                                + " timeouts, connections, protocol, probe, sticky, tls, proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain)",
                        "lb.conf:17: timeouts: unknown key " + LB_KEYS + "; did you mean defaults.timeouts?)");
    }

    @Test
    void reportsWrongDefaultsOnceAndNotForEveryPool() throws Exception {
        assertThat(files.problems("""
                        lb {
                          defaults {
                            strategy = best
                            upstreams = []
                            retry { attempts = 0 }
                            timeouts = 5s
                            connections.idle = 0s
                          }
                          pools { a { upstreams = ["http://h"] }, b { upstreams = ["http://h"] } }
                        }
                        """))
                .containsExactly(
                        "lb.conf:3: defaults.strategy: \"best\""
                                + " (expected: least-request, round-robin, ring-hash, random)",
                        "lb.conf:4: defaults.upstreams: unknown key (expected: strategy, host, retry, timeouts,"
                                + " connections, protocol, probe, sticky, tls, proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain)",
                        "lb.conf:5: defaults.retry.attempts: 0 (expected: 1..100)",
                        "lb.conf:6: defaults.timeouts: \"5s\" (expected: a block in braces)",
                        "lb.conf:7: defaults.connections.idle: \"0s\" (expected: 1ms to 1d)");
    }

    @Test
    void wantsQuotesForDotsInPoolNames() throws Exception {
        assertThat(files.problems("lb.mounts./.pool = a.b.c\nlb.pools { a.b.c { " + GOOD + " } }"))
                .containsExactly("lb.conf:2: pools.a.b.c: a name with a dot but without quotes"
                        + " (expected: pools.\"a.b.c\", in quotes)");
        assertThat(files.problems("lb.pools { \"a.b\" { " + GOOD + " } }\nlb.mounts./.pool = a.b"))
                .isEmpty();
    }

    @Test
    void wantsUpstreamsInEveryPool() throws Exception {
        assertThat(files.problems("lb.pools {\n a {}\n b {\n host = client } }\nlb.pools.c = []"))
                .containsExactly(
                        "lb.conf:2: pools.a.upstreams: missing (expected: a list of at least one upstream)",
                        "lb.conf:3: pools.b.upstreams: missing (expected: a list of at least one upstream)",
                        "lb.conf:5: pools.c: [] (expected: a block such as { upstreams = [\"http://10.0.0.1:8080\"] })");
    }

    @Test
    void wantsPoolNamesThatLogsCanShow() throws Exception {
        assertThat(files.problems("lb.pools.\"a\\nb\" { " + GOOD + " }"))
                .containsExactly("lb.conf:1: pools.\"a\\nb\": not usable as a name"
                        + " (expected: letters, digits, '.', '_' and '-')");
    }

    @Test
    void noticesWhatStandsOutsideOfLb() throws Exception {
        String only = ": outside of lb (expected: only values for substitutions here; did you mean ";

        assertThat(files.problems("lb {}\npools {}")).containsExactly("lb.conf:2: pools" + only + "lb.pools?)");
        assertThat(files.problems("lb {}\nmount {}")).containsExactly("lb.conf:2: mount" + only + "lb.mounts?)");
        assertThat(files.problems("ld { pools {} }")).containsExactly("lb.conf:1: ld" + only + "lb?)");
        assertThat(files.problems("pool { host = client }\nlb.pools.a = ${pool} { " + GOOD + " }"))
                .isEmpty();
        assertThat(files.problems("lb = 5")).containsExactly("lb.conf:1: lb: 5 (expected: a block in braces)");
    }

    @Test
    void pointsToTheLineWithTheSubstitution() throws Exception {
        assertThat(files.problems("lb {\n pools {\n  p {\n   " + GOOD + "\n   host = ${PATH}\n } } }"))
                .singleElement()
                .asString()
                .startsWith("lb.conf:5: pools.p.host: \"");
        assertThat(files.problems("v = ftp\nlb {\n pools.p {\n upstreams = [${v}, \"http://h\"] } }"))
                .containsExactly(
                        "lb.conf:4: pools.p.upstreams[0]: \"ftp\"" + " (expected: a URI such as http://10.0.0.1:8080)");
    }

    @Test
    void reportsSubstitutionsThatGoRound() throws Exception {
        assertThat(files.problems("a = ${b}\nb = ${a}"))
                .singleElement()
                .asString()
                .matches("lb\\.conf:[12]: not HOCON: .*part of a cycle of substitutions.*")
                .doesNotContain("@");
    }

    @Test
    void reportsMistakesOfSyntaxWithTheirLine() throws Exception {
        assertThat(files.problems("lb {\n  pools {\n"))
                .singleElement()
                .asString()
                .startsWith("lb.conf:3: not HOCON: ")
                .contains("end of file");
        assertThat(files.problems("lb {\n  x = [ http://10.0.0.1:8080 ]\n}"))
                .containsExactly("lb.conf:2: not HOCON: a URI without quotes (expected: a URI in quotes)");
        assertThat(files.problems("[1]")).singleElement().asString().startsWith("lb.conf:1: not HOCON: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lb.pools.p.sticky.secret = hunter2 }",
                "password = \"hunter2",
                "my.secret = \"hunter2 \"\nlb.pools.p { upstreams = [${my.secret}], host = ${my.secret}x }",
                "lb.x = [1] ${secret}\nsecret = hunter2",
                "lb.pools.p { upstreams = [\"http://h\"], strategy { name = ring-hash, secret = 4242, hunter2_ = 1 } }"
            })
    void neverShowsSecrets(String text) throws Exception {
        assertThat(files.problems(text))
                .isNotEmpty()
                .allSatisfy(p -> assertThat(p).doesNotContain("hunter2 ", "hunter2)", "hunter2\"", "4242"));
    }

    @Test
    void limitsNesting() throws Exception {
        assertThat(files.problems("x = " + "[".repeat(100) + "]".repeat(100))).isEmpty();
        assertThat(files.problems("x = \"" + "[".repeat(5000) + "\" # " + "{".repeat(5000)))
                .isEmpty();
        assertThat(files.problems("x = \"\"\"\n\" " + "[".repeat(5000) + "\"\"\"\""))
                .isEmpty();
        assertThat(files.problems("\nx = " + "[".repeat(101) + "]".repeat(101)))
                .containsExactly("lb.conf:2: nested too deeply (expected: at most 100 levels)");
        assertThat(files.problems("{".repeat(5000))).hasSize(1);
        assertThat(files.problems("lb " + "{a ".repeat(5000) + "}".repeat(5000)))
                .containsExactly("lb.conf:1: nested too deeply (expected: at most 100 levels)");
    }

    @Test
    void survivesNestingWithoutBraces() throws Exception {
        String dots = "lb." + "a.".repeat(100_000) + "a = 1";
        String chain = IntStream.range(0, 40_000)
                .mapToObj(i -> "a" + i + "=${a" + (i + 1) + "}")
                .collect(Collectors.joining("\n"));

        assertThat(files.problems(dots)).containsExactly("lb.conf: nested too deeply (expected: at most 100 levels)");
        assertThat(files.problems(chain + "\na40000 = 1\nlb = ${a0}"))
                .containsExactly("lb.conf: nested too deeply (expected: at most 100 levels)");
    }

    @Test
    void limitsSize() throws Exception {
        assertThat(files.problems("#".repeat(1024 * 1024))).isEmpty();
        assertThat(files.problems("#".repeat(1024 * 1024 + 1)))
                .containsExactly("lb.conf: too large (expected: at most 1 MiB, all included files together)");
    }

    @Test
    void readsFilesStrictly() throws Exception {
        Path latin = Files.write(folder.resolve("latin.conf"), "lb {}\n# \u00fc".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(files.problems(latin))
                .containsExactly("latin.conf:2: bytes that are not UTF-8 (expected: a text in UTF-8)");
        assertThat(files.problems(folder.resolve("none.conf")))
                .containsExactly("none.conf: missing (expected: a readable file)");
        assertThat(files.problems(folder))
                .containsExactly(folder.getFileName() + ": not an ordinary file (expected: a readable file)");
    }
}
