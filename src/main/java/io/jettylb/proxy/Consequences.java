package io.jettylb.proxy;

import io.jettylb.config.RetryConfig;
import io.jettylb.pool.Outcome;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** What follows from how an attempt ended: who is to blame, whether it is repeated, and which answer. Rules only. */
final class Consequences {

    /** Methods whose repetition changes nothing (RFC 9110, 9.2.2). */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private Consequences() {}

    /** Whether doing it twice is the same as doing it once. */
    static boolean isIdempotent(String method) {
        return IDEMPOTENT.contains(method);
    }

    /** Whether a request that an upstream may have worked on may be sent to another one. */
    static boolean isRepeatable(String method, RetryConfig rules) {
        return rules.nonIdempotent() || isIdempotent(method);
    }

    /**
     * Whether a failed attempt may be repeated. What was not sent may be sent to anybody; what was sent and got no answer
     * only if repeating it changes nothing.
     *
     * @param whole whether all of the request that was read can be sent again
     */
    static boolean isRepeatable(Ending ending, String method, boolean whole, RetryConfig rules) {
        if (ending.answered() || !whole) {
            return false;
        }
        boolean late = ending.late() != Ending.Late.NO;
        if (!ending.begun()) {
            return rules.on().connectFailure() || late && rules.on().timeout();
        }
        boolean condition = late ? rules.on().timeout() : rules.on().resetBeforeResponse();
        return condition && isRepeatable(method, rules);
    }

    /** Whether an attempt may be repeated whose response is here and nothing of it passed on. */
    static boolean isRepeatable(int status, String method, boolean whole, RetryConfig rules) {
        return rules.on().covers(status) && whole && isRepeatable(method, rules);
    }

    /**
     * Whether a failed attempt may be repeated at the same upstream, if there is no other: who is slow with a request, or
     * cannot take it at all, will be so again.
     */
    static boolean mayAskAgain(Ending ending) {
        Throwable failure = ending.failure();
        boolean slow = failure instanceof TimeoutException || failure instanceof SocketTimeoutException;
        return ending.late() == Ending.Late.NO && !slow && !isOurs(failure) && !(failure instanceof TlsFailure);
    }

    /**
     * Who or what ended an attempt, as far as the upstream is concerned.
     *
     * @return a verdict; never a success
     */
    static Outcome verdict(Ending ending) {
        if (ending.late() != Ending.Late.NO) {
            // Without a connection it may have waited in line for one of ours, longer than any connect takes.
            return ending.begun() || ending.late() == Ending.Late.TRY ? Outcome.TIMED_OUT : Outcome.CANCELLED;
        }
        if (!ending.begun()) {
            return ending.lost() || ending.refused() || isOurs(ending.failure())
                    ? Outcome.CANCELLED
                    : Outcome.CONNECT_FAILED;
        }
        // Whoever refuses the connection has not looked at what is in it; but part of the request may be gone.
        boolean refusal = TlsFailure.isRefusal(ending.failure()) && !ending.answered() && !ending.reused();
        return refusal ? Outcome.CONNECT_FAILED : Outcome.BROKEN;
    }

    /**
     * Whether it died with a connection that had served before: closed in the meantime, which says nothing bad. So does
     * an upstream that asks for another try.
     */
    static boolean isStale(Ending ending) {
        return ending.refused() || ending.reused() && !ending.answered() && ending.late() == Ending.Late.NO;
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
    static ErrorAnswer answer(Ending ending) {
        if (ending.failure() instanceof HeadTooLargeException) {
            return ErrorAnswer.HEAD_TOO_LARGE;
        }
        if (!ending.begun()) {
            return ErrorAnswer.NO_UPSTREAM;
        }
        return ending.late() == Ending.Late.NO ? ErrorAnswer.BAD_GATEWAY : ErrorAnswer.GATEWAY_TIMEOUT;
    }

    /** What a client gets that has failed itself. */
    static ErrorAnswer blame(Throwable client) {
        return client instanceof TimeoutException ? ErrorAnswer.CLIENT_TIMEOUT : ErrorAnswer.BAD_REQUEST;
    }
}
