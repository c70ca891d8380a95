package io.jettylb.balance;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The response time of one upstream as it has been observed, with what its failures add to it.
 *
 * <pre>
 * estimate = response time + penalty * share of failures * usual response time of the pool
 * </pre>
 *
 * <ul>
 *   <li><b>Response time:</b> an {@link Ewma} over good responses. While nothing is heard it fades, so that an upstream
 *       that was slow gets another request some day. It fades for one request only: from the moment that one is sent until
 *       the upstream is heard of, the last figure is in force again.
 *   <li><b>Nothing known:</b> zero, so that it is tried; and as long as that first request waits, more than any other, so
 *       that it is not flooded.
 *   <li><b>Failures</b> (attempts that failed, 429, and 5xx but 501 and 505, which are about the request): their share
 *       among the latest outcomes, also an {@link Ewma}. Their times count only where they are longer than the estimate.
 *       The penalty is relative to the pool and in proportion to the share: errors that all upstreams have alike move no
 *       traffic, and a single one among a thousand good responses does not send everybody elsewhere.
 *   <li><b>Silence</b> (where asked for): a request that has waited longer than the estimate is better knowledge than it.
 *       The oldest since the upstream was last heard of is the one that is known, and no other is needed: an upstream that
 *       answers somebody is not silent.
 * </ul>
 *
 * <p>Safe for any number of threads, without lock or allocation. An attempt that begins in the very moment in which
 * another is heard of may be missed by the measure of silence; the next one is not.
 */
final class ResponseTime implements Observer {

    /** Above every time that can be measured, as in Finagle; about 39 hours. */
    static final double FIRST_PENDING = Long.MAX_VALUE >> 16;

    /** An outcome is at least one of the latest hundred. */
    private static final double LEAST_GAIN = 0.01;

    private final ResponseTimes pool;
    private final ResponseTimes.Rules rules;
    private final Candidate candidate;
    private final Ewma time;
    private final Ewma failures;
    /** When the first attempt began since the upstream was last heard of; 0 if none did. */
    private final AtomicLong waitingSince = new AtomicLong();

    ResponseTime(ResponseTimes pool, Candidate candidate) {
        this.pool = pool;
        this.rules = pool.rules();
        this.candidate = candidate;
        this.time = new Ewma(rules.levels(), rules.decayNanos(), 0, rules.peak());
        this.failures = new Ewma(1, rules.decayNanos(), LEAST_GAIN, false);
    }

    /** Whether a status says that the upstream cannot serve now. */
    static boolean isFailure(int status) {
        return status == 429 || status >= 500 && status != 501 && status != 505;
    }

    @Override
    public void began() {
        if (waitingSince.get() == 0) {
            long now = pool.now();
            waitingSince.compareAndSet(0, now == 0 ? 1 : now);
        }
    }

    @Override
    public void responded(long nanos, int status) {
        long now = pool.now();
        if (isFailure(status)) {
            heard();
            failed(nanos, now);
            return;
        }
        if (!rules.lastByte()) {
            // Else it is not measured yet, and one that was never measured would look free.
            heard();
        }
        failures.observe(0, 0, now);
        if (!rules.lastByte()) {
            observe(nanos, now);
        }
    }

    @Override
    public void ended(long nanos, Ending ending) {
        if (ending == Ending.COMPLETE && !rules.lastByte()) {
            heard();
            return;
        }
        // In this order: a thread that is stopped in between must not take its own pause for the upstream's.
        long now = pool.now();
        long since = heard();
        switch (ending) {
            case COMPLETE -> observe(nanos, now);
            case FAILED -> failed(nanos, now);
            case CANCELLED -> {
                if (since != 0) {
                    // Its own time at most: another thread's pause may have left an older mark.
                    abandoned(Math.min(nanos, now - since), now);
                }
            }
        }
    }

    private long heard() {
        return waitingSince.get() == 0 ? 0 : waitingSince.getAndSet(0);
    }

    private void observe(double nanos, long now) {
        time.observe(level(candidate.inFlight() - 1), nanos, now);
        pool.answered(nanos, now);
    }

    private void failed(long nanos, long now) {
        failures.observe(0, 1, now);
        raise(nanos, now);
    }

    /** A client that would not wait any longer has measured, too: it would have taken longer than that. */
    private void abandoned(long nanos, long now) {
        if (nearest(level(candidate.inFlight())) >= 0) {
            raise(nanos, now);
        } else if (!rules.lastByte()) {
            // Where the last byte counts, the head may have come long before: then nothing is known yet.
            time.observe(level(candidate.inFlight()), Math.max(nanos, pool.usual()), now);
        }
    }

    private void raise(long nanos, long now) {
        int level = nearest(level(candidate.inFlight()));
        if (level >= 0 && nanos > time.last(level)) {
            time.observe(level, nanos, now);
        }
    }

    /**
     * What a request may expect that is sent now.
     *
     * @param inFlight the requests that the upstream serves now
     * @param now nanoseconds of the pool's clock
     * @return nanoseconds, 0 or more; 0 for an upstream that should be tried
     */
    double estimate(int inFlight, long now) {
        long since = waitingSince.get();
        int level = nearest(level(inFlight));
        double expected;
        if (level < 0) {
            expected = since == 0 ? 0 : FIRST_PENDING;
        } else if (since == 0) {
            expected = time.at(level, now);
        } else {
            expected = rules.silence() ? Math.max(time.last(level), now - since) : time.last(level);
        }
        return expected + penalty(now);
    }

    /** What its failures add, in nanoseconds. */
    double penalty(long now) {
        double share = failures.at(0, now);
        return share == 0 ? 0 : rules.penalty() * share * pool.usual();
    }

    /** The share of failures among the latest outcomes, 0 to 1. */
    double failures(long now) {
        return failures.at(0, now);
    }

    /** Response times are kept apart by the load at which they were measured: none, 1, 2 to 3, 4 to 7, … */
    private int level(int inFlight) {
        int level = 32 - Integer.numberOfLeadingZeros(Math.max(0, inFlight));
        return Math.min(level, time.count() - 1);
    }

    /** The level with a measure that comes nearest, the lower one of two; -1 if there is none. */
    private int nearest(int level) {
        for (int distance = 0; distance < time.count(); distance++) {
            if (level - distance >= 0 && time.isSet(level - distance)) {
                return level - distance;
            }
            if (level + distance < time.count() && time.isSet(level + distance)) {
                return level + distance;
            }
        }
        return -1;
    }
}
