package io.jettylb.config;

import java.time.Duration;

/**
 * How a pool's limit of requests at once follows the response times.
 *
 * @param minLimit the limit never falls below this, 1 or more
 * @param maxLimit nor does it rise above this
 * @param initialLimit where it begins, between the two
 * @param tolerance how many times their long-term average response times may be before the limit falls, 1 or more
 * @param window how often the limit is set anew, 100 ms or more
 */
public record AdaptiveConcurrencyConfig(
        int minLimit, int maxLimit, int initialLimit, double tolerance, Duration window) {}
