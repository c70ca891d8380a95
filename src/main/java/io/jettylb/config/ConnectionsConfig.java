package io.jettylb.config;

import java.time.Duration;

/**
 * The connections kept to each upstream.
 *
 * @param max how many at most to one upstream, 1 to 100,000
 * @param idle after how long an unused one is closed; shorter than the upstream's own keep-alive, or requests race
 *     with its close
 * @param streams how many requests at most share one, 1 to 100,000; HTTP/1.1 has one at a time
 * @param connecting how many to one upstream are being established at once, 1 to 100,000
 */
public record ConnectionsConfig(int max, Duration idle, int streams, int connecting) {

    /** How many are being established at once where nothing is said. */
    public static final int CONNECTING = 32;

    /**
     * Connections of which as many as usual are being established at once.
     *
     * @param max how many at most to one upstream
     * @param idle after how long an unused one is closed
     * @param streams how many requests at most share one
     */
    public ConnectionsConfig(int max, Duration idle, int streams) {
        this(max, idle, streams, CONNECTING);
    }
}
