package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of the way of a request, and the timeouts that a mount has for itself. */
class ForwardedConfigTest {

    private static final String KEYS = "(expected: x-forwarded, rfc7239, trusted-proxies, prefer, request-id, via";
    private static final String RANGE = "(expected: an IP address, or a range such as 10.0.0.0/8 or fd00::/8)";
    private static final String FIELD = "(expected: the name of a field such as X-Request-ID, or off)";
    private static final String VIA = "(expected: a name of at most 64 letters, digits, '.', '_' and '-', or off)";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void trustsNobodyAndNamesTheHopByDefault() throws Exception {
        assertThat(files.load("").forwarded())
                .isEqualTo(new ForwardedConfig(
                        true, true, List.of(), ForwardedConfig.Family.X_FORWARDED, "X-Request-ID", "lb"));
    }

    @Test
    void isReadWithEveryKey() throws Exception {
        assertThat(files.load("""
                        lb.forwarded {
                          x-forwarded = false, rfc7239 = no, prefer = rfc7239, request-id = X-Trace, via = edge-1
                          trusted-proxies = ["10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1"]
                        }
                        """).forwarded())
                .isEqualTo(new ForwardedConfig(
                        false,
                        false,
                        List.of(
                                AddressRange.parse("10.0.0.0/8"),
                                AddressRange.parse("192.0.2.1"),
                                AddressRange.parse("fd00::/8"),
                                AddressRange.parse("::1")),
                        ForwardedConfig.Family.RFC7239,
                        "X-Trace",
                        "edge-1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "\"off\"", "none", "\"\"", "false"})
    void switchesOff(String off) throws Exception {
        ForwardedConfig forwarded = files.load("lb.forwarded { request-id = " + off + ", via = " + off + " }")
                .forwarded();

        assertThat(forwarded.requestId()).isNull();
        assertThat(forwarded.via()).isNull();
    }

    @Test
    void switchesOn() throws Exception {
        assertThat(files.load("lb.forwarded.request-id = true").forwarded().requestId())
                .isEqualTo("X-Request-ID");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "trusted-proxies = \"10.0.0.0/8\" | trusted-proxies: \"10.0.0.0/8\" (expected: a list of addresses and"
                        + " ranges such as [\"10.0.0.0/8\", \"fd00::/8\"])",
                "trusted-proxies = [\"10.0.0.0/33\"] | trusted-proxies[0]: \"10.0.0.0/33\" " + RANGE,
                "trusted-proxies = [\"::1\", proxy.example] | trusted-proxies[1]: \"proxy.example\" " + RANGE,
                "trusted-proxies = [10] | trusted-proxies[0]: 10 " + RANGE,
                "trusted-proxies = [\"\"] | trusted-proxies[0]: \"\" " + RANGE,
                "trusted-proxies = [\"10.0.0.1/8\"] | trusted-proxies[0]: \"10.0.0.1/8\" (expected: the first address"
                        + " of the range, 10.0.0.0/8, or one address alone)",
                "trusted-ips = [] | trusted-ips: unknown key " + KEYS + "; did you mean trusted-proxies?)",
                "set_real_ip_from = [] | set_real_ip_from: unknown key " + KEYS + "; did you mean trusted-proxies?)",
                "trusted-proxy = [] | trusted-proxy: unknown key " + KEYS + "; did you mean trusted-proxies?)",
                "unique-id = on | unique-id: unknown key " + KEYS + "; did you mean request-id?)",
                "prefer = forwarded | prefer: \"forwarded\" (expected: x-forwarded or rfc7239)",
                "request-id = \"a b\" | request-id: \"a b\" " + FIELD,
                "request-id = Content-Length | request-id: \"Content-Length\" " + FIELD,
                "request-id = X-Forwarded-For | request-id: \"X-Forwarded-For\" " + FIELD,
                "via = \"a b\" | via: \"a b\" " + VIA,
                "via = \"host:80\" | via: \"host:80\" " + VIA,
                "via = [] | via: [] " + VIA,
            })
    void reportsWhatIsWrong(String line, String problem) throws Exception {
        assertThat(files.problems("lb.forwarded {\n" + line + "\n}"))
                .containsExactly("lb.conf:2: forwarded." + problem);
    }

    @Test
    void givesAMountTimeoutsOfItsOwnAndThePoolsWhereItSaysNothing() throws Exception {
        LbConfig config = files.load(
                "lb.pools.p { " + GOOD + ", timeouts { connect = 1s, idle = 2s } }\n"
                        + "lb.mounts { \"/a\" { pool = p }, \"/b\" { pool = p, timeouts { first-byte = 5m, total = 1h, tunnel = 1d } } }");

        assertThat(config.mounts().get(0).timeouts()).isNull();
        assertThat(config.mounts().get(1).timeouts())
                .isEqualTo(new TimeoutsConfig(
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(2),
                        Duration.ofHours(1),
                        Duration.ofDays(1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "timeouts { connect = 1s } | timeouts.connect: unknown key (expected: first-byte, idle, total, tunnel;"
                        + " did you mean pools.NAME.timeouts.connect?)",
                "timeouts { first-byte = 5 } | timeouts.first-byte: 5 (expected: a duration with a unit, such as 5s)",
                "timeouts { read-timeout = 5s } | timeouts.read-timeout: unknown key (expected: first-byte, idle,"
                        + " total, tunnel; did you mean first-byte?)",
                "timeouts = 5s | timeouts: \"5s\" (expected: a block in braces)",
                "timeout = 5s | timeout: unknown key (expected: pool, strip-context-path, virtual-hosts, timeouts;"
                        + " did you mean timeouts?)",
            })
    void reportsWhatIsWrongWithTimeoutsOfAMount(String line, String problem) throws Exception {
        assertThat(files.problems(
                        "lb.pools.p { " + GOOD + " }\nlb.mounts {\n\"/a\" { pool = p, " + line.strip() + " } }"))
                .containsExactly("lb.conf:3: mounts.\"/a\"." + problem);
    }
}
