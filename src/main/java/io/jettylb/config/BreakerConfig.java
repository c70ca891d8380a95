package io.jettylb.config;

import java.time.Duration;

/**
 * When a pool refuses requests because nearly all of them fail.
 *
 * @param failureRate the part of failed attempts from which on it does, above 0, at most 1
 * @param minRequests how many attempts there must be in the window, 1 or more
 * @param window over how long attempts are counted
 * @param open for how long requests are refused before a few are let through again
 * @param trials how many those few are, 1 or more: all of them must succeed
 */
public record BreakerConfig(double failureRate, int minRequests, Duration window, Duration open, int trials) {}
