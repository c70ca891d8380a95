package io.jettylb.health;

import io.jettylb.config.OutlierConfig;

/** When requests that failed are too many: pure functions of counts. Immutable. */
public final class OutlierRules {

    /** With fewer upstreams a mean says little about any of them (Envoy's default). */
    public static final int MIN_COMPARED = 5;

    /**
     * By how much at least an upstream must succeed less often than the mean: among five, a single error among thousands
     * of requests is 1.9 standard deviations away from four upstreams without one.
     */
    private static final double MIN_DISTANCE = 0.05;

    /** Into how many parts the window is divided, each of which is forgotten as a whole. */
    public static final int PARTS = 10;
    /** At least each of so many successes is dated; more of them where few make a difference. */
    private static final int DATED = 16;

    private final OutlierConfig config;
    private final boolean windowed;
    private final long undated;
    private final long partNanos;

    /**
     * The rules of a configuration.
     *
     * @param config what the operator says
     */
    public OutlierRules(OutlierConfig config) {
        this.config = config;
        this.windowed = config.failureRate() > 0 || config.successRateFactor() > 0;
        this.undated = Integer.highestOneBit(Math.max(1, Math.min(DATED, config.minRequests() / 2))) - 1;
        this.partNanos = Math.max(1, config.window().toNanos() / PARTS);
    }

    /**
     * Whether there is a window at all.
     *
     * @return false if failures in a row are all that counts
     */
    public boolean windowed() {
        return windowed;
    }

    /**
     * Whether a success is worth a look at the clock.
     *
     * @param number which one it is
     * @return true for each of them if few make a difference, else for one in up to {@value #DATED}
     */
    public boolean isDated(long number) {
        return (number & undated) == 0;
    }

    /**
     * The length of a part of the window.
     *
     * @return nanoseconds, 1 or more
     */
    public long partNanos() {
        return partNanos;
    }

    /**
     * How many failures in a row an upstream that has returned begins with: the next one takes it out again, if no request
     * succeeds before.
     *
     * @return one less than are too many
     */
    public int failuresOnReturn() {
        return Math.max(0, config.consecutiveFailures() - 1);
    }

    /**
     * Whether failures in a row are too many.
     *
     * @param failures how many
     * @return true if the upstream is to be ejected
     */
    public boolean tooManyInARow(int failures) {
        return config.consecutiveFailures() > 0 && failures >= config.consecutiveFailures();
    }

    /**
     * Whether the failures within the window are too many.
     *
     * @param requests how many requests there were
     * @param failures how many of them failed
     * @return true if the upstream is to be ejected
     */
    public boolean tooManyOf(long requests, long failures) {
        return config.failureRate() > 0
                && requests >= config.minRequests()
                && failures >= config.failureRate() * requests;
    }

    /**
     * Whether an upstream had enough requests in the window to be compared with the others.
     *
     * @param requests how many
     * @return true if its success rate counts
     */
    public boolean comparable(long requests) {
        return requests >= config.successRateMinRequests();
    }

    /**
     * Below which success rate an upstream is an outlier: the mean of all less so many standard deviations, as in Envoy, and
     * at least 0.05 below the mean.
     *
     * @param rates of the comparable upstreams, 0 to 1 each
     * @param count how many of them there are in the array, from its beginning
     * @return the threshold; negative if nobody is to be ejected
     */
    public double successThreshold(double[] rates, int count) {
        if (config.successRateFactor() == 0 || count < MIN_COMPARED) {
            return -1;
        }
        double mean = mean(rates, count);
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += (rates[i] - mean) * (rates[i] - mean);
        }
        double deviation = Math.sqrt(squares / count);
        return mean - Math.max(MIN_DISTANCE, config.successRateFactor() * deviation);
    }

    /**
     * The mean of success rates.
     *
     * @param rates of upstreams
     * @param count how many of them there are in the array, one or more
     * @return their mean
     */
    public static double mean(double[] rates, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += rates[i];
        }
        return sum / count;
    }

    /**
     * How many upstreams may be out at once, those that refuse connections not counted.
     *
     * @param upstreams how many there are
     * @return one at least
     */
    public int mostEjected(int upstreams) {
        // A third of three is one, whatever binary fractions say.
        return (int) Math.max(1, Math.floor(upstreams * config.eject().maxEjected() + 1e-9));
    }

    /**
     * Whether so few upstreams are left that health is not to be believed.
     *
     * @param eligible how many may get requests
     * @param all how many might, were it not for their health
     * @return true if it is time to panic
     */
    public boolean panics(int eligible, int all) {
        // Half of two is one, whatever binary fractions say.
        return eligible + 1e-9 < config.panic().threshold() * all;
    }
}
