package io.jettylb.pool;

import io.jettylb.balance.Observer;

/** How an attempt ended, by the side that caused it. */
public enum Outcome {
    /** A response came to its end, whatever its status below 500. */
    SUCCESS,
    /** A response came to its end, with a status of 500 or above. */
    ERROR_RESPONSE,
    /** No connection could be established; nothing was sent. */
    CONNECT_FAILED,
    /** The upstream broke the exchange: a reset, a truncated or unreadable response. */
    BROKEN,
    /** The upstream let a timeout pass after the request was sent. */
    TIMED_OUT,
    /** The client, or the server itself, ended the attempt: no verdict on the upstream. */
    CANCELLED;

    /** What a strategy is told of it. */
    Observer.Ending ending() {
        return switch (this) {
            case SUCCESS, ERROR_RESPONSE -> Observer.Ending.COMPLETE;
            case CONNECT_FAILED, BROKEN, TIMED_OUT -> Observer.Ending.FAILED;
            case CANCELLED -> Observer.Ending.CANCELLED;
        };
    }
}
