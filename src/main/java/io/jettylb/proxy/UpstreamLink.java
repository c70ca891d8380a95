package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.io.Transport;

/**
 * How connections to one upstream are made, beyond its address: over the network or a socket in the file system, with
 * which keys, and whether they begin with the client's address. Thread-safe.
 */
final class UpstreamLink {

    private final Transport plain;
    private final UpstreamTls tls;
    private final ProxyTags proxyTags;

    /**
     * A link.
     *
     * @param pool the upstream's pool
     * @param upstream the upstream
     * @param tls the pool's TLS; null if it has none
     */
    UpstreamLink(PoolConfig pool, UpstreamConfig upstream, UpstreamTls tls) {
        this.plain = upstream.socket() == null ? Transport.TCP_IP : new Transport.TCPUnix(upstream.socket());
        this.tls = upstream.uri().getScheme().equals("https") ? tls : null;
        this.proxyTags = ProxyTags.of(pool.proxyProtocol());
    }

    /** Tells a request, on behalf of a client, over which connections it may go. */
    void prepare(Request request, org.eclipse.jetty.server.Request client) {
        request.transport(transport());
        if (proxyTags != null) {
            request.tag(proxyTags.client(client.getConnectionMetaData()));
        }
    }

    /** The same for a request that is our own, with a connection of its own: the keys in force are those of that moment. */
    void prepareOwn(Request request) {
        request.transport(plain);
        if (proxyTags != null) {
            request.tag(proxyTags.ourselves());
        }
    }

    /** The same for a request that is our own, over connections that are kept: none of them outlives its keys. */
    void prepareKept(Request request) {
        request.transport(transport());
        if (proxyTags != null) {
            request.tag(proxyTags.ourselves());
        }
    }

    private Transport transport() {
        return tls == null ? plain : tls.transport();
    }

    /** Whether the connections of a destination, if there is one, are the right ones for any request from now on. */
    boolean leadsTo(HttpDestination destination) {
        return destination != null
                && proxyTags == null
                && destination.getOrigin().getTransport() == transport();
    }
}
