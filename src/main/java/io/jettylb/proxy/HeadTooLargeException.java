package io.jettylb.proxy;

/** The head of a request is larger than this upstream accepts: nothing was sent. */
final class HeadTooLargeException extends Exception {

    private static final long serialVersionUID = 1L;

    HeadTooLargeException(int limit) {
        super("request head over the " + limit + " bytes that the upstream accepts", null, false, false);
    }
}
