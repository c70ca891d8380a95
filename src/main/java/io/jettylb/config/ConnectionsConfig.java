package io.jettylb.config;

import java.time.Duration;

/**
 * The connections kept to each upstream.
 *
 * @param max how many at most to one upstream, 1 to 100,000
 * @param idle after how long an unused one is closed; shorter than the upstream's own keep-alive, or requests race
 *     with its close
 * @param streams how many requests at most share one, 1 to 100,000; HTTP/1.1 has one at a time
 */
public record ConnectionsConfig(int max, Duration idle, int streams) {}
