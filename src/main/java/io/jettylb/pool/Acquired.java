package io.jettylb.pool;

/** What becomes of a request for an upstream: the right to one, or why there is none. */
public sealed interface Acquired permits Lease, Refusal {}
