package io.jettylb.config;

import java.time.Duration;

/**
 * For how long upstreams are ejected, and how many at once.
 *
 * @param time the first time; it is multiplied by the number of times
 * @param max the longest time
 * @param jitter by which part of itself each time is lengthened at random at most, 0 to 1
 * @param maxEjected which part of the pool may be out at once, 0 to 1; one may in any case, but never the last one
 * @param probeEnds whether a passed probe ends an ejection
 */
public record EjectConfig(Duration time, Duration max, double jitter, double maxEjected, boolean probeEnds) {}
