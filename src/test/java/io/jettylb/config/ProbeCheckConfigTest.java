package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What probes can be told to do, and what is wrong with it. */
class ProbeCheckConfigTest {

    private static final String VALUE =
            ": not usable as a value (expected: letters, digits, signs and spaces of ASCII)";
    private static final String METHOD = " (expected: a method in capitals, such as GET or POST, but not CONNECT)";
    private static final String INITIAL = " (expected: down, up or until-first-probe)";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    private ProbeConfig probe(String body) throws Exception {
        return files.pool(GOOD + ", probe { " + body + " }").probe();
    }

    @Test
    void areReadWithEveryKeyOfHttp() throws Exception {
        ProbeConfig probe = probe("""
                type = http, method = POST, port = 8081, scheme = https, host = "health.example:1"
                headers { X-Key = "a b", Authorization = "Bearer x" }, body = "{}"
                expect-body = ok, expect-header { X-Health = 1 }, state-header = true
                down-interval = 30s, initial = until-first-probe
                """);

        assertThat(probe.downInterval()).isEqualTo(Duration.ofSeconds(30));
        assertThat(probe.initial()).isEqualTo(InitialHealth.UNTIL_FIRST_PROBE);
        assertThat(probe.check())
                .isEqualTo(new ProbeCheck(
                        ProbeType.HTTP,
                        "https",
                        8081,
                        new ProbeRequest(
                                "POST", "health.example:1", Map.of("X-Key", "a b", "Authorization", "Bearer x"), "{}"),
                        new ProbeExpectation("ok", null, Map.of("X-Health", "1")),
                        "",
                        true));
        assertThat(probe.toString()).contains("Authorization").doesNotContain("Bearer");
    }

    @Test
    void areReadWithEveryKeyOfGrpc() throws Exception {
        PoolConfig pool = files.pool(GOOD
                + ", protocol = h2c, probe { type = grpc, service = shop.Orders, port = 9, host = h, headers { a = b },"
                + " state-header = true }");

        assertThat(pool.probe().check())
                .isEqualTo(new ProbeCheck(
                        ProbeType.GRPC,
                        null,
                        9,
                        new ProbeRequest("GET", "h", Map.of("a", "b"), null),
                        ProbeExpectation.STATUS,
                        "shop.Orders",
                        true));
    }

    @ParameterizedTest
    @CsvSource({"down, DOWN", "up, UP", "until-first-probe, UNTIL_FIRST_PROBE"})
    void beginWithABelief(String written, InitialHealth initial) throws Exception {
        assertThat(probe("initial = " + written).initial()).isEqualTo(initial);
    }

    @Test
    void inheritWhatTheirOwnBlockDoesNotSay() throws Exception {
        LbConfig config = files.load("""
                lb.defaults.probe { expect-body = ok, headers { A = b }, down-interval = 9s, path = "/x", service = s }
                lb.pools {
                  same { %1$s, probe {} }
                  regex { %1$s, probe { expect-body-regex = "o+k", headers {} } }
                  tcp { %1$s, probe { type = tcp } }
                  head { %1$s, probe { method = HEAD } }
                }
                """.formatted(GOOD));

        ProbeConfig same = config.pools().get("same").probe();
        assertThat(same.check().expectation().body()).isEqualTo("ok");
        assertThat(same.check().request().headers()).isEqualTo(Map.of("A", "b"));
        assertThat(same.downInterval()).isEqualTo(Duration.ofSeconds(9));
        ProbeCheck regex = config.pools().get("regex").probe().check();
        assertThat(regex.expectation()).isEqualTo(new ProbeExpectation(null, "o+k", Map.of()));
        assertThat(regex.request().headers()).isEmpty();
        // No response to HEAD has the body that others are to have.
        assertThat(config.pools().get("head").probe().check().expectation()).isEqualTo(ProbeExpectation.STATUS);
        assertThat(config.pools().get("tcp").probe().check().type()).isEqualTo(ProbeType.TCP);
    }

    @Test
    void haveTlsWhereOnlyTheyWantIt() throws Exception {
        assertThat(files.pool(GOOD + ", probe { type = tls, port = 9443 }").tls())
                .isNotNull();
        assertThat(files.pool(GOOD + ", probe { scheme = https, port = 9443 }").tls())
                .isNotNull();
        assertThat(files.pool(GOOD + ", probe { type = tcp }").tls()).isNull();
    }

    @ParameterizedTest
    @MethodSource({"ofTypes", "ofRequests", "ofExpectations"})
    void areReportedWhereTheyAreWrong(String line, String problem) throws Exception {
        String text = "lb.pools {\n  api {\n    upstreams = [\"http://h:1\"]\n    " + line + "\n  }\n}";

        assertThat(files.problems(text)).containsExactly("lb.conf:4: pools.api." + problem);
    }

    static Stream<Arguments> ofTypes() {
        return Stream.of(
                row("probe.type = udp", "probe.type: \"udp\" (expected: http, tcp, tls or grpc)"),
                row(
                        "probe.type = https",
                        "probe.type: \"https\" (expected: http, tcp, tls or grpc; did you mean http?)"),
                row("probe.type = ssl", "probe.type: \"ssl\" (expected: http, tcp, tls or grpc; did you mean tls?)"),
                // Nothing is said of the other keys where nobody knows the type.
                row("probe { type = udp, expect-body = ok }", "probe.type: \"udp\" (expected: http, tcp, tls or grpc)"),
                row("probe { type = tcp, expect-body = ok }", not("expect-body", "\"ok\"", "http", "tcp")),
                row("probe { type = tcp, path = \"/x\" }", not("path", "\"/x\"", "http", "tcp")),
                row("probe { type = tcp, headers { a = b } }", not("headers", "a block", "http or grpc", "tcp")),
                row("probe { type = http, service = s }", not("service", "\"s\"", "grpc", "http")),
                row(
                        "protocol = h2c, probe { type = grpc, service = \"a b\" }",
                        "probe.service: \"a b\" (expected: the name of a gRPC service, such as shop.Orders)"),
                row(
                        "probe.type = grpc",
                        "probe.type: grpc with protocol http1 (expected: protocol = h2c or h2, which gRPC is over)"),
                row(
                        "protocol = h2c, probe { scheme = http }",
                        "probe.scheme: http with protocol h2c (expected: no such key: the protocol has one)"),
                row(
                        "probe.type = tls",
                        "probe.type: tls with http://h:1 (expected: https URIs, or a port for probes alone)"));
    }

    static Stream<Arguments> ofRequests() {
        return Stream.of(
                row("probe.scheme = ftp", "probe.scheme: \"ftp\" (expected: http or https)"),
                row("probe.port = 0", "probe.port: 0 (expected: 1..65535)"),
                row("probe.method = get", "probe.method: \"get\"" + METHOD),
                row("probe.method = CONNECT", "probe.method: \"CONNECT\"" + METHOD),
                row("probe.method = \"GET / X\"", "probe.method: \"GET / X\"" + METHOD),
                row("probe.host = \"a b\"", "probe.host: \"a b\" (expected: a host name with an optional port)"),
                row(
                        "probe.body = x",
                        "probe.body: \"x\" (expected: a method with content, such as POST; method is GET)"));
    }

    static Stream<Arguments> ofExpectations() {
        return Stream.of(
                row(
                        "probe { method = HEAD, expect-body = x }",
                        "probe.expect-body: \"x\" (expected: another method than HEAD, whose responses have no body)"),
                row(
                        "probe { expect-body = x, expect-body-regex = y }",
                        "probe.expect-body-regex: \"y\" (expected: no such key beside expect-body)"),
                row(
                        "probe.expect-body-regex = \"a(\"",
                        "probe.expect-body-regex: \"a(\" (expected: a regular expression of Java: Unclosed group)"),
                row(
                        "probe.expect-body-regex = \"" + "a".repeat(1001) + "\"",
                        "probe.expect-body-regex: \"" + "a".repeat(120)
                                + "…\" (expected: a regular expression of at most 1000 characters)"),
                row("probe.headers = x", "probe.headers: \"x\" (expected: a block such as { X-Name = value })"),
                row("probe.headers { A = \"p\\r\\nX: q\" }", "probe.headers.A" + VALUE),
                row("probe.headers { A = \"\" }", "probe.headers.A" + VALUE),
                row("probe.headers { A = [x] }", "probe.headers.A" + VALUE),
                row(
                        "probe.headers { \"a b\" = x }",
                        "probe.headers.\"a b\": not usable as a name (expected: a header name of letters, digits and '-')"),
                row("probe.headers { Host = x }", "probe.headers.Host: not for this block (expected: probe.host)"),
                row(
                        "probe.headers { Content-Length = 3 }",
                        "probe.headers.Content-Length: not for this block (expected: no such key: it is set as the"
                                + " message needs it)"),
                row("probe.expect-header { A = \"é\" }", "probe.expect-header.A" + VALUE),
                row("probe.state-header = 1", "probe.state-header: 1 (expected: true or false)"),
                row("probe.initial = maybe", "probe.initial: \"maybe\"" + INITIAL),
                row("probe.down-interval = 0s", "probe.down-interval: \"0s\" (expected: 1ms to 1d)"),
                row(
                        "probe.down-interval = 5",
                        "probe.down-interval: 5 (expected: a duration with a unit, such as 5s)"));
    }

    private static String not(String key, String value, String wanted, String type) {
        return "probe." + key + ": " + value + " (expected: type = " + wanted + ", or no such key; type is " + type
                + ")";
    }

    @Test
    void needAPlaceOfTheirOwnBesideSockets() throws Exception {
        String text = "lb.pools.p {\n  upstreams = [\"unix:/run/app.sock\"]\n  probe {\n    port = 81\n  }\n}";

        assertThat(files.problems(text))
                .containsExactly("lb.conf:4: pools.p.probe.port: 81 with unix:/run/app.sock (expected: no such key, or"
                        + " upstreams that have a host)");
    }

    @Test
    void areReportedAtThePoolWhereTheyAreInherited() throws Exception {
        String text = "lb.defaults.probe.type = grpc\nlb.pools.p {\n  " + GOOD + "\n  probe {}\n}";

        assertThat(files.problems(text))
                .containsExactly("lb.conf:4: pools.p.probe.type: grpc with protocol http1 (expected: protocol = h2c or"
                        + " h2, which gRPC is over)");
    }

    @ParameterizedTest
    @CsvSource({
        "downinter, down-interval",
        "unhealthy-interval, down-interval",
        "init-state, initial",
        "mandatory, initial",
        "check-ssl, scheme = https",
        "health-port, port",
        "http-check-expect, expect-status",
        "match, expect-status",
        "send, body",
        "string, expect-body",
        "rstring, expect-body-regex",
        "service_name, service",
        "hostname, host",
        "meth, method",
        "send-state, state-header",
        "mode, type"
    })
    void areMeantByTheWordsOfOthers(String key, String meant) throws Exception {
        assertThat(files.problems("lb.pools.p { " + GOOD + ", probe { " + key + " = 1 } }"))
                .singleElement()
                .asString()
                .contains("unknown key")
                .endsWith("; did you mean " + meant + "?)");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp-check, probe.type = tcp",
        "grpc-health-check, probe.type = grpc",
        "downinter, probe.down-interval",
        "init_state, probe.initial"
    })
    void areMeantByTheWordsOfOthersForPools(String key, String meant) throws Exception {
        assertThat(files.problems("lb.pools.p { " + GOOD + ", " + key + " = 1 }"))
                .singleElement()
                .asString()
                .endsWith("; did you mean " + meant + "?)");
    }

    @Test
    void drainIfTheOperatorWantsThem() throws Exception {
        assertThat(files.pool(GOOD + ", probe { drain-on-404 = true }")
                        .probe()
                        .check()
                        .drainOn404())
                .isTrue();
        assertThat(files.pool(GOOD + ", probe {}").probe().check().drainOn404()).isFalse();
        assertThat(files.problems("lb.pools.p { " + GOOD + ", probe { type = tcp, drain-on-404 = true } }"))
                .containsExactly("lb.conf:1: pools.p.probe.drain-on-404: true (expected: type = http, or no such key;"
                        + " type is tcp)");
        assertThat(files.problems("lb.pools.p { " + GOOD + ", http-check-disable-on-404 = true }"))
                .singleElement()
                .asString()
                .endsWith("; did you mean probe.drain-on-404 = true?)");
    }

    private static Arguments row(String written, String problem) {
        return Arguments.of(written, problem);
    }
}
