package io.jettylb.sim;

/**
 * How an upstream treats requests for a while.
 *
 * @param kind whether and how it answers
 * @param slowdown by how much the time is multiplied that a request takes, and keeps others waiting
 * @param delayNanos added to the time of an answer, without keeping others waiting
 * @param warmUp after how many requests the slowdown has faded away, step by step; 0: it stays
 */
record Condition(Kind kind, double slowdown, long delayNanos, int warmUp) {

    /** What becomes of a request. */
    enum Kind {
        /** It is served. */
        SERVING,
        /** It is answered with 503 at once; the health page of such an upstream looks good all the same. */
        FAILING,
        /** Its connection is refused. */
        REFUSING,
        /** It is taken and never answered. */
        SILENT
    }

    static final Condition GOOD = new Condition(Kind.SERVING, 1, 0, 0);
    static final Condition FAILING = new Condition(Kind.FAILING, 1, 0, 0);
    static final Condition REFUSING = new Condition(Kind.REFUSING, 1, 0, 0);
    static final Condition SILENT = new Condition(Kind.SILENT, 1, 0, 0);

    static Condition slowed(double factor) {
        return new Condition(Kind.SERVING, factor, 0, 0);
    }

    static Condition delayed(long nanos) {
        return new Condition(Kind.SERVING, 1, nanos, 0);
    }

    static Condition cold(double factor, int requests) {
        return new Condition(Kind.SERVING, factor, 0, requests);
    }

    boolean passesProbes() {
        return kind == Kind.SERVING || kind == Kind.FAILING;
    }

    /** By how much the next request takes longer, after so many in this condition. */
    double factor(long served) {
        return warmUp == 0 ? slowdown : 1 + (slowdown - 1) * Math.max(0, 1 - (double) served / warmUp);
    }
}
