package io.jettylb.balance;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What is known of the load of one upstream, and what of it went into the latest probe.
 *
 * <p>The requests in flight are our own, and those of others if the upstream has told them lately: what it told, less our
 * own at that moment, counts for a while on top of our own count, which is always up to date.
 *
 * <p>Safe for any number of threads, without lock or allocation. The parts of a probe are written one after the other;
 * who reads meanwhile may see some of two probes, both of which were true a moment ago.
 */
final class ProbedLoad implements Observer {

    /** In flight, as far as an upstream counts that nobody has heard of yet, while it has its first request. */
    private static final double UNKNOWN = 1_000;

    private static final int PROBED_AT = 0;
    private static final int LATENCY = 1;
    private static final int AVERSION = 2;

    private final Candidate candidate;
    private final ResponseTime time;
    private final ResponseTimes pool;
    private final long maxAgeNanos;

    private volatile boolean told;
    private volatile long toldAt;
    private volatile int others;

    private volatile boolean probed;
    /** Of the latest probe; released and acquired, which costs less than volatile and will do. */
    private final AtomicLongArray figures = new AtomicLongArray(3);

    private final AtomicInteger usesLeft = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();

    ProbedLoad(Candidate candidate, ResponseTimes pool, long maxAgeNanos) {
        this.candidate = candidate;
        this.time = new ResponseTime(pool, candidate);
        this.pool = pool;
        this.maxAgeNanos = maxAgeNanos;
    }

    @Override
    public void began() {
        time.began();
    }

    @Override
    public void responded(long nanos, int status) {
        time.responded(nanos, status);
    }

    @Override
    public void reported(LoadReport report) {
        if (report.inFlight() != LoadReport.UNKNOWN) {
            others = report.inFlight() - candidate.inFlight();
            toldAt = pool.now();
            told = true;
        }
    }

    @Override
    public void ended(long nanos, Ending ending) {
        time.ended(nanos, ending);
    }

    String id() {
        return candidate.id();
    }

    /** Takes a probe of what is known now. Gives the requests in flight. */
    int probe(long now, int uses) {
        int own = candidate.inFlight();
        boolean fresh = told && now - toldAt <= maxAgeNanos;
        int known = fresh ? (int) Math.max(0, Math.min(Integer.MAX_VALUE, (long) own + others)) : own;
        double latency = time.estimate(known, now);
        double hidden = latency >= ResponseTime.FIRST_PENDING ? UNKNOWN : 0;
        double aversion = time.failures(now) * pool.rules().penalty() + hidden;
        inFlight.setRelease(known);
        usesLeft.setRelease(uses);
        figures.setRelease(LATENCY, Double.doubleToRawLongBits(latency));
        figures.setRelease(AVERSION, Double.doubleToRawLongBits(aversion));
        figures.setRelease(PROBED_AT, now);
        if (!probed) {
            probed = true;
        }
        return known;
    }

    boolean fresh(long now) {
        return probed && age(now) <= maxAgeNanos;
    }

    long age(long now) {
        return now - figures.getAcquire(PROBED_AT);
    }

    /** The requests in flight of the probe, and the number that its failures, or knowing nothing of it, are worth. */
    double load() {
        return inFlight.getAcquire() + Double.longBitsToDouble(figures.getAcquire(AVERSION));
    }

    /** Nanoseconds. */
    double latency() {
        return Double.longBitsToDouble(figures.getAcquire(LATENCY));
    }

    /** The probe has led to a request, which it does not know of. Gives whether it may lead to another. */
    boolean use() {
        if (inFlight.getAcquire() < Integer.MAX_VALUE) {
            inFlight.incrementAndGet();
        }
        return usesLeft.decrementAndGet() > 0;
    }
}
