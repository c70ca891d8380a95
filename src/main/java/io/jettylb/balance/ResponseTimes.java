package io.jettylb.balance;

import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a strategy knows of the response times of its pool: one {@link ResponseTime} for each upstream, which lives as long
 * as the upstream does, and the usual one of all.
 *
 * <p>The usual response time is what failures are measured against: a failure has no time of its own that would say
 * anything, and an upstream that fails within a millisecond must not look fast. Thread-safe.
 */
final class ResponseTimes {

    /** How a response time is taken and what becomes of it. */
    record Rules(long decayNanos, boolean peak, boolean lastByte, boolean silence, double penalty, int levels) {}

    /** What is usual while nobody has answered. */
    private static final double UNKNOWN_NANOS = 1e9;

    private final Rules rules;
    private final LongSupplier nanoClock;
    private final Ewma usual;
    private final long seldomNanos;
    private final PerUpstream<ResponseTime> known = new PerUpstream<>(candidate -> new ResponseTime(this, candidate));

    ResponseTimes(Rules rules, LongSupplier nanoClock) {
        this.rules = rules;
        this.nanoClock = nanoClock;
        this.usual = new Ewma(1, rules.decayNanos(), 0, false);
        this.seldomNanos = rules.decayNanos() >> 10;
    }

    Rules rules() {
        return rules;
    }

    long now() {
        return nanoClock.getAsLong();
    }

    /** The upstream's own; made when it is first asked for, and forgotten with the upstream. */
    ResponseTime of(Candidate candidate) {
        return known.of(candidate);
    }

    ResponseTime[] of(List<? extends Candidate> candidates) {
        return candidates.stream().map(this::of).toArray(ResponseTime[]::new);
    }

    /** Some are enough, and threads that do not write the same place do not wait for each other's caches. */
    void answered(double nanos, long now) {
        if (!usual.isSet(0) || usual.sinceLast(0, now) > seldomNanos) {
            usual.observe(0, nanos, now);
        }
    }

    /** The response time of the pool when it was last measured, in nanoseconds. */
    double usual() {
        return usual.isSet(0) ? usual.last(0) : UNKNOWN_NANOS;
    }
}
