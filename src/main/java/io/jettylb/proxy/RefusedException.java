package io.jettylb.proxy;

/** Why the balancer would not send a request, in the words of the log. Thrown by nobody, and so without a stack. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message, null, false, false);
    }

    @Override
    public String toString() {
        return getMessage();
    }
}
