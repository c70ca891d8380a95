package io.jettylb.it;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A row of the table of faults: what happens under a steady load, with which settings, and which figure tells how a
 * balancer has taken it.
 *
 * @param name what happens
 * @param upstreams how many there are, a, b and c
 * @param ours for each mount the settings of its pool; the load takes them in turn
 * @param peers their settings, by their names
 * @param posts whether there are POSTs among the load
 * @param connections of the load
 * @param script the fault itself
 * @param cell its figure, for a table
 */
record Fault(
        String name,
        int upstreams,
        Map<String, String> ours,
        Map<String, PeerBalancer.Settings> peers,
        boolean posts,
        int connections,
        Script script,
        Function<Seen, String> cell) {

    /** How often each upstream is asked for its health, in all rows that do so. */
    static final int PROBE_INTERVAL_MILLIS = 1_000;

    static final int RISE = 2;

    /** As a user has it who wants to lose nothing: probes, a connect timeout for near networks, all else as it is. */
    static final String PROBED = "timeouts { connect = 1s }\n"
            + "probe { interval = 1s, fast-interval = 300ms, timeout = 10s, fall = 2, rise = 2, state-header = true }";

    /** The same for upstreams that are well all the time, however busy the machine is. */
    static final String CALM = PROBED.replace("connect = 1s", "connect = 10s");

    /** Without probes. */
    static final String PLAIN = "timeouts { connect = 1s }";

    private static final String RETRY_NGINX = "error timeout http_502 http_503 http_504";
    private static final String RETRY_HAPROXY = "all-retryable-errors";

    /** How one happens. */
    interface Script {
        void play(Stage stage, Seen seen) throws Exception;
    }

    Fault {
        peers = new LinkedHashMap<>(peers);
        peers.putIfAbsent("nginx", new PeerBalancer.Settings("", "60s", RETRY_NGINX));
        peers.putIfAbsent("haproxy", new PeerBalancer.Settings("roundrobin", "60s", RETRY_HAPROXY));
    }

    /** With three upstreams, one pool, GETs and POSTs. */
    static Fault of(String name, String settings, Function<Seen, String> cell, Script script) {
        return new Fault(name, 3, Map.of("/pool", settings), Map.of(), true, 32, script, cell);
    }

    Fault withUpstreams(int count) {
        return new Fault(name, count, ours, peers, posts, connections, script, cell);
    }

    Fault withConnections(int count) {
        return new Fault(name, upstreams, ours, peers, posts, count, script, cell);
    }

    Fault withGetsOnly() {
        return new Fault(name, upstreams, ours, peers, false, connections, script, cell);
    }

    Fault withPools(Map<String, String> pools) {
        return new Fault(name, upstreams, pools, peers, posts, connections, script, cell);
    }

    /** The same with other strategies of the peers, in their words. */
    Fault withBalance(String nginx, String haproxy) {
        return with(
                new PeerBalancer.Settings(nginx, "60s", RETRY_NGINX),
                new PeerBalancer.Settings(haproxy, "60s", RETRY_HAPROXY));
    }

    /** The same where the peers wait for so long and try again upon these, too. */
    Fault withRetry(String timeout, String nginx, String haproxy) {
        return with(
                new PeerBalancer.Settings("", timeout, RETRY_NGINX + nginx),
                new PeerBalancer.Settings("roundrobin", timeout, RETRY_HAPROXY + haproxy));
    }

    private Fault with(PeerBalancer.Settings nginx, PeerBalancer.Settings haproxy) {
        return new Fault(
                name, upstreams, ours, Map.of("nginx", nginx, "haproxy", haproxy), posts, connections, script, cell);
    }

    PeerBalancer.Settings settingsOf(String peer) {
        return peers.get(peer);
    }

    /** Plays it: some seconds of load without it, then with it. */
    Seen play(Stage stage) throws Exception {
        Seen seen = new Seen();
        try (SteadyLoad load = stage.load(this)) {
            Stage.pause(2_500);
            stage.forgetLog();
            seen.mark(Seen.FAULT);
            script.play(stage, seen);
            seen.mark(Seen.END);
            seen.samples(load.end());
        }
        seen.number("duplicate POSTs", stage.duplicates().size());
        return seen;
    }
}
