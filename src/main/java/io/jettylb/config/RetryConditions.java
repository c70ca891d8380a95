package io.jettylb.config;

import java.util.List;

/**
 * After what an attempt may be repeated.
 *
 * @param connectFailure nothing of the request has reached the upstream
 * @param resetBeforeResponse the upstream ended the connection before the head of a response, or sent none that can be read
 * @param timeout no head of a response came in time
 * @param statuses the statuses that are no answer, 400 to 599
 */
public record RetryConditions(
        boolean connectFailure, boolean resetBeforeResponse, boolean timeout, List<StatusRange> statuses) {

    /** What holds where nothing is written. */
    public static final RetryConditions DEFAULT =
            new RetryConditions(true, true, false, List.of(range(502), range(503), range(504)));

    /** Nothing is repeated. */
    public static final RetryConditions NONE = new RetryConditions(false, false, false, List.of());

    private static StatusRange range(int status) {
        return new StatusRange(status, status);
    }

    /**
     * Whether a status is among them.
     *
     * @param status of a response
     * @return true if the response is no answer
     */
    public boolean covers(int status) {
        // Most responses are good ones.
        return status >= 400 && anyContains(status);
    }

    private boolean anyContains(int status) {
        for (StatusRange range : statuses) {
            if (range.contains(status)) {
                return true;
            }
        }
        return false;
    }
}
