package io.jettylb.proxy;

import java.io.IOException;

/** An upstream has ended this exchange, and not the connection that it shared with others. */
final class UpstreamResetException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean unsent;

    /**
     * Creates the exception.
     *
     * @param unsent whether the upstream has done nothing with the request (RFC 9113, 8.7), or has not even got it
     * @param cause what the client library reported
     */
    UpstreamResetException(boolean unsent, Throwable cause) {
        super(String.valueOf(cause.getMessage()), cause);
        this.unsent = unsent;
    }

    boolean unsent() {
        return unsent;
    }
}
