package io.jettylb.config;

import java.util.Locale;

/** What is spoken with the upstreams of a pool. */
public enum Protocol {
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2 without TLS, begun at once (prior knowledge). */
    H2C;

    /**
     * The name in the configuration.
     *
     * @return in lower case
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
