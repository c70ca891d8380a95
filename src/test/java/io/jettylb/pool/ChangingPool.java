package io.jettylb.pool;

import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.DrainConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.config.UpstreamConfig;
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

/** A pool in virtual time whose configuration changes; an upstream called a is at port 9097, and so on. */
final class ChangingPool {

    static final Duration DEADLINE = Duration.ofSeconds(30);

    private final SplittableRandom seeded = new SplittableRandom(5);
    private final RandomGenerator random = seeded::nextLong;
    long now = Long.MAX_VALUE - 1_000;
    PoolConfig config;
    Strategy strategy;
    Pool pool;

    ChangingPool(String ids) {
        this(config(ids, false));
    }

    ChangingPool(PoolConfig config) {
        this.config = config;
        this.strategy = newStrategy("round-robin");
        this.pool = new Pool(config, strategy, () -> now, () -> random);
    }

    Strategy newStrategy(String name) {
        return Strategies.installed().create(new StrategyConfig(name, Map.of()), () -> random, () -> now);
    }

    static PoolConfig config(String ids, boolean sticky) {
        List<UpstreamConfig> upstreams = new ArrayList<>();
        for (char id : ids.toCharArray()) {
            upstreams.add(upstream(id, 1));
        }
        PoolConfig plain = Configs.pool(List.of()).with(upstreams);
        StickyConfig cookie =
                new StickyConfig("LB", null, Duration.ZERO, Duration.ZERO, StickyConfig.Fallback.REBALANCE);
        return (sticky ? Configs.sticky(plain, cookie) : plain).with(new DrainConfig(DEADLINE));
    }

    static UpstreamConfig upstream(char id, int weight) {
        return new UpstreamConfig(String.valueOf(id), URI.create("http://127.0.0.1:" + (9000 + id)), weight);
    }

    static List<UpstreamConfig> members(String ids) {
        return config(ids, false).upstreams();
    }

    PoolChange become(String ids) {
        return become(config.with(members(ids)));
    }

    PoolChange become(PoolConfig next) {
        config = next;
        return pool.reconfigure(next, strategy);
    }

    void pass(Duration time) {
        now += time.toNanos();
    }

    Lease acquire() {
        return pool.acquire(new Selection(0));
    }

    Lease acquireBound(String id) {
        return pool.acquire(PoolFixture.boundTo(id));
    }

    /** Whom requests that are served at once get, in order; a dash for nobody. */
    String served(int requests) {
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < requests; i++) {
            order.append(served(acquire()));
        }
        return order.toString();
    }

    /** Whom a bound client gets. */
    String bound(String id) {
        return served(acquireBound(id));
    }

    private static String served(Lease lease) {
        if (lease == null) {
            return "-";
        }
        lease.answering(200);
        lease.complete(Outcome.SUCCESS, null);
        return lease.upstream().id();
    }

    Map<String, Integer> counts(int requests) {
        Map<String, Integer> counts = new TreeMap<>();
        served(requests).chars().forEach(id -> counts.merge(String.valueOf((char) id), 1, Integer::sum));
        return counts;
    }

    void refuse(String id) {
        acquireBound(id).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
    }

    void probe(String ids, ProbeResult result) {
        for (char id : ids.toCharArray()) {
            pool.probed(String.valueOf(id), result);
        }
    }

    UpstreamStatus status(String id) {
        return pool.status().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
    }

    List<String> ids() {
        return pool.status().stream().map(UpstreamStatus::id).toList();
    }
}
