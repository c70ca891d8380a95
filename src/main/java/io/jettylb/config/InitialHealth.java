package io.jettylb.config;

import java.util.Locale;

/** What is believed of an upstream before its first probe has an answer. */
public enum InitialHealth {
    /** It gets nothing; the first pass brings it up. */
    DOWN,
    /** It is up as if it had passed for long: only {@code fall} failures in a row take it down. */
    UP,
    /** It is up, and the first probe alone decides. */
    UNTIL_FIRST_PROBE;

    /**
     * The name in the configuration.
     *
     * @return in lower case, with hyphens
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
