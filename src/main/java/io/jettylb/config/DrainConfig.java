package io.jettylb.config;

import java.time.Duration;

/**
 * How an upstream is taken out of service without harm to its clients.
 *
 * @param deadline for how long bound clients are still served
 */
public record DrainConfig(Duration deadline) {

    /** What holds where nothing is written. */
    public static final DrainConfig DEFAULT = new DrainConfig(Duration.ofSeconds(30));
}
