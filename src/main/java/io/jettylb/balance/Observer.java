package io.jettylb.balance;

/**
 * What a strategy learns about one upstream while requests are served: called by the pool for each attempt, whoever chose
 * the upstream. Called by many threads at once; must not lock, block or allocate.
 */
public interface Observer {

    /** For strategies that look at nothing but the candidates. */
    Observer NONE = new Observer() {};

    /** How an attempt ended, as far as a strategy is concerned. */
    enum Ending {
        /** A response came to its end, whatever its status. */
        COMPLETE,
        /** The upstream failed: no connection, a reset, a response cut short, a timeout. */
        FAILED,
        /** The client or this server ended it: it says nothing about the upstream. */
        CANCELLED
    }

    /** An attempt begins. Exactly one {@link #ended} follows. */
    default void began() {}

    /**
     * The head of a response has arrived; at most once for each attempt.
     *
     * @param nanos since the attempt began
     * @param status the response's status
     */
    default void responded(long nanos, int status) {}

    /**
     * The upstream has told its load, in a response or in the answer to a probe.
     *
     * @param report what it told
     */
    default void reported(LoadReport report) {}

    /**
     * An attempt is over.
     *
     * @param nanos since it began
     * @param ending how it ended
     */
    default void ended(long nanos, Ending ending) {}
}
