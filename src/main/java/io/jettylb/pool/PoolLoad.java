package io.jettylb.pool;

import io.jettylb.health.BreakerState;

/**
 * How busy a pool is. The figures are read one after the other.
 *
 * @param inFlight attempts under way
 * @param limit how many there may be at once, {@link io.jettylb.config.UpstreamConfig#UNLIMITED} for any number; moves
 *     where it is adaptive
 * @param waiting requests in the queue
 * @param queueSize how many of them there may be; 0: there is no queue
 * @param refused how many requests found no room, not even to wait, or were refused by the breaker, since the start; each
 *     once, whatever it tried before
 * @param breaker what the breaker does; closed if there is none
 */
public record PoolLoad(int inFlight, int limit, int waiting, int queueSize, long refused, BreakerState.Mode breaker) {}
