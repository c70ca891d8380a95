package io.jettylb.config;

import java.util.Locale;

/** What is spoken with the upstreams of a pool. */
public enum Protocol {
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2 without TLS, begun at once (prior knowledge). */
    H2C,
    /** HTTP/2 over TLS, agreed upon by ALPN. */
    H2,
    /** Over TLS HTTP/2 or HTTP/1.1, whichever an upstream chooses by ALPN; HTTP/1.1 without TLS. */
    AUTO;

    /**
     * The name in the configuration.
     *
     * @return in lower case
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
