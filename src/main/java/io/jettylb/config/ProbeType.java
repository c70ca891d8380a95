package io.jettylb.config;

import java.util.Locale;

/** What a probe does. */
public enum ProbeType {
    /** An HTTP request in the pool's protocol, and what comes back is judged. */
    HTTP,
    /** A connection that is made and closed. */
    TCP,
    /** A connection with a TLS handshake, by the pool's TLS settings. */
    TLS,
    /** A call of gRPC's health checking protocol, {@code grpc.health.v1.Health/Check}, over HTTP/2. */
    GRPC;

    /**
     * The name in the configuration.
     *
     * @return in lower case
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
