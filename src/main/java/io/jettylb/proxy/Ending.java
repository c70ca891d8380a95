package io.jettylb.proxy;

/**
 * How an attempt ended, as far as it matters for what follows.
 *
 * @param begun whether the upstream can have seen anything of the request
 * @param lost whether the connection ended before anything could be sent on it
 * @param refused whether the upstream says that it has done nothing with the request
 * @param reused whether it was on a connection that had served before
 * @param answered whether the head of a response came
 * @param late which timeout has passed
 * @param failure what was reported
 */
record Ending(
        boolean begun, boolean lost, boolean refused, boolean reused, boolean answered, Late late, Throwable failure) {

    /** Which timeout has passed. */
    enum Late {
        /** None. */
        NO,
        /** One of the pool's. */
        POOL,
        /** That of a single attempt. */
        TRY
    }

    /** The same for an attempt that takes longer than a single one shall. */
    Ending lateForTry() {
        return new Ending(begun, lost, refused, reused, answered, Late.TRY, failure);
    }
}
