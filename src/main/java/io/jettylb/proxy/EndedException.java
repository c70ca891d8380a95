package io.jettylb.proxy;

/** Ends an attempt that is not needed any more; never seen by a client. */
final class EndedException extends Exception {

    private static final long serialVersionUID = 1L;

    EndedException(String why) {
        super(why, null, false, false);
    }
}
