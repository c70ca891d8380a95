package io.jettylb.config;

import java.time.Duration;

/**
 * When balanced requests are refused because the server they pass through is short of something that its webapps need.
 *
 * @param lowResources whether a {@code LowResourceMonitor} of the server is listened to
 * @param threads the part of the server's threads in use from which on requests are refused, above 0, at most 1; 0: threads
 *     do not matter
 * @param heap the part of the heap that is still in use after a garbage collection, likewise
 * @param interval how often the server is looked at
 */
public record ShedConfig(boolean lowResources, double threads, double heap, Duration interval) {

    /** What a block holds that says nothing else. */
    public static final ShedConfig DEFAULT = new ShedConfig(true, 0.9, 0.95, Duration.ofSeconds(1));
}
