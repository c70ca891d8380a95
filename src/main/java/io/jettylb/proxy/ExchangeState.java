package io.jettylb.proxy;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * Where the two sides of an exchange meet: what has happened on each, and whether that is the conclusion of the attempt
 * under way. Every method that changes something answers whether its caller is the one who has to conclude; exactly one
 * gets the answer yes for each attempt. Thread-safe.
 */
final class ExchangeState {

    private final AutoLock lock = new AutoLock();
    private final Response response;
    private volatile Throwable clientFailure;
    private boolean attemptOver;
    private Throwable attemptFailure;
    private boolean writing;
    private boolean written;
    private boolean concluded;
    private boolean ended;
    private boolean clientGone;
    /** Whether the response has the head of an upstream's, or of an answer of our own. */
    private boolean headPut;

    ExchangeState(Response response) {
        this.response = response;
    }

    /** Why the client has failed, or null. */
    Throwable clientFailure() {
        return clientFailure;
    }

    /** Why the attempt has failed; asked by the one who concludes. */
    Throwable attemptFailure() {
        try (AutoLock ignored = lock.lock()) {
            return attemptFailure;
        }
    }

    /** Whether the last write has succeeded; asked by the one who concludes. */
    boolean isWritten() {
        try (AutoLock ignored = lock.lock()) {
            return written;
        }
    }

    boolean isEnded() {
        try (AutoLock ignored = lock.lock()) {
            return ended;
        }
    }

    void attemptBegins() {
        try (AutoLock ignored = lock.lock()) {
            attemptOver = false;
            attemptFailure = null;
            concluded = false;
        }
    }

    boolean attemptEnded(Throwable failure) {
        try (AutoLock ignored = lock.lock()) {
            attemptOver = true;
            if (attemptFailure == null) {
                attemptFailure = failure;
            }
            return toConcludeLocked();
        }
    }

    /**
     * The client has failed.
     *
     * @param failure why, or null if it has not
     * @return whether the exchange is to be concluded
     */
    boolean clientFailed(Throwable failure) {
        try (AutoLock ignored = lock.lock()) {
            if (clientFailure == null) {
                clientFailure = failure;
            }
            return toConcludeLocked();
        }
    }

    /** From here on request and response belong to the container. */
    void clientGone() {
        try (AutoLock ignored = lock.lock()) {
            if (!clientGone && !headPut) {
                // Should somebody still listen, since the session was closed and not this stream: no empty 200.
                response.setStatus(HttpStatus.SERVICE_UNAVAILABLE_503);
            }
            clientGone = true;
        }
    }

    /**
     * Whether a write may begin; if so, nothing ends before {@link #endWrite}.
     *
     * @param head puts the head together if that has not been done
     */
    boolean beginWrite(Runnable head) {
        try (AutoLock ignored = lock.lock()) {
            if (ended || clientGone || clientFailure != null || attemptOver && attemptFailure != null) {
                return false;
            }
            head.run();
            headPut = true;
            writing = true;
            return true;
        }
    }

    /**
     * A write is over.
     *
     * @param takeBack undoes what was put together, where it was not sent
     */
    boolean endWrite(boolean last, Throwable failure, Runnable takeBack) {
        try (AutoLock ignored = lock.lock()) {
            writing = false;
            written |= last;
            if (failure != null && !clientGone && !response.isCommitted()) {
                // The server would not write this head: it is the response that is wrong, not the client.
                takeBack.run();
                headPut = false;
                attemptFailure = failure;
            } else if (failure != null && clientFailure == null) {
                clientFailure = failure;
            }
            return toConcludeLocked();
        }
    }

    /** Whether one side has failed. */
    boolean isBroken() {
        try (AutoLock ignored = lock.lock()) {
            return clientFailure != null || attemptFailure != null;
        }
    }

    /** Whether an interim response may be written; if so, nothing ends before {@link #endInterim}. */
    boolean beginInterim() {
        try (AutoLock ignored = lock.lock()) {
            if (ended || clientGone || clientFailure != null || attemptOver || writing) {
                return false;
            }
            writing = true;
            return true;
        }
    }

    boolean endInterim() {
        try (AutoLock ignored = lock.lock()) {
            writing = false;
            return toConcludeLocked();
        }
    }

    /** Whether the exchange ends by this call, and not by an earlier one. */
    boolean end() {
        try (AutoLock ignored = lock.lock()) {
            boolean first = !ended;
            ended = true;
            return first;
        }
    }

    /**
     * Puts the head of an answer of our own together.
     *
     * @return false if it is too late for one
     */
    boolean answer(ErrorAnswer answer) {
        try (AutoLock ignored = lock.lock()) {
            if (clientGone || response.isCommitted()) {
                return false;
            }
            answer.head(response);
            headPut = true;
            return true;
        }
    }

    /**
     * Whether the attempt has come to its conclusion: it is over, nothing is being written, and nothing of a response
     * remains that could be.
     */
    private boolean toConcludeLocked() {
        if (concluded || !attemptOver || writing) {
            return false;
        }
        concluded = written || ended || attemptFailure != null || clientFailure != null;
        return concluded;
    }
}
