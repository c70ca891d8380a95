package io.jettylb.sim;

import java.util.Arrays;
import java.util.List;

/** What is counted while an experiment runs. */
final class Measurement {

    private static final int UNSEEN = -1;

    private final Workload workload;
    private final boolean keyed;
    private final long leftAt;
    private final long settledAt;
    private long requests;
    private long succeeded;
    private long[] latencies = new long[1024];
    private final int[] servedBy;
    private long keys;
    private long moved;

    Measurement(Workload workload, Scenario scenario) {
        this.workload = workload;
        this.keyed = scenario.keyed();
        this.leftAt = Scenario.leaveAt(workload.nanos());
        // Until everybody has noticed.
        this.settledAt = leftAt + workload.nanos() / 10;
        this.servedBy = new int[keyed ? Keys.COUNT : 0];
        Arrays.fill(servedBy, UNSEEN);
    }

    boolean counts(long arrived) {
        return arrived >= workload.measuredFrom();
    }

    void arrived(long now) {
        requests += counts(now) ? 1 : 0;
    }

    void succeeded(int key, int upstream, long arrived, long now) {
        if (keyed) {
            served(key, upstream, arrived);
        }
        if (!counts(arrived)) {
            return;
        }
        int count = (int) succeeded++;
        if (count == latencies.length) {
            latencies = Arrays.copyOf(latencies, count * 2);
        }
        latencies[count] = now - arrived;
    }

    private void served(int key, int upstream, long arrived) {
        if (arrived < leftAt) {
            servedBy[key] = upstream;
        } else if (arrived >= settledAt && servedBy[key] != UNSEEN) {
            keys++;
            moved += servedBy[key] == upstream ? 0 : 1;
            // Each key counts once.
            servedBy[key] = UNSEEN;
        }
    }

    Result result(String strategy, List<UpstreamLoad> loads, double[] fairShares) {
        long[] sorted = Arrays.copyOf(latencies, (int) succeeded);
        Arrays.sort(sorted);
        long attempts = loads.stream().mapToLong(UpstreamLoad::attempts).sum();
        double worst = 0;
        for (int i = 0; i < fairShares.length; i++) {
            if (fairShares[i] > 0) {
                worst = Math.max(worst, loads.get(i).attempts() / (attempts * fairShares[i]));
            }
        }
        double movedPart = keys == 0 ? Double.NaN : (double) moved / keys;
        return new Result(strategy, requests, requests - succeeded, sorted, worst, loads, movedPart);
    }
}
