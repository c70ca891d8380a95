package io.jettylb.pool;

/** Which requests an upstream may get: all that is known about it, in one word. */
enum Standing {
    /** Any. */
    OPEN,
    /** Those of clients that are bound to it: its weight is 0, or its agent wants it drained. */
    BOUND,
    /** A trial when it is due, and whatever nobody else is left for: it is ejected. */
    EJECTED,
    /** None: it is down, or its agent wants none. */
    CLOSED
}
