package io.jettylb.balance;

import java.util.Set;

/**
 * {@code peak-ewma}: the upstream with the least {@code cost * (requests in flight + 1) / weight}, where the cost is its
 * response time with a memory for the worst.
 *
 * <p>Finagle's {@code PeakEwma} (Marius Eriksen and others, 2014), also linkerd's: a response slower than the cost becomes
 * the cost at once; a faster one only draws it down, {@code cost' = cost * w + time * (1 - w)} with {@code w = e^(-(time
 * since the last)/decay)}; and while nothing is heard the cost fades by {@code e^(-t/decay)}. So a stall is left after one
 * slow response, and found to be over within a few {@code decay}s. An upstream that was never measured is tried with one
 * request, and until that is answered it costs more than any other.
 *
 * <p>What is added here, see {@link ResponseTime}: the cost fades for one request only, which keeps an upstream that
 * swallows requests from becoming cheaper while it does; a request that has waited longer than the cost is a peak already;
 * and failures cost, so that an upstream that fails fast attracts nothing. Up to {@value LeastRequest#FULL_SCAN} upstreams
 * all are compared, in O(n); above, the better of two drawn at random by weight, as Finagle and linkerd do, in O(1).
 *
 * <ul>
 *   <li>{@code decay}: after this time a peak is down to 37 %, 1ms to 1d. Default {@code 10s}, Finagle's.
 *   <li>{@code penalty}: what an upstream that only fails costs, in response times usual in the pool, 0 to 1000000; a
 *       share of failures costs that share of it. Default {@code 100}.
 * </ul>
 *
 * <p><b>When not to use it:</b> where single slow requests are in the nature of the service (reports, long polls), each of
 * them empties its upstream for a while; {@link LeastResponseTime} averages them out, and {@link LeastRequest} does not
 * look at time at all.
 *
 * <p>The provider, its strategies, their pickers and observers are safe for use by any thread; no lock, no allocation.
 */
public final class PeakEwma implements StrategyProvider {

    /** For the service loader. */
    public PeakEwma() {}

    @Override
    public String name() {
        return "peak-ewma";
    }

    @Override
    public Set<String> optionNames() {
        return Set.of("decay", "penalty");
    }

    @Override
    public Strategy create(StrategyContext context) {
        Options options = new Options(context);
        long decay = options.nanos("decay", LeastResponseTime.DECAY_NANOS);
        double penalty = options.number("penalty", 0, LeastResponseTime.MOST_PENALTY, LeastResponseTime.PENALTY);
        ResponseTimes times =
                new ResponseTimes(new ResponseTimes.Rules(decay, true, false, true, penalty, 1), context.nanoClock());
        return LeastResponseTime.strategy(times, false, context);
    }
}
