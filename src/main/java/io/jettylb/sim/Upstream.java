package io.jettylb.sim;

import java.util.List;

/**
 * A made-up upstream: so many requests are served at once, the others wait in the order of their arrival. It is shared
 * by all balancers.
 *
 * <p>Since nothing overtakes, the time of an answer is known when a request arrives: it begins when the first of the
 * workers is free (J. Kiefer, J. Wolfowitz, "On the theory of queues with many servers", 1955).
 */
final class Upstream {

    private final int index;
    private final String id;
    private final List<Phase> phases;
    /** When each worker will be free: a heap with the earliest first. */
    private final long[] free;

    private Phase latest;
    private long served;
    private int inFlight;
    private int maxInFlight;
    private long attempts;
    private long changedAt;
    private double inFlightNanos;

    Upstream(int index, String id, int workers, List<Phase> phases) {
        this.index = index;
        this.id = id;
        this.phases = phases;
        this.free = new long[workers];
        this.latest = phases.get(0);
    }

    int index() {
        return index;
    }

    String id() {
        return id;
    }

    /** Whether it is always the same. */
    boolean constant() {
        return phases.size() == 1;
    }

    /** Whether there is a time when probes find something wrong with it. */
    boolean failsProbes() {
        return phases.stream().anyMatch(phase -> !phase.condition().passesProbes());
    }

    Condition condition(long now) {
        return phase(now).condition();
    }

    private Phase phase(long now) {
        int last = phases.size() - 1;
        while (phases.get(last).from() > now) {
            last--;
        }
        return phases.get(last);
    }

    /**
     * Takes a request, unless it would have to wait for so long that its sender is gone before its turn.
     *
     * @param now when it arrives
     * @param nanos how long it would take an upstream that is well
     * @param deadline when its sender gives up
     * @return when it is answered; possibly later than the deadline
     */
    long serve(long now, long nanos, long deadline) {
        long start = Math.max(now, free[0]);
        if (start >= deadline) {
            return Long.MAX_VALUE;
        }
        Phase phase = phase(start);
        if (phase != latest) {
            latest = phase;
            served = 0;
        }
        Condition condition = phase.condition();
        long end = start + (long) (nanos * condition.factor(served++));
        occupyFirst(end);
        return end + condition.delayNanos();
    }

    private void occupyFirst(long until) {
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= free.length) {
                break;
            }
            if (child + 1 < free.length && free[child + 1] < free[child]) {
                child++;
            }
            if (free[child] >= until) {
                break;
            }
            free[at] = free[child];
            at = child;
        }
        free[at] = until;
    }

    void began(long now, boolean counted) {
        change(now, 1);
        maxInFlight = Math.max(maxInFlight, inFlight);
        attempts += counted ? 1 : 0;
    }

    void ended(long now) {
        change(now, -1);
    }

    private void change(long now, int by) {
        inFlightNanos += (double) inFlight * (now - changedAt);
        changedAt = now;
        inFlight += by;
    }

    /** What it had to bear up to now. */
    UpstreamLoad load(long now) {
        change(now, 0);
        return new UpstreamLoad(id, attempts, maxInFlight, now == 0 ? 0 : inFlightNanos / now);
    }
}
