package io.jettylb.balance;

/** A read-only view of an upstream that may be picked. Safe for use by any thread; the figures change all the time. */
public interface Candidate {

    /**
     * The upstream's name, unique in its pool and stable over reloads.
     *
     * @return the id
     */
    String id();

    /**
     * The configured share relative to the others.
     *
     * @return 1 to 1000
     */
    int weight();

    /**
     * The attempts that are being served by it now.
     *
     * @return zero or more
     */
    int inFlight();
}
