package io.jettylb.proxy;

import io.jettylb.pool.Outcome;
import java.net.BindException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** What follows from a failed attempt: another one, or which answer. */
final class Consequences {

    /** Methods whose repetition changes nothing (RFC 9110, 9.2.2). */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private Consequences() {}

    /**
     * What was not sent may be sent to anybody; what was sent and got no answer only if repeating it changes nothing. A
     * timeout is an answer of a kind: whoever is slow with this request would make the next one wait as long.
     */
    static boolean isRepeatable(Attempt over, Outcome outcome, RequestBody body) {
        if (!over.begun()) {
            return body.isUntouched();
        }
        return outcome != Outcome.TIMED_OUT && !over.answered() && body.isEmpty() && IDEMPOTENT.contains(over.method());
    }

    /**
     * Whether a failure to send says nothing about the upstream: this machine or this server being stopped could not
     * connect, or the request is not for this upstream.
     */
    static boolean isOurs(Throwable failure) {
        return failure instanceof RejectedExecutionException
                || failure instanceof AsynchronousCloseException
                || failure instanceof BindException
                || failure instanceof HeadTooLargeException;
    }

    /** What the client gets if there is no other attempt. */
    static ErrorAnswer answer(Attempt over, Outcome outcome, Throwable failure) {
        if (failure instanceof HeadTooLargeException) {
            return ErrorAnswer.HEAD_TOO_LARGE;
        }
        if (!over.begun()) {
            return ErrorAnswer.NO_UPSTREAM;
        }
        return outcome == Outcome.TIMED_OUT ? ErrorAnswer.GATEWAY_TIMEOUT : ErrorAnswer.BAD_GATEWAY;
    }

    /** What a client gets that has failed itself. */
    static ErrorAnswer blame(Throwable client) {
        return client instanceof TimeoutException ? ErrorAnswer.CLIENT_TIMEOUT : ErrorAnswer.BAD_REQUEST;
    }
}
