package io.jettylb.config;

/**
 * How much a pool takes on, and what happens to the rest.
 *
 * @param maxRequests how many requests it serves at once, {@link UpstreamConfig#UNLIMITED} for any number
 */
public record LimitsConfig(int maxRequests) {

    /** No limits. */
    public static final LimitsConfig NONE = new LimitsConfig(UpstreamConfig.UNLIMITED);
}
