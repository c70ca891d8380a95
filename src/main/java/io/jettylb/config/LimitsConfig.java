package io.jettylb.config;

/**
 * How much a pool takes on, and what happens to the rest.
 *
 * @param maxRequests how many requests it serves at once, {@link UpstreamConfig#UNLIMITED} for any number
 * @param queue where requests wait while there is no room; null: they are refused at once
 * @param adaptive how the number of requests at once follows the response times; null: it does not
 * @param breaker when requests are refused because nearly all fail; null: never
 */
public record LimitsConfig(
        int maxRequests, QueueConfig queue, AdaptiveConcurrencyConfig adaptive, BreakerConfig breaker) {

    /** No limits. */
    public static final LimitsConfig NONE = new LimitsConfig(UpstreamConfig.UNLIMITED, null, null, null);
}
