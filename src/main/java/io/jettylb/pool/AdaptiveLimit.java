package io.jettylb.pool;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import io.jettylb.config.AdaptiveConcurrencyConfig;
import java.util.concurrent.TimeUnit;

/**
 * A limit of requests at once that follows the response times: it falls while they are above their long-term average, and
 * rises while they are not and the requests make use of it (Netflix's concurrency-limits, {@link Gradient2Limit} over
 * averages of a window). Has no threads and no clock. Thread-safe.
 */
final class AdaptiveLimit {

    /**
     * That a refusal comes fast must not look like a success: it counts as this many times the long-term average, so that
     * one in six lets the limit fall.
     */
    private static final int DROP = 4;

    private final AdaptiveConcurrencyConfig rules;
    private final Gradient2Limit gradient;
    private final Limit limit;
    private final long start;

    /**
     * Begins at the initial limit.
     *
     * @param now nanoseconds with an arbitrary start
     */
    AdaptiveLimit(AdaptiveConcurrencyConfig rules, long now) {
        this.rules = rules;
        this.start = now;
        this.gradient = Gradient2Limit.newBuilder()
                .minLimit(rules.minLimit())
                .maxConcurrency(rules.maxLimit())
                .initialLimit(rules.initialLimit())
                .rttTolerance(rules.tolerance())
                .build();
        long window = rules.window().toNanos();
        this.limit = WindowedLimit.newBuilder()
                .minWindowTime(window, TimeUnit.NANOSECONDS)
                .maxWindowTime(window, TimeUnit.NANOSECONDS)
                .minRttThreshold(0, TimeUnit.NANOSECONDS)
                .build(gradient);
    }

    AdaptiveConcurrencyConfig rules() {
        return rules;
    }

    int limit() {
        return limit.getLimit();
    }

    /**
     * Takes what an attempt has shown.
     *
     * @param began when it began, on the pool's clock
     * @param now when its response came, or it was given up
     * @param inFlight how many there were when it ended, this one included
     * @param dropped whether it was refused or given up
     */
    void sample(long began, long now, int inFlight, boolean dropped) {
        long nanos = Math.max(1, now - began);
        long least = dropped ? DROP * gradient.getRttNoLoad(TimeUnit.NANOSECONDS) : 0;
        // The library's clock must not be negative.
        limit.onSample(Math.max(0, began - start), Math.max(nanos, least), inFlight, dropped);
    }
}
