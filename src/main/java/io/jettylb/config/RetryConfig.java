package io.jettylb.config;

/**
 * When a failed attempt is repeated on another upstream.
 *
 * @param attempts how many attempts a request gets in total, the first one included: 1 to 100, 1 means no retry
 */
public record RetryConfig(int attempts) {}
