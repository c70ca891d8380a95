package io.jettylb.config;

import java.time.Duration;

/**
 * Where requests wait for an upstream that has room.
 *
 * @param size how many may wait at once, 1 or more
 * @param timeout for how long each may, above zero
 */
public record QueueConfig(int size, Duration timeout) {}
