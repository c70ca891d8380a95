package io.jettylb.sim;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Selection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** One experiment with one strategy, from the first request to the last answer. */
final class Run {

    /** How soon a refused connection is known. */
    private static final long REFUSAL_NANOS = Duration.ofNanos(200_000).toNanos();
    /** How soon an answer comes that took no work. */
    private static final long FAILURE_NANOS = Duration.ofMillis(1).toNanos();

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final PoolConfig config;
    private final Workload workload;
    private final VirtualTime time = new VirtualTime();
    private final Measurement measurement;
    private final List<Upstream> upstreams = new ArrayList<>();
    private final Map<String, Upstream> byId = new HashMap<>();
    private final List<Balancer> balancers = new ArrayList<>();
    private final Arrivals arrivals;
    private final RandomGenerator sizes;
    private final RandomGenerator doors;
    private final Keys keys;

    private record Balancer(Pool pool, Probing probing) {}

    Run(PoolConfig config, Scenario scenario, Workload workload, Strategies strategies, StrategyConfig strategy) {
        this.workload = workload;
        this.measurement = new Measurement(workload, scenario);
        SplittableRandom random = new SplittableRandom(workload.seed());
        this.arrivals = new Arrivals(workload.rate(), scenario.bursty(), random.split());
        this.sizes = random.split();
        this.doors = random.split();
        this.keys = new Keys(scenario.keyed(), random.split());
        int[] workers = Capacity.workers(config, workload.concurrency());
        for (int i = 0; i < workers.length; i++) {
            String id = config.upstreams().get(i).id();
            Upstream upstream = new Upstream(i, id, workers[i], scenario.phases(i, workers.length, workload.nanos()));
            upstreams.add(upstream);
            byId.put(id, upstream);
        }
        // Probes that always pass change nothing, but take a pool of thousands through as many states at its start.
        boolean telling = upstreams.stream().anyMatch(Upstream::failsProbes);
        this.config = telling ? config : Experiment.unprobed(config);
        for (int i = 0; i < workload.balancers(); i++) {
            balancers.add(balancer(strategies, strategy, random.split()));
        }
    }

    private Balancer balancer(Strategies strategies, StrategyConfig strategy, SplittableRandom random) {
        RandomGenerator own = random.split();
        Pool pool = new Pool(config, strategies.create(strategy, () -> own, time), time, () -> own);
        Probing probing =
                config.probe() == null ? null : new Probing(time, pool, config.probe(), random, workload.nanos());
        return new Balancer(pool, probing);
    }

    Result result(String strategy) {
        for (Balancer balancer : balancers) {
            if (balancer.probing != null) {
                balancer.probing.start(upstreams);
            }
        }
        awaitNext();
        time.run();
        long now = Math.max(time.getAsLong(), workload.nanos());
        List<UpstreamLoad> loads =
                upstreams.stream().map(upstream -> upstream.load(now)).toList();
        return measurement.result(strategy, loads, Capacity.fairShares(config));
    }

    private void awaitNext() {
        long next = arrivals.next();
        if (next < workload.nanos()) {
            time.at(next, this::arrive);
        }
    }

    private void arrive() {
        awaitNext();
        long size = (long) (workload.service().draw(sizes) * workload.mean().toNanos());
        Balancer balancer = balancers.get(doors.nextInt(balancers.size()));
        new Exchange(balancer, keys.next(), size).next();
    }

    /** A request with its attempts, which follow the proxy's rules for one that may be repeated. */
    private final class Exchange {

        private final Balancer balancer;
        private final int key;
        private final long size;
        private final long arrived = time.getAsLong();
        private final boolean counted = measurement.counts(arrived);
        private final Selection selection;
        private int attempts;

        Exchange(Balancer balancer, int key, long size) {
            this.balancer = balancer;
            this.key = key;
            this.size = size;
            this.selection = new Selection(Keys.hash(key));
            measurement.arrived(arrived);
        }

        void next() {
            Lease lease = attempts < config.retry().attempts() ? balancer.pool.acquire(selection) : null;
            if (lease == null) {
                return;
            }
            attempts++;
            Upstream upstream = byId.get(lease.upstream().id());
            long now = time.getAsLong();
            upstream.began(now, counted);
            lease.sent();
            switch (upstream.condition(now).kind()) {
                case REFUSING -> time.after(REFUSAL_NANOS, () -> refused(lease, upstream));
                case FAILING -> time.after(FAILURE_NANOS, () -> answered(lease, upstream, UNAVAILABLE));
                case SILENT -> giveUp(lease, upstream, deadline(now));
                case SERVING -> serve(lease, upstream, now);
            }
        }

        private void serve(Lease lease, Upstream upstream, long now) {
            long deadline = deadline(now);
            long answer = upstream.serve(now, size, deadline);
            if (answer <= deadline) {
                time.at(answer, () -> answered(lease, upstream, OK));
            } else {
                giveUp(lease, upstream, deadline);
            }
        }

        /** When the balancer stops waiting; {@link Long#MAX_VALUE} if it never does. */
        private long deadline(long now) {
            long firstByte = config.timeouts().firstByte().toNanos();
            long total = config.timeouts().total().toNanos();
            return Math.min(
                    firstByte == 0 ? Long.MAX_VALUE : now + firstByte, total == 0 ? Long.MAX_VALUE : arrived + total);
        }

        private void refused(Lease lease, Upstream upstream) {
            upstream.ended(time.getAsLong());
            lease.complete(Outcome.CONNECT_FAILED, null);
            if (balancer.probing != null) {
                balancer.probing.suspect(upstream.id());
            }
            next();
        }

        private void answered(Lease lease, Upstream upstream, int status) {
            long now = time.getAsLong();
            upstream.ended(now);
            lease.answering(status);
            lease.complete(status < 500 ? Outcome.SUCCESS : Outcome.ERROR_RESPONSE, null);
            if (status == OK) {
                measurement.succeeded(key, upstream.index(), arrived, now);
            }
        }

        private void giveUp(Lease lease, Upstream upstream, long deadline) {
            if (deadline == Long.MAX_VALUE) {
                return;
            }
            time.at(deadline, () -> {
                upstream.ended(time.getAsLong());
                lease.complete(Outcome.TIMED_OUT, null);
            });
        }
    }
}
