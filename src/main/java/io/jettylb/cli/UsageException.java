package io.jettylb.cli;

/** The command line is wrong; the message is one line for its author. */
final class UsageException extends Exception {

    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }

    /** In the words of the configuration's problems. */
    static UsageException of(String option, String actual, String expected) {
        return new UsageException(option + ": " + actual + " (expected: " + expected + ")");
    }
}
