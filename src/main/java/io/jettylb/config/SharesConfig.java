package io.jettylb.config;

/**
 * What else than their weights decides how the upstreams of a pool share the requests.
 *
 * @param slowStart how an upstream that comes back gets its share
 * @param zone whether upstreams nearby come first
 * @param loadReport what upstreams may say about themselves; null: nothing is listened to
 */
public record SharesConfig(SlowStartConfig slowStart, ZoneConfig zone, LoadReportConfig loadReport) {

    /** Weights alone decide. */
    public static final SharesConfig PLAIN = new SharesConfig(SlowStartConfig.OFF, ZoneConfig.NONE, null);
}
