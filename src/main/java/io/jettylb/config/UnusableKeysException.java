package io.jettylb.config;

/** A file with certificates or keys that cannot be used. Says nothing that stands in the file. */
public final class UnusableKeysException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final String actual;
    private final String expected;

    UnusableKeysException(String key, String actual, String expected) {
        super("tls." + key + ": " + actual + " (expected: " + expected + ")", null, false, false);
        this.key = key;
        this.actual = actual;
        this.expected = expected;
    }

    /** The key of the {@code tls} block that is at fault. */
    String key() {
        return key;
    }

    String actual() {
        return actual;
    }

    String expected() {
        return expected;
    }
}
