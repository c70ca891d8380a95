package io.jettylb.proxy;

import io.jettylb.pool.Outcome;
import java.util.Set;
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
            return true;
        }
        return outcome != Outcome.TIMED_OUT && !over.answered() && body.isEmpty() && IDEMPOTENT.contains(over.method());
    }

    /** What the client gets if there is no other attempt. */
    static ErrorAnswer answer(Attempt over, Outcome outcome) {
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
