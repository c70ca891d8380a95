package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of mistake and the exact line that the operator gets for it. */
class ProblemsTest {

    private static final String POOL_KEYS =
            "(expected: strategy, upstreams, host, retry, timeouts, connections, protocol, probe, sticky, tls, proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain, max-requests, queue, adaptive-concurrency, breaker";
    private static final String URI = "(expected: a URI such as http://10.0.0.1:8080)";
    private static final String LIMIT = "(expected: 0s for no limit, or 1ms to 1d)";
    private static final String UNIT = "(expected: a duration with a unit, such as 5s)";
    private static final String STRATEGIES = "(expected: least-request, round-robin, ring-hash, random";
    private static final String HOST = "(expected: client, upstream, or a host name with an optional port";
    private static final String MOUNT_KEYS = "(expected: pool, strip-context-path, virtual-hosts, timeouts";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    /** A line in the body of a pool that is right otherwise. */
    @ParameterizedTest
    @MethodSource({"ofStrategies", "ofPools"})
    void ofPools(String line, String problem) throws Exception {
        String text = "lb.pools {\n  api {\n    upstreams = [\"http://h:1\"]\n    " + line + "\n  }\n}";

        assertThat(files.problems(text)).containsExactly("lb.conf:4: pools.api." + problem);
    }

    static Stream<Arguments> ofStrategies() {
        return Stream.of(
                row("upstreams = []", "upstreams: [] (expected: a list of at least one upstream)"),
                row("upstreams = \"http://h\"", "upstreams: \"http://h\" (expected: a list of at least one upstream)"),
                row("upstreams { 0 = \"http://h\" }", "upstreams: a block (expected: a list of at least one upstream)"),
                row("upstreams = null", "upstreams: null (expected: a value, or no such key)"),
                row(
                        "strategy = least_conn",
                        "strategy: \"least_conn\" " + STRATEGIES + "; did you mean least-request?)"),
                row("strategy = leastconn", "strategy: \"leastconn\" " + STRATEGIES + "; did you mean least-request?)"),
                row("strategy = roundrobin", "strategy: \"roundrobin\" " + STRATEGIES + "; did you mean round-robin?)"),
                row(
                        "strategy = weighted-round-robin",
                        "strategy: \"weighted-round-robin\" " + STRATEGIES + "; did you mean round-robin?)"),
                row("strategy = ip_hash", "strategy: \"ip_hash\" " + STRATEGIES + "; did you mean ring-hash?)"),
                row(
                        "strategy = random_choose",
                        "strategy: \"random_choose\" " + STRATEGIES + "; did you mean least-request?)"),
                row("strategy = randon", "strategy: \"randon\" " + STRATEGIES + "; did you mean random?)"),
                row("strategy = com.example.Best", "strategy: \"com.example.Best\" " + STRATEGIES + ")"),
                row("strategy = [random]", "strategy: a list " + STRATEGIES + ")"),
                row("strategy {}", "strategy.name: missing " + STRATEGIES + ")"),
                row("strategy { name = rr }", "strategy.name: \"rr\" " + STRATEGIES + "; did you mean round-robin?)"),
                row("strategy { name = random, x = 1 }", "strategy.x: unknown key (expected: no options)"),
                row(
                        "strategy { name = ring-hash, boundedLoad = 1 }",
                        "strategy.boundedLoad: unknown key (expected: bounded-load, key, secret; did you mean bounded-load?)"),
                row(
                        "strategy { name = ring-hash, key = null }",
                        "strategy.key: null (expected: a value, or no such key)"),
                row(
                        "strategy { name = ring-hash, bounded-load = x }",
                        "strategy.bounded-load: x (expected: something else)"),
                row(
                        "strategy { name = ring-hash, secret = 12345 }",
                        "strategy.secret: not usable (its value is hidden)"));
    }

    static Stream<Arguments> ofPools() {
        return Stream.of(
                row("host = cleint", "host: \"cleint\" " + HOST + "; did you mean client?)"),
                row("host = \"$host\"", "host: \"$host\" " + HOST + ")"),
                row("host = \"a.name:0\"", "host: \"a.name:0\" " + HOST + ")"),
                row("host = \"http://a.name\"", "host: \"http://a.name\" " + HOST + ")"),
                row("host = \"\"", "host: \"\" " + HOST + ")"),
                row("retry = 3", "retry: 3 (expected: a block in braces)"),
                row("retry.attempts = 0", "retry.attempts: 0 (expected: 1..100)"),
                row("retry.attempts = 101", "retry.attempts: 101 (expected: 1..100)"),
                row("retry.attempts = 2.5", "retry.attempts: 2.5 (expected: 1..100)"),
                row("retry.attempts = \"2.5\"", "retry.attempts: \"2.5\" (expected: 1..100)"),
                row("retry.attempts = 4294967297", "retry.attempts: 4294967297 (expected: 1..100)"),
                row("retry.attempts = 1e999", "retry.attempts: 1e999 (expected: 1..100)"),
                row("retry.attempts = true", "retry.attempts: true (expected: 1..100)"),
                row("retry.attempts = null", "retry.attempts: null (expected: a value, or no such key)"),
                row(
                        "retry.tries = 1",
                        "retry.tries: unknown key (expected: attempts, on, non-idempotent, buffer, per-try-timeout, hedge-after,"
                                + " backoff, max-backoff, max-retry-after, budget, budget-min; did you mean attempts,"
                                + " which counts the first attempt, too?)"),
                row("connections.max = 0", "connections.max: 0 (expected: 1..100000)"),
                row("connections.max = 100001", "connections.max: 100001 (expected: 1..100000)"),
                row("connections.idle = 0s", "connections.idle: \"0s\" (expected: 1ms to 1d)"),
                row(
                        "connections.keepalive = 1s",
                        "connections.keepalive: unknown key (expected: max, idle, streams, connecting; did you mean idle?)"),
                row("timeouts.connect = 5", "timeouts.connect: 5 " + UNIT),
                row("timeouts.connect = \"5\"", "timeouts.connect: \"5\" " + UNIT),
                row("timeouts.connect = 0s", "timeouts.connect: \"0s\" (expected: 1ms to 1d)"),
                row("timeouts.connect = -1s", "timeouts.connect: \"-1s\" (expected: 1ms to 1d)"),
                row("timeouts.idle = 0", "timeouts.idle: 0 " + UNIT),
                row("timeouts.tunnel = 1h 1h", "timeouts.tunnel: \"1h 1h\" " + LIMIT),
                row("timeouts.total = 25h", "timeouts.total: \"25h\" " + LIMIT),
                row("timeouts.total = 0.1ms", "timeouts.total: \"0.1ms\" " + LIMIT),
                row("timeouts.total = 5 parsecs", "timeouts.total: \"5 parsecs\" " + LIMIT),
                row("timeouts.total = 1ss", "timeouts.total: \"1ss\" " + LIMIT),
                row("timeouts.total = [5s]", "timeouts.total: a list " + LIMIT),
                row("timeouts.total = 99999999999999999999d", "timeouts.total: \"99999999999999999999d\" " + LIMIT),
                row(
                        "timeouts.read-timeout = 1s",
                        "timeouts.read-timeout: unknown key (expected: connect, first-byte, idle, total, tunnel; did you mean"
                                + " first-byte?)"),
                row("secret = hunter2", "secret: unknown key " + POOL_KEYS + ")"));
    }

    /** A key of a pool that there is not, and what is meant by it. */
    @ParameterizedTest
    @MethodSource
    void ofPoolKeys(String key, String meant) throws Exception {
        String text = "lb.pools {\n  api {\n    upstreams = [\"http://h:1\"]\n    " + key + " = 1\n  }\n}";

        assertThat(files.problems(text))
                .containsExactly("lb.conf:4: pools.api." + key + ": unknown key " + POOL_KEYS + "; did you mean "
                        + meant + "?)");
    }

    static Stream<Arguments> ofPoolKeys() {
        String attempts = "retry.attempts, which counts the first attempt, too";
        return Stream.of(
                row("servers", "upstreams"),
                row("server", "upstreams"),
                row("members", "upstreams"),
                row("targets", "upstreams"),
                row("backends", "upstreams"),
                row("nodes", "upstreams"),
                row("upstrems", "upstreams"),
                row("balance", "strategy"),
                row("lb_policy", "strategy"),
                row("algorithm", "strategy"),
                row("policy", "strategy"),
                row("stratgey", "strategy"),
                row("max_conns", "connections.max"),
                row("maxConns", "connections.max"),
                row("connect-timeout", "timeouts.connect"),
                row("proxy_connect_timeout", "timeouts.connect"),
                row("read-timeout", "timeouts.first-byte"),
                row("timeout-tunnel", "timeouts.tunnel"),
                row("retries", attempts),
                row("keepalive", "connections.idle"),
                row("timeout", "timeouts"),
                row("health_check", "probe"),
                row("Host", "host"));
    }

    @ParameterizedTest
    @MethodSource
    void ofKeysOfLaterVersions(String line, String problem) throws Exception {
        String text = "lb {\n" + line + "\npools.p.upstreams = [\"http://h:1\"], mounts./m.pool = p }";

        assertThat(files.problems(text)).containsExactly("lb.conf:2: " + problem);
    }

    static Stream<Arguments> ofKeysOfLaterVersions() {
        Stream<Arguments> pool = Stream.of("hedge")
                .map(key -> row("pools.p." + key + " {}", "pools.p." + key + ": unknown key " + POOL_KEYS + ")"));
        return Stream.concat(
                pool,
                Stream.of(
                        row(
                                "admin {}",
                                "admin: not supported by this version (expected: mounts, pools, defaults, forwarded, zone, shed)"),
                        row(
                                "metrics {}",
                                "metrics: not supported by this version (expected: mounts, pools, defaults, forwarded, zone, shed)"),
                        row(
                                "defaults.hedge {}",
                                "defaults.hedge: unknown key (expected: strategy, host, retry,"
                                        + " timeouts, connections, protocol, probe, sticky, tls, proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain, max-requests, queue, adaptive-concurrency, breaker)"),
                        row(
                                "mounts./m.front = servlet",
                                "mounts.\"/m\".front: not supported by this version " + MOUNT_KEYS + ")"),
                        row(
                                "mounts./m.routes = []",
                                "mounts.\"/m\".routes: not supported by this version " + MOUNT_KEYS + ")")));
    }

    /** A member of a pool's upstreams, after a right one. */
    @ParameterizedTest
    @MethodSource
    void ofUpstreams(String member, String problem) throws Exception {
        String text = "lb.pools.api.upstreams = [\n\"http://h:1\"\n" + member + "\n]";

        assertThat(files.problems(text)).containsExactly("lb.conf:3: pools.api.upstreams[1]" + problem);
    }

    static Stream<Arguments> ofUpstreams() {
        return Stream.of(
                row("{ uri = \"http://a\", weight = -1 }", ".weight: -1 (expected: 0..1000)"),
                row("{ uri = \"http://a\", weight = 1001 }", ".weight: 1001 (expected: 0..1000)"),
                row(
                        "{ uri = \"http://a\", id = \"\" }",
                        ".id: \"\" (expected: letters, digits, '.', '_', ':' and '-')"),
                row(
                        "{ uri = \"http://a\", id = \"a\\nb\" }",
                        ".id: \"a\\nb\" (expected: letters, digits, '.', '_', ':' and '-')"),
                row("{ uri = \"http://a\", max-requests = 0 }", ".max-requests: 0 (expected: 1..1000000)"),
                row(
                        "{ uri = \"http://a\", backup = 101 }",
                        ".backup: 101 (expected: true, false, or the number of a tier, 0..100)"),
                row(
                        "{ uri = \"http://a\", backup = spare }",
                        ".backup: \"spare\" (expected: true, false, or the number of a tier, 0..100)"),
                row(
                        "{ uri = \"http://a\", zone = \"a b\" }",
                        ".zone: \"a b\" (expected: a name of at most 100 letters, digits, '.', '_' and '-')"),
                row(
                        "{ uri = \"http://a\", max_conns = 1 }",
                        ".max_conns: unknown key (expected: id, uri, weight, max-requests, backup, zone; did you mean"
                                + " max-requests?)"),
                row(
                        "{ uri = \"http://a\", wieght = 1 }",
                        ".wieght: unknown key (expected: id, uri, weight, max-requests, backup, zone; did you mean weight?)"),
                row("{ id = a }", ".uri: missing " + URI),
                row("{ uri = [] }", ".uri: [] " + URI),
                row("[]", ": [] (expected: a URI, or a block such as { uri = \"http://10.0.0.1:8080\" })"),
                row(
                        "\"http://h:1/\"",
                        ": the id \"h:1\" again (expected: an id of its own; this one is taken by pools.api.upstreams[0])"),
                row(
                        "{ id = \"h:1\", uri = \"http://other\" }",
                        ".id: the id \"h:1\" again (expected: an id of its own; this one is taken by"
                                + " pools.api.upstreams[0])"),
                row("\"localhost:8080\"", ": \"localhost:8080\" " + URI),
                row("\"10.0.0.1\"", ": \"10.0.0.1\" " + URI),
                row("\"ftp://h\"", ": \"ftp://h\" " + URI),
                row("\"http:///x\"", ": \"http:///x\" " + URI),
                row("\"http://h h\"", ": \"http://h h\" " + URI),
                row("\"http://u:p@h\"", ": \"http://(hidden)@h\" (expected: a URI without user and password)"),
                row("\"http://h?q\"", ": \"http://h?q\" (expected: a URI without query and fragment)"),
                row("\"http://h#f\"", ": \"http://h#f\" (expected: a URI without query and fragment)"),
                row("\"http://h:0\"", ": \"http://h:0\" (expected: a port of 1..65535)"),
                row("\"http://h:65536\"", ": \"http://h:65536\" (expected: a port of 1..65535)"),
                row("\"http://h:99999999999\"", ": \"http://h:99999999999\" (expected: a port of 1..65535)"),
                row(
                        "\"http://my_host\"",
                        ": \"http://my_host\" (expected: an IP address, or a host name of letters, digits, '-' and"
                                + " '.')"),
                row("\"http://h/a/../b\"", ": \"http://h/a/../b\" (expected: a path without empty and dot segments)"),
                row("\"http://h/%2E%2e\"", ": \"http://h/%2E%2e\" (expected: a path without empty and dot segments)"),
                row("\"http://h/a//\"", ": \"http://h/a//\" (expected: a path without empty and dot segments)"));
    }

    /** A mount of the pool "orders", or not quite. */
    @ParameterizedTest
    @MethodSource
    void ofMounts(String mount, String problem) throws Exception {
        String text = "lb.pools.orders.upstreams = [\"http://h:1\"]\nlb.mounts {\n  " + mount + "\n}";

        assertThat(files.problems(text)).containsExactly("lb.conf:3: mounts." + problem);
    }

    static Stream<Arguments> ofMounts() {
        String path = ": not usable as a context path (expected: a context path ";
        String letters = path + "without '*', '%', ';', '?', '#', '\\' and white space)";
        Stream<Arguments> paths = List.of("/a*", "/a%20", "/a;b", "/a?b", "/a#b", "/a b").stream()
                .map(p -> row("\"" + p + "\".pool = orders", "\"" + p + "\"" + letters));
        return Stream.concat(
                paths,
                Stream.of(
                        row("\"/\" = orders", "\"/\": \"orders\" (expected: a block such as { pool = NAME })"),
                        row("\"/a\" {}", "\"/a\".pool: missing (expected: orders)"),
                        row("\"/a\".pool = order", "\"/a\".pool: \"order\" (expected: orders; did you mean orders?)"),
                        row("\"/a\".pool = zzz", "\"/a\".pool: \"zzz\" (expected: orders)"),
                        row("\"/a\".pool = [orders]", "\"/a\".pool: a list (expected: orders)"),
                        row(
                                "\"/a\" { pool = orders, strip-prefix = true }",
                                "\"/a\".strip-prefix: unknown key " + MOUNT_KEYS
                                        + "; did you mean strip-context-path?)"),
                        row(
                                "\"/a\" { pool = orders, strip-context-path = 1 }",
                                "\"/a\".strip-context-path: 1 (expected: true or false)"),
                        row(
                                "\"/a\" { pool = orders, virtual-hosts = a.example }",
                                "\"/a\".virtual-hosts: \"a.example\" (expected: a list of host names such as"
                                        + " [\"shop.example.com\"])"),
                        row(
                                "\"/a\" { pool = orders, virtual-hosts = [\"a b\"] }",
                                "\"/a\".virtual-hosts[0]: \"a b\" (expected: a host name)"),
                        row(
                                "/a.b { pool = orders }",
                                "\"/a\".b: a context path with a dot but without quotes (expected: mounts.\"/a.b\", in"
                                        + " quotes)"),
                        row("api.pool = orders", "api" + path + "that starts with '/')"),
                        row("\"\".pool = orders", "\"\"" + path + "that starts with '/')"),
                        row("\"/a/\".pool = orders", "\"/a/\"" + path + "without '/' at its end)"),
                        row("\"/a//b\".pool = orders", "\"/a//b\"" + path + "without empty and dot segments)"),
                        row("\"/a/../b\".pool = orders", "\"/a/../b\"" + path + "without empty and dot segments)")));
    }

    private static Arguments row(String written, String problem) {
        return Arguments.of(written, problem);
    }
}
