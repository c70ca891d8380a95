package io.jettylb.proxy;

/** Ends an upload whose response is complete; never seen by a client. */
final class EarlyResponse extends Exception {

    private static final long serialVersionUID = 1L;

    EarlyResponse() {
        super("response complete before request", null, false, false);
    }
}
