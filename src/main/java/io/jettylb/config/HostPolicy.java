package io.jettylb.config;

/**
 * The {@code Host}, or the TLS server name, that an upstream sees.
 *
 * @param kind where it comes from
 * @param name the fixed name, optionally with a port, for {@link Kind#NAME}; otherwise null
 */
public record HostPolicy(Kind kind, String name) {

    /** Where the name comes from. */
    public enum Kind {
        /** What the client sent, unchanged: applications build right redirects and links. */
        CLIENT,
        /** The authority of the upstream's own URI: for virtual hosts that know only themselves. */
        UPSTREAM,
        /** A fixed name from the configuration. */
        NAME
    }
}
