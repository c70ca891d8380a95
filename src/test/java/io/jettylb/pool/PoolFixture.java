package io.jettylb.pool;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.SharesConfig;
import io.jettylb.config.SlowStartConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** A pool in virtual time, its members called a, b, c, …. */
final class PoolFixture {

    static final LoadReportConfig REPORTS =
            new LoadReportConfig("w", null, true, true, Duration.ofMinutes(3), Duration.ofSeconds(10), 1);

    private final List<UpstreamConfig> upstreams = new ArrayList<>();
    private final List<Lease> held = new ArrayList<>();
    /** The weights that the strategy was given, one line for each picker. */
    final List<String> pickers = new ArrayList<>();

    private final SplittableRandom seeded = new SplittableRandom(5);
    private SharesConfig shares = SharesConfig.PLAIN;
    private OutlierConfig outlier = OutlierConfig.DEFAULT;
    private LimitsConfig limits = LimitsConfig.NONE;
    private boolean probed;
    private String strategy = "round-robin";
    volatile long now = Long.MAX_VALUE - 1_000;
    int clockReads;
    PoolConfig config;
    Pool pool;

    PoolFixture member(int weight) {
        return member(weight, UpstreamConfig.UNLIMITED, 0, "");
    }

    PoolFixture member(int weight, int maxRequests, int tier, String zone) {
        String id = String.valueOf((char) ('a' + upstreams.size()));
        URI uri = URI.create("http://127.0.0.1:" + (9000 + upstreams.size()));
        upstreams.add(new UpstreamConfig(id, uri, weight, null, maxRequests, tier, zone));
        return this;
    }

    PoolFixture slowStart(Duration window) {
        shares = new SharesConfig(new SlowStartConfig(window, 1, 10), shares.zone(), shares.loadReport());
        return this;
    }

    PoolFixture zone(ZoneConfig zone) {
        shares = new SharesConfig(shares.slowStart(), zone, shares.loadReport());
        return this;
    }

    PoolFixture reports() {
        shares = new SharesConfig(shares.slowStart(), shares.zone(), REPORTS);
        return this;
    }

    PoolFixture limits(LimitsConfig config) {
        limits = config;
        return this;
    }

    PoolFixture probed() {
        probed = true;
        return this;
    }

    PoolFixture outlier(OutlierConfig config) {
        outlier = config;
        return this;
    }

    PoolFixture strategy(String name) {
        strategy = name;
        return this;
    }

    PoolFixture start() {
        config = Configs.pool(List.of())
                .with(upstreams)
                .with(probed ? Configs.PROBE : null)
                .with(shares)
                .with(outlier)
                .with(limits);
        RandomGenerator random = seeded::nextLong;
        Strategy real = Strategies.installed().create(new StrategyConfig(strategy, Map.of()), () -> random, () -> now);
        Strategy spy = new Strategy() {
            @Override
            public Picker pickerFor(List<? extends Candidate> candidates) {
                StringBuilder line = new StringBuilder();
                candidates.forEach(c ->
                        line.append(line.isEmpty() ? "" : " ").append(c.id()).append(c.weight()));
                pickers.add(line.toString());
                return real.pickerFor(candidates);
            }
        };
        pool = new Pool(
                config,
                spy,
                () -> {
                    clockReads++;
                    return now;
                },
                () -> random);
        return this;
    }

    void pass(Duration time) {
        now += time.toNanos();
    }

    static Selection boundTo(String id) {
        Selection selection = new Selection(0);
        selection.prefer(id, false);
        return selection;
    }

    /** Whom a request gets that is served at once; null if nobody. */
    String next() {
        return served(new Selection(0));
    }

    String served(Selection selection) {
        Lease lease = pool.acquire(selection);
        if (lease == null) {
            return null;
        }
        lease.answering(200);
        lease.complete(Outcome.SUCCESS, null);
        return lease.upstream().id();
    }

    /** Whom a request gets that stays; null if nobody. */
    String hold() {
        Lease lease = pool.acquire(new Selection(0));
        if (lease != null) {
            held.add(lease);
        }
        return lease == null ? null : lease.upstream().id();
    }

    /** Ends the requests that stay with an upstream. */
    void release(String id) {
        held.removeIf(lease -> {
            boolean its = lease.upstream().id().equals(id);
            if (its) {
                lease.complete(Outcome.SUCCESS, null);
            }
            return its;
        });
    }

    /** An attempt at this upstream and no other; null if it gets none. */
    Lease at(String id) {
        Selection selection = new Selection(0);
        selection.prefer(id, true);
        return pool.acquire(selection);
    }

    /** It answers a request, unless it is ejected and gets none. */
    void answer(String id, int status) {
        Lease lease = at(id);
        if (lease == null) {
            return;
        }
        lease.answering(status);
        lease.complete(status < 500 ? Outcome.SUCCESS : Outcome.ERROR_RESPONSE, null);
    }

    void answers(String id, int... statuses) {
        for (int status : statuses) {
            answer(id, status);
        }
    }

    void end(String id, Outcome outcome) {
        at(id).complete(outcome, null);
    }

    String eligible() {
        StringBuilder ids = new StringBuilder();
        pool.status().stream().filter(UpstreamStatus::eligible).forEach(status -> ids.append(status.id()));
        return ids.toString();
    }

    EjectionStatus ejection(int index) {
        return pool.status().get(index).ejection();
    }

    /** The one request to an ejected upstream whose time is over. */
    Lease trial(String id) {
        Lease lease = pool.acquire(new Selection(0));
        if (!lease.onTrial() || !lease.upstream().id().equals(id)) {
            throw new AssertionError(lease.upstream().id() + " got it");
        }
        return lease;
    }

    /** Has an upstream refuse a connection. */
    void refuse(String id) {
        pool.acquire(boundTo(id)).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
    }

    /** Whom a request tries that fails everywhere, in order. */
    String tried() {
        Selection selection = new Selection(0);
        StringBuilder order = new StringBuilder();
        for (Lease lease = pool.acquire(selection); lease != null; lease = pool.acquire(selection)) {
            order.append(lease.upstream().id());
            lease.complete(Outcome.BROKEN, null);
        }
        return order.toString();
    }

    void probe(String ids, boolean passed) {
        for (char id : ids.toCharArray()) {
            pool.probed(String.valueOf(id), passed ? ProbeResult.PASSED : ProbeResult.failed("status 503"));
        }
    }

    /** How often each upstream is chosen in so many requests that are served at once. */
    Map<String, Integer> counts(int requests) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < requests; i++) {
            counts.merge(String.valueOf(next()), 1, Integer::sum);
        }
        return counts;
    }

    /** The weights of the latest picker. */
    String weights() {
        return pickers.get(pickers.size() - 1);
    }
}
