package io.jettylb.pool;

/**
 * What an upstream did wrong.
 *
 * @param refused whether there was no connection
 * @param answered whether there was an answer, to its end and in time
 * @param words for the log, in one line
 */
record Failure(boolean refused, boolean answered, String words) {

    static Failure status(int status) {
        return new Failure(false, true, String.valueOf(status));
    }

    static Failure slow(long waited) {
        return new Failure(false, false, "slow: " + PoolLog.time(waited));
    }

    static Failure of(Outcome outcome, Throwable cause) {
        String what = switch (outcome) {
            case CONNECT_FAILED -> "connect failed";
            case TIMED_OUT -> "timed out";
            default -> "broken";
        };
        return new Failure(outcome == Outcome.CONNECT_FAILED, false, cause == null ? what : what + ": " + cause);
    }
}
