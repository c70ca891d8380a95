package io.jettylb.pool;

/** Why a request gets no upstream. */
public enum Refusal implements Acquired {
    /** Every upstream was tried or must not get it. Waiting would not help. */
    UNAVAILABLE,
    /** Too few upstreams are eligible, and the pool serves nobody then. */
    PANIC,
    /** There are upstreams, but they, or the pool, are serving as many requests as they may. */
    FULL,
    /** Nearly all requests have failed: the pool's breaker is open. */
    BREAKER_OPEN
}
