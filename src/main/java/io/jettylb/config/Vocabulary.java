package io.jettylb.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The keys of one kind of block: those that there are, those of the contract that this version does not build yet, and
 * what the configurations of other balancers call them.
 *
 * @param keys the keys, as shown in messages
 * @param later keys that a later version will know
 * @param peers from another balancer's word, in our spelling, to ours
 */
record Vocabulary(List<String> keys, Set<String> later, Map<String, String> peers) {

    static final String FIRST_COUNTS = ", which counts the first attempt, too";

    static final Vocabulary LB = new Vocabulary(
            List.of("mounts", "pools", "defaults", "forwarded", "zone", "shed"),
            Set.of("admin", "metrics"),
            words(
                    "contexts, routes, locations, location, virtual-hosts, frontends, frontend, listeners > mounts",
                    "clusters, cluster, upstream, backends, backend, services, targets > pools",
                    "default, global > defaults",
                    "strategy > defaults.strategy",
                    "host > defaults.host",
                    "retry, retries > defaults.retry",
                    "timeouts, timeout > defaults.timeouts",
                    "connections > defaults.connections",
                    "probe, health, health-check, health-checks, healthcheck > defaults.probe",
                    "sticky, session, sessions, stickiness, affinity > defaults.sticky",
                    "upstreams, servers > pools.NAME.upstreams",
                    "forward, x-forwarded > forwarded",
                    "locality, availability-zone, local-zone > zone",
                    "overload, overload-manager, load-shedding, shedding, low-resources > shed",
                    "stats, dashboard, api > admin",
                    "prometheus > metrics"));

    static final Vocabulary MOUNT = new Vocabulary(
            List.of("pool", "strip-context-path", "virtual-hosts", "timeouts"),
            Set.of("routes", "front"),
            words(
                    "timeout > timeouts",
                    "read-timeout, proxy-read-timeout, response-timeout, first-byte > timeouts.first-byte",
                    "idle-timeout, stream-idle-timeout > timeouts.idle",
                    "request-timeout, total-timeout > timeouts.total",
                    "cluster, backend, upstream, service, proxy-pass, proxy-to, default-backend, target > pool",
                    "strip-prefix, strip-path, rewrite, prefix-rewrite > strip-context-path",
                    "vhosts, hosts, host, domains, server-name, hostnames > virtual-hosts",
                    "rules, route, acl > routes"));

    private static final Set<String> POOL_LATER = Set.of();

    private static final String[] POLICY_WORDS = {
        "balance, balancer, lb-policy, algorithm, policy, load-balancing, load-balancing-policy, lb-algorithm > strategy",
        "host-header, preserve-host, pass-host-header, host-rewrite, set-host > host",
        "retries, max-retries, tries, proxy-next-upstream-tries, attempts > retry.attempts" + FIRST_COUNTS,
        "retry-on, proxy-next-upstream > retry.on",
        "per-try-timeout, proxy-next-upstream-timeout > retry.per-try-timeout",
        "retry-budget > retry.budget",
        "retry-policy, redispatch, option-redispatch > retry",
        "connect-timeout, proxy-connect-timeout, timeout-connect, dial-timeout > timeouts.connect",
        "read-timeout, proxy-read-timeout, response-timeout, response-header-timeout, first-byte > timeouts.first-byte",
        "idle-timeout, stream-idle-timeout > timeouts.idle",
        "request-timeout, total-timeout > timeouts.total",
        "timeout-tunnel, tunnel-timeout, stream-timeout, websocket-timeout > timeouts.tunnel",
        "max-conns, maxconn, max-connections, max-idle-conns, pool-size > connections.max",
        "keepalive, keep-alive, keepalive-timeout, keep-alive-timeout > connections.idle",
        "health-check, health-checks, healthcheck, healthchecks, check, checks, active-health-check, health-probe,"
                + " http-check, option-httpchk, health, probes > probe",
        "health-uri, health-path, health-check-path, check-path, hcuri > probe.path",
        "interval, inter, health-interval, check-interval, hcinterval > probe.interval",
        "health-timeout, timeout-check, check-timeout > probe.timeout",
        "fall, falls, unhealthy-threshold, health-fails, hcfails > probe.fall",
        "rise, rises, healthy-threshold, health-passes, hcpasses > probe.rise",
        "fastinter, fast-interval > probe.fast-interval",
        "downinter, down-interval > probe.down-interval",
        "tcp-check, option-tcp-check > probe.type = tcp",
        "ssl-hello-chk, check-ssl > probe.type = tls",
        "grpc-health, grpc-health-check, grpc-service > probe.type = grpc",
        "http-check-expect, expect > probe.expect-status",
        "http-check-send > probe.method",
        "http-check-send-state, send-state > probe.state-header = true",
        "init-state, mandatory > probe.initial",
        "expect-status, health-status > probe.expect-status",
        "outlier-detection, passive-health-check > outlier",
        "max-fails, consecutive-5xx, error-limit > outlier.consecutive-failures",
        "fail-timeout, fail-duration, base-ejection-time > outlier.eject",
        "max-ejection-percent > outlier.max-ejected, a part of 1",
        "unhealthy-latency > outlier.slow",
        "healthy-panic-threshold, panic > panic-threshold, a part of 1",
        "fail-traffic-on-panic > panic-mode = fail",
        "sticky-session, sticky-sessions, stickysession, sticky-cookie, stickiness, session-affinity, affinity,"
                + " session-persistence, persistence, persist, session, sessions, cookie > sticky",
        "ssl, https, tls-context, transport-socket, servers-transport > tls",
        "verify, ssl-verify, proxy-ssl-verify, insecure-skip-verify, tls-insecure-skip-verify > tls.verify",
        "verify-host, verifyhost > tls.verify-host",
        "ca-file, cacert, root-ca, root-cas, trust-store, truststore, proxy-ssl-trusted-certificate,"
                + " trusted-certificate > tls.trust-store",
        "crt, keystore, key-store, certificates, client-certificate > tls.key-store",
        "certificate, proxy-ssl-certificate > tls.certificate",
        "private-key, certificate-key, proxy-ssl-certificate-key > tls.private-key",
        "sni, server-name, proxy-ssl-name, proxy-ssl-server-name, sni-auto, auto-sni > tls.sni",
        "send-proxy, proxy-v1 > proxy-protocol = v1",
        "send-proxy-v2, proxy-v2 > proxy-protocol = v2",
        "proxy-protocol-version > proxy-protocol",
        "http-version, proxy-http-version, version, proto, alpn, http2, h2c, h2, grpc > protocol",
        "slowstart, slow-start-config, slow-start-window, warmup > slow-start",
        "locality, locality-lb-config, zone-aware-lb-config, zone-aware, topology > zone",
        "agent-check, agent > load-report.agent",
        "orca, load-metrics, load-reports, endpoint-load-metrics > load-report",
        "draining, drain-timeout, drain-time, deregistration-delay, connection-draining, grace-period > drain.deadline",
        "disable-on-404, http-check-disable-on-404 > probe.drain-on-404 = true",
        "max-concurrent-requests, max-inflight, max-in-flight, in-flight-req, concurrency-limit, concurrency, bulkhead,"
                + " fullconn > max-requests",
        "max-queue, maxqueue, max-queue-size, queue-size, max-pending-requests, pending > queue.size",
        "timeout-queue, queue-timeout > queue.timeout",
        "adaptive, adaptive-limit, gradient, gradient-controller, concurrency-limits > adaptive-concurrency",
        "circuit-breaker, circuit-breakers, circuitbreaker > breaker"
    };

    static final Vocabulary POOL = new Vocabulary(
            List.of(
                    "strategy",
                    "upstreams",
                    "host",
                    "retry",
                    "timeouts",
                    "connections",
                    "protocol",
                    "probe",
                    "sticky",
                    "tls",
                    "proxy-protocol",
                    "slow-start",
                    "zone",
                    "load-report",
                    "outlier",
                    "panic-threshold",
                    "panic-mode",
                    "drain",
                    "max-requests",
                    "queue",
                    "adaptive-concurrency",
                    "breaker"),
            POOL_LATER,
            words(
                    POLICY_WORDS,
                    "servers, server, members, member, targets, target, backends, backend, nodes, node, hosts,"
                            + " endpoints, upstream, url, urls, uri > upstreams"));

    static final Vocabulary DEFAULTS = new Vocabulary(
            List.of(
                    "strategy",
                    "host",
                    "retry",
                    "timeouts",
                    "connections",
                    "protocol",
                    "probe",
                    "sticky",
                    "tls",
                    "proxy-protocol",
                    "slow-start",
                    "zone",
                    "load-report",
                    "outlier",
                    "panic-threshold",
                    "panic-mode",
                    "drain",
                    "max-requests",
                    "queue",
                    "adaptive-concurrency",
                    "breaker"),
            POOL_LATER,
            words(POLICY_WORDS));

    static final Vocabulary UPSTREAM = new Vocabulary(
            List.of("id", "uri", "weight", "max-requests", "backup", "zone"),
            Set.of(),
            words(
                    "url, address, addr, server, target, endpoint, proxy-to, host > uri",
                    "name > id",
                    "load-factor > weight",
                    "max-conns, maxconn, max-connections, max-concurrent-requests > max-requests",
                    "priority, tier, failover, spare, hot-standby > backup",
                    "locality, availability-zone > zone"));

    static final Vocabulary SLOW_START = new Vocabulary(
            List.of("window", "aggression", "min-weight"),
            Set.of(),
            words("duration, time, slow-start-window > window", "min-weight-percent, minimum, min > min-weight"));

    static final Vocabulary ZONE = new Vocabulary(
            List.of("min-upstreams", "share"),
            Set.of(),
            words(
                    "min-cluster-size, min-hosts > min-upstreams",
                    "name, own, local > zone of lb",
                    "local-percentage, percentage > share"));

    static final Vocabulary LOAD_REPORT = new Vocabulary(
            List.of("weight-header", "in-flight-header", "orca", "agent", "expiry", "blackout", "error-penalty"),
            Set.of(),
            words(
                    "header, weight, endpoint-weight > weight-header",
                    "requests-header, rif-header > in-flight-header",
                    "endpoint-load-metrics, load-metrics > orca",
                    "agent-check > agent",
                    "weight-expiration-period, expiration, ttl, max-age > expiry",
                    "blackout-period > blackout",
                    "error-utilization-penalty, penalty > error-penalty"));

    static final Vocabulary TIMEOUTS = new Vocabulary(
            List.of("connect", "first-byte", "idle", "total", "tunnel"),
            Set.of(),
            words(
                    "connect-timeout, connection, dial > connect",
                    "read, read-timeout, response, response-header, server > first-byte",
                    "idle-timeout > idle",
                    "request, request-timeout > total",
                    "timeout-tunnel, tunnel-timeout, websocket, websocket-timeout, upgrade > tunnel"));

    static final Vocabulary CONNECTIONS = new Vocabulary(
            List.of("max", "idle", "streams", "connecting"),
            Set.of(),
            words(
                    "max-connecting, max-pending, pending, connect-limit > connecting",
                    "max-streams, max-concurrent-streams, http2-max-requests, multiplex > streams",
                    "max-conns, maxconn, max-connections, size, limit > max",
                    "keepalive, keep-alive, keepalive-timeout, idle-timeout, timeout > idle"));

    static final Vocabulary PROBE = new Vocabulary(
            List.of(
                    "type",
                    "path",
                    "interval",
                    "timeout",
                    "fall",
                    "rise",
                    "fast-interval",
                    "down-interval",
                    "jitter",
                    "initial",
                    "port",
                    "scheme",
                    "host",
                    "method",
                    "headers",
                    "body",
                    "expect-status",
                    "expect-body",
                    "expect-body-regex",
                    "expect-header",
                    "service",
                    "state-header",
                    "drain-on-404"),
            Set.of(),
            words(
                    "uri, url, target, endpoint, health-uri, health-path, health-check-path, check-path, hcuri > path",
                    "inter, period, every, health-interval, check-interval, hcinterval > interval",
                    "health-timeout, check-timeout, timeout-check > timeout",
                    "falls, fails, failures, max-fails, unhealthy-threshold, failure-threshold, health-fails, hcfails,"
                            + " retries > fall",
                    "rises, passes, successes, healthy-threshold, success-threshold, health-passes, hcpasses > rise",
                    "fastinter, fast-inter, transition-interval, unhealthy-edge-interval > fast-interval",
                    "downinter, down-inter, unhealthy-interval, no-traffic-interval > down-interval",
                    "spread, spread-checks, interval-jitter, random > jitter",
                    "init-state, initial-state, start, mandatory, initially > initial",
                    "health-port, check-port, port-override, healthcheck-port > port",
                    "protocol, check, kind, mode > type",
                    "ssl, check-ssl, https > scheme = https",
                    "hostname, host-name, server-name, authority > host",
                    "meth, health-method, http-method, hcmethod > method",
                    "header, hdr, health-headers, request-headers-to-add, request-headers, set-header > headers",
                    "send, request-body, data, payload, health-body, post > body",
                    "status, statuses, expect, expected-status, expected-statuses, expected-codes, health-status,"
                            + " matcher, match, codes, http-check-expect > expect-status",
                    "string, expect-string, response-body, receive, contains, body-contains > expect-body",
                    "rstring, expect-rstring, regex, hcexpr, body-regex > expect-body-regex",
                    "expect-headers, expect-hdr, response-header, response-headers > expect-header",
                    "service-name, grpc-service, grpc-service-name > service",
                    "send-state, http-check-send-state > state-header",
                    "disable-on-404, http-check-disable-on-404 > drain-on-404"));

    static final Vocabulary STICKY = new Vocabulary(
            List.of("cookie", "secret", "max-idle", "max-life", "fallback"),
            Set.of(),
            words(
                    "name, cookie-name, session-cookie > cookie",
                    "key, salt, sign-key, signing-key, password > secret",
                    "idle, idle-timeout, max-inactive > max-idle",
                    "ttl, cookie-ttl, expires, max-age, lifetime > max-life",
                    "on-failure, on-down, strict, redispatch, mode > fallback"));

    static final Vocabulary TLS = new Vocabulary(
            List.of(
                    "trust-store",
                    "trust-store-password",
                    "key-store",
                    "key-store-password",
                    "key-password",
                    "certificate",
                    "private-key",
                    "verify",
                    "verify-host",
                    "sni",
                    "protocols",
                    "ciphers",
                    "reload-interval"),
            Set.of(),
            words(
                    "ca, ca-file, cafile, cacert, ca-cert, root-ca, root-cas, trusted-ca, trusted-certificate,"
                            + " trusted-certificates, truststore, validation-context > trust-store",
                    "truststore-password, trust-password > trust-store-password",
                    "keystore, crt, pem, client-certificate > key-store",
                    "keystore-password, password > key-store-password",
                    "key-manager-password > key-password",
                    "cert, cert-file, certificate-chain, certificates, client-auth > certificate",
                    "key, key-file, certificate-key > private-key",
                    "insecure, insecure-skip-verify, tls-insecure-skip-verify, ssl-verify > verify",
                    "verifyhost, verify-hostname, hostname-verification, endpoint-identification,"
                            + " auto-san-validation > verify-host",
                    "server-name, servername, name, auto-sni, auto-host-sni, sni-auto > sni",
                    "versions, version, min-version, max-version, ssl-protocols, ssl-min-ver > protocols",
                    "cipher-suites, ciphersuites, ssl-ciphers > ciphers",
                    "reload, check-interval, refresh > reload-interval"));

    /** Connections are the pool's: who waits for one does so for as long as all others. */
    static final Vocabulary MOUNT_TIMEOUTS = new Vocabulary(
            List.of("first-byte", "idle", "total", "tunnel"),
            Set.of(),
            words(
                    "connect, connect-timeout, connection, dial > pools.NAME.timeouts.connect",
                    "read, read-timeout, response, response-header, server > first-byte",
                    "idle-timeout > idle",
                    "request, request-timeout > total"));

    static final Vocabulary FORWARDED = new Vocabulary(
            List.of("x-forwarded", "rfc7239", "trusted-proxies", "prefer", "request-id", "via"),
            Set.of(),
            words(
                    "x-forwarded-for, xff, forward-for, forwardfor > x-forwarded",
                    "forwarded, rfc-7239 > rfc7239",
                    "trusted-ips, trusted, trust, real-ip-from, set-real-ip-from, internal-proxies, xff-trusted-hops,"
                            + " remote-ip-trusted-proxy, proxies > trusted-proxies",
                    "x-request-id, unique-id, unique-id-header, correlation-id, trace-id > request-id",
                    "proxy-via, pseudonym, via-host > via"));

    /** What to say of a key that is not among ours. */
    String complaint(String key) {
        return later.contains(meaning(key)) ? "not supported by this version" : "unknown key";
    }

    /** What would have been right in place of a key that is not among ours. */
    String expected(String key) {
        String all = Display.names(keys);
        String meaning = meaning(key);
        return later.contains(meaning) || meaning.isEmpty() ? all : all + "; did you mean " + meaning + "?";
    }

    private String meaning(String key) {
        String spelling = Suggestion.spelling(key);
        if (keys.contains(spelling) || later.contains(spelling)) {
            return spelling;
        }
        String peer = peers.get(spelling);
        return peer != null ? peer : Suggestion.nearest(key, keys).orElse("");
    }

    private static Map<String, String> words(String[] lines, String... more) {
        Map<String, String> words = new HashMap<>(words(lines));
        words.putAll(words(more));
        return words;
    }

    /** Lines of the form {@code theirs, theirs > ours}. */
    static Map<String, String> words(String... lines) {
        Map<String, String> words = new HashMap<>();
        for (String line : lines) {
            int arrow = line.indexOf(" > ");
            for (String word : line.substring(0, arrow).split(",\\s*")) {
                words.put(word, line.substring(arrow + 3));
            }
        }
        return words;
    }
}
