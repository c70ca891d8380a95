package io.jettylb.config;

/**
 * When requests that fail take an upstream out: passive detection.
 *
 * @param consecutiveFailures how many failures in a row do
 */
public record OutlierConfig(int consecutiveFailures) {

    /** What holds where nothing is written. */
    public static final OutlierConfig DEFAULT = new OutlierConfig(5);
}
