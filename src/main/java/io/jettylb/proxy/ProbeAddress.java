package io.jettylb.proxy;

import io.jettylb.config.ProbeCheck;
import io.jettylb.config.UpstreamConfig;
import java.net.URI;

/** Where the probes of an upstream go to. */
final class ProbeAddress {

    private ProbeAddress() {}

    /**
     * Scheme and authority.
     *
     * @param upstream the upstream
     * @param scheme another scheme than its own, or null
     * @param check which may name another port
     * @return without a path
     */
    static String origin(UpstreamConfig upstream, String scheme, ProbeCheck check) {
        URI own = upstream.uri();
        int port = check.port() == 0 ? own.getPort() : check.port();
        return (scheme == null ? own.getScheme() : scheme) + "://" + own.getHost() + (port < 0 ? "" : ":" + port);
    }
}
