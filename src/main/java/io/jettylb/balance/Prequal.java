package io.jettylb.balance;

import io.jettylb.config.FieldName;
import io.jettylb.config.RequestPath;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * {@code prequal}: balances requests in flight and latency by probes that are taken aside from the requests, kept in a small
 * pool and used several times.
 *
 * <p>B. Wydrowski, R. Kleinberg, S. M. Rumble, A. Archer, "Load is Not What You Should Balance: Introducing Prequal", NSDI
 * 2024, arXiv 2312.10172. With each request, probes of {@code probe-rate} different upstreams are taken, at random. One is
 * <i>hot</i> if its requests in flight are above the {@code rif-quantile} of those of the latest probes. Of the probes in
 * the pool, the cold one with the least latency wins; if all are hot, the one with the fewest requests in flight. The
 * winner's probe counts the request that it led to, and is used b_reuse times at most,
 *
 * <pre>
 * b_reuse = max(1, 2 / ((1 - pool-size / n) * probe-rate - remove-rate))
 * </pre>
 *
 * rounded at random so that the mean is kept. It also leaves by age, and with each request {@code remove-rate} probes are
 * taken out, the worst and the oldest in turns. With fewer than two probes left, the less loaded of two upstreams drawn at
 * random gets the request.
 *
 * <p>A probe is what is known here: our own requests in flight, corrected by what the upstream told in the latest response
 * if it cooperates ({@code load-header}), and the response time that was measured at about as many requests in flight. With
 * {@code probe-path} the upstream is asked instead, by requests of the proxy's own. The paper's servers tell their latency,
 * too; here it is measured, so that any upstream will do that tells one number, or none.
 *
 * <p>What the paper leaves open: requests in flight count per weight, as does a draw between equals; an upstream that
 * fails carries {@link ResponseTime}'s penalty in its latency, and as many requests in flight, so that it looks hot.
 *
 * <p>Options: {@code probe-rate} 3, 0..100 and may be a fraction; {@code pool-size} 16, 2..256; {@code remove-rate} 1,
 * 0..100; {@code rif-quantile} 0.7, 0..1: 0 is by requests in flight alone, 1 by latency alone; {@code max-age} 1s;
 * {@code decay} 2s and {@code penalty} 100 as in {@link PeakEwma}; {@code load-header} {@code X-Requests-In-Flight}; {@code
 * probe-path}, not set. A pick takes O(pool-size) steps whatever the number of upstreams.
 *
 * <p>The defaults are the paper's but for two. Its quantile is 0.84, and 0.6 to 0.9 it calls good: where few requests are
 * in flight at each upstream, hardly any is hot at 0.84, and the fastest one gets more than it can serve. And its servers
 * measure the latency over the requests of all clients; one balancer sees fewer, and would hold an unlucky one against an
 * upstream for as long as it remembers, so it forgets sooner than the other strategies.
 *
 * <p><b>When not to use it:</b> for a handful of upstreams and one balancer, which knows all requests in flight itself:
 * {@link PeakEwma} compares them all. It is made for many upstreams that serve many balancers, each of which sees a small
 * part of the load; then upstreams should cooperate. Probes by requests cost the upstreams {@code probe-rate} cheap requests
 * for each real one.
 *
 * <p>The provider, its strategies, their pickers and observers are safe for use by any thread; no lock and, but for
 * requests that are sent to {@code probe-path}, no allocation.
 */
public final class Prequal implements StrategyProvider {

    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long DECAY_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final double QUANTILE = 0.7;
    /** Response times are kept for so many levels of load, each twice the one before. */
    private static final int LEVELS = 8;

    /** For the service loader. */
    public Prequal() {}

    @Override
    public String name() {
        return "prequal";
    }

    /** Its few probes wander: over any while, some upstreams are known and others are not. */
    @Override
    public boolean proportional() {
        return false;
    }

    @Override
    public Set<String> optionNames() {
        return Set.of(
                "probe-rate",
                "pool-size",
                "remove-rate",
                "rif-quantile",
                "max-age",
                "decay",
                "penalty",
                "load-header",
                "probe-path");
    }

    @Override
    public Strategy create(StrategyContext context) {
        Options options = new Options(context);
        ProbePool.Rules rules = new ProbePool.Rules(
                options.integer("pool-size", 2, 256, 16),
                options.number("probe-rate", 0, 100, 3),
                options.number("remove-rate", 0, 100, 1),
                options.number("rif-quantile", 0, 1, QUANTILE));
        long decay = options.nanos("decay", DECAY_NANOS);
        double penalty = options.number("penalty", 0, LeastResponseTime.MOST_PENALTY, LeastResponseTime.PENALTY);
        long maxAge = options.nanos("max-age", MAX_AGE_NANOS);
        String path = options.text("probe-path", RequestPath::isUsable, "a path such as /load, percent-encoded", null);
        LoadSource source = new LoadSource(
                options.text(
                        "load-header",
                        FieldName::isFree,
                        "the name of a field such as X-Requests-In-Flight, and of no standard one",
                        "X-Requests-In-Flight"),
                path,
                maxAge);
        ResponseTimes times = new ResponseTimes(
                new ResponseTimes.Rules(decay, false, false, true, penalty, LEVELS), context.nanoClock());
        return new Probing(rules, times, source, context.random());
    }

    private static final class Probing implements Strategy {

        private final ProbePool.Rules rules;
        private final ResponseTimes times;
        private final LoadSource source;
        private final Supplier<RandomGenerator> random;
        private final RecentLoads loads = new RecentLoads();
        private final PerUpstream<ProbedLoad> known;
        private final Asked asked = new Asked();

        Probing(ProbePool.Rules rules, ResponseTimes times, LoadSource source, Supplier<RandomGenerator> random) {
            this.rules = rules;
            this.times = times;
            this.source = source;
            this.random = random;
            this.known = new PerUpstream<>(candidate -> new ProbedLoad(candidate, times, source.timeoutNanos()));
        }

        @Override
        public Picker pickerFor(List<? extends Candidate> candidates) {
            return new ProbePool(candidates, rules, times, known, loads, asked, random);
        }

        @Override
        public Observer observerOf(Candidate candidate) {
            return known.of(candidate);
        }

        @Override
        public LoadSource loadSource() {
            return source;
        }

        @Override
        public void probeWith(LoadProbes probes) {
            asked.probes = probes;
        }
    }

    /** Who asks the upstreams: known only when pickers have been made. */
    static final class Asked {
        volatile LoadProbes probes;
    }
}
