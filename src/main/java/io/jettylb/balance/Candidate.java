package io.jettylb.balance;

/** A read-only view of an upstream that may be picked. Safe for use by any thread; the figures change all the time. */
public interface Candidate {

    /** The largest weight. That of 10,000 candidates is an {@code int} still. */
    int MAX_WEIGHT = 100_000;

    /**
     * The upstream's name, unique in its pool and stable over reloads.
     *
     * @return the id
     */
    String id();

    /**
     * The share relative to the others: the configured weight with whatever changes it for a time. Read it when a picker
     * is made; when it changes, the strategy is asked for a new one.
     *
     * @return 1 to {@value #MAX_WEIGHT}
     */
    int weight();

    /**
     * The attempts that are being served by it now.
     *
     * @return zero or more
     */
    int inFlight();

    /**
     * How many attempts it may be serving at once.
     *
     * @return 1 or more; {@link Integer#MAX_VALUE} if there is no limit
     */
    default int maxRequests() {
        return Integer.MAX_VALUE;
    }
}
