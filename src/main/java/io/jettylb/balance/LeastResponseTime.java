package io.jettylb.balance;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code least-response-time}: the upstream with the least {@code response time * (requests in flight + 1) / weight}, as
 * nginx's {@code least_time} and Traefik's {@code leasttime}.
 *
 * <p>The response time is a moving average over good responses whose memory is a time, not a number of requests:
 * {@code average' = average * w + sample * (1 - w)} with {@code w = e^(-(time since the last)/decay)}. It is compared in
 * steps of about a fifth (nginx: of 20 ms), so that upstreams that are about as fast take turns, by weight, as in
 * {@link RoundRobin}. How failures are kept from looking fast, and how a slow upstream gets its next chance, is told at
 * {@link ResponseTime}.
 *
 * <ul>
 *   <li>{@code time}: {@code header}, to the head of the response, or {@code last-byte}, to its end. Default
 *       {@code header}: the end depends on the client's speed and on the size of what it asked for.
 *   <li>{@code inflight}: an upstream of which a request has waited longer than the average counts with that time, as
 *       nginx's {@code inflight}: a stuck upstream is left at once, not when its timeout is over. Default {@code false}.
 *   <li>{@code decay}: after this time a sample counts 37 % of a new one, 1ms to 1d. Default {@code 10s}.
 *   <li>{@code penalty}: what an upstream that only fails costs, in response times usual in the pool, 0 to 1000000; a
 *       share of failures costs that share of it. Default {@code 100}.
 * </ul>
 *
 * <p>A pick takes O(n) steps up to {@value LeastRequest#FULL_SCAN} upstreams, O(1) above.
 *
 * <p><b>When not to use it:</b> where requests differ in cost by their kind (a search and a login), an upstream that got
 * the expensive ones looks slow; {@link LeastRequest} does not care. {@code last-byte} measures the size of downloads
 * where these differ, and is no use for streams. With unequal weights and hardly any concurrency the heaviest gets nearly
 * everything, for it is the cheapest as long as it is idle.
 *
 * <p>The provider, its strategies, their pickers and observers are safe for use by any thread; no lock, no allocation.
 */
public final class LeastResponseTime implements StrategyProvider {

    static final long DECAY_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final double PENALTY = 100;
    static final double MOST_PENALTY = 1e6;

    /** For the service loader. */
    public LeastResponseTime() {}

    @Override
    public String name() {
        return "least-response-time";
    }

    @Override
    public Set<String> optionNames() {
        return Set.of("time", "inflight", "decay", "penalty");
    }

    @Override
    public Strategy create(StrategyContext context) {
        Options options = new Options(context);
        boolean lastByte =
                options.choice("time", List.of("header", "last-byte")).equals("last-byte");
        long decay = options.nanos("decay", DECAY_NANOS);
        double penalty = options.number("penalty", 0, MOST_PENALTY, PENALTY);
        ResponseTimes times = new ResponseTimes(
                new ResponseTimes.Rules(decay, false, lastByte, options.flag("inflight"), penalty, 1),
                context.nanoClock());
        return strategy(times, true, context);
    }

    /** A strategy of least cost over the given response times. */
    static Strategy strategy(ResponseTimes times, boolean coarse, StrategyContext context) {
        AtomicLong cursor = new AtomicLong(context.random().get().nextLong());
        return new Strategy() {
            @Override
            public Picker pickerFor(List<? extends Candidate> candidates) {
                return new LeastCost(candidates, times, coarse, cursor, context.random());
            }

            @Override
            public Observer observerOf(Candidate candidate) {
                return times.of(candidate);
            }
        };
    }
}
