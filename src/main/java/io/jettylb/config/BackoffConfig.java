package io.jettylb.config;

import java.time.Duration;

/**
 * How long to wait before a request goes to an upstream that it has been sent to before.
 *
 * @param base the longest wait before the first such attempt, doubled with each further one; above zero
 * @param max what that does not exceed; not below {@code base}
 * @param maxRetryAfter the longest {@code Retry-After} that is waited for; zero: none is
 */
public record BackoffConfig(Duration base, Duration max, Duration maxRetryAfter) {}
