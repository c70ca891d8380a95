package io.jettylb.health;

/**
 * How many of the latest attempts failed, over a window that slides: two counts, of which the older one loses as much of
 * its weight as the younger one has taken of the window's time. Immutable.
 *
 * @param start when the younger count began, in nanoseconds
 * @param total the attempts since then
 * @param failed those of them that failed
 * @param totalBefore the attempts of the window before
 * @param failedBefore those of them that failed
 */
public record FailureWindow(long start, int total, int failed, int totalBefore, int failedBefore) {

    /**
     * No attempts.
     *
     * @param now nanoseconds with an arbitrary start
     * @return an empty window that begins now
     */
    public static FailureWindow empty(long now) {
        return new FailureWindow(now, 0, 0, 0, 0);
    }

    /**
     * Counts an attempt.
     *
     * @param fails whether it failed
     * @param now nanoseconds on the same clock
     * @param width of the window, in nanoseconds
     * @return with the attempt, and without what is too old
     */
    public FailureWindow with(boolean fails, long now, long width) {
        FailureWindow at = at(now, width);
        return new FailureWindow(at.start, at.total + 1, at.failed + (fails ? 1 : 0), at.totalBefore, at.failedBefore);
    }

    /**
     * How many attempts there were in the window that ends now.
     *
     * @param now nanoseconds on the same clock
     * @param width of the window, in nanoseconds
     * @return an estimate: within the older count, attempts are taken to be spread evenly
     */
    public double total(long now, long width) {
        FailureWindow at = at(now, width);
        return at.total + at.totalBefore * at.left(now, width);
    }

    /**
     * The part of these that failed.
     *
     * @param now nanoseconds on the same clock
     * @param width of the window, in nanoseconds
     * @return 0 to 1; 0 if there were none
     */
    public double rate(long now, long width) {
        FailureWindow at = at(now, width);
        double left = at.left(now, width);
        double all = at.total + at.totalBefore * left;
        return all == 0 ? 0 : (at.failed + at.failedBefore * left) / all;
    }

    private FailureWindow at(long now, long width) {
        long age = now - start;
        if (age < width) {
            return this;
        }
        return age < 2 * width ? new FailureWindow(start + width, 0, 0, total, failed) : empty(now);
    }

    private double left(long now, long width) {
        // Threads that read the clock one after the other may come here in another order.
        return 1 - (double) Math.max(0, now - start) / width;
    }
}
