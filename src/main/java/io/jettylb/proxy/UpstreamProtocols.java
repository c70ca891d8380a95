package io.jettylb.proxy;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Server;

/**
 * What can be spoken with upstreams. The libraries of HTTP/2 are an optional module: nothing of them is touched unless a
 * pool wants them.
 */
final class UpstreamProtocols {

    private static final String HTTP2_CLIENT = "org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2";

    private UpstreamProtocols() {}

    /** The protocols that a configuration may name here. */
    static Set<Protocol> spoken() {
        try {
            Class.forName(HTTP2_CLIENT, false, UpstreamProtocols.class.getClassLoader());
            return EnumSet.allOf(Protocol.class);
        } catch (ClassNotFoundException withoutTheModule) {
            return EnumSet.of(Protocol.HTTP1);
        }
    }

    /**
     * A client that speaks the protocol of a pool; all else is the caller's to configure.
     *
     * @param config the pool
     * @param server whose threads, timer and buffers are used
     * @param connector makes the connections; not started
     * @param tls the pool's TLS; null if it has none
     * @param handshakeTimeout for how long an upstream may be silent in a TLS handshake
     */
    static HttpClient client(
            PoolConfig config, Server server, ClientConnector connector, UpstreamTls tls, Duration handshakeTimeout) {
        connector.setSelectors(1);
        if (tls != null) {
            connector.setSslContextFactory(tls.newContextFactory());
        }
        Protocol protocol = config.protocol();
        if (!spoken().contains(protocol)) {
            throw new IllegalStateException(config.name() + ": " + protocol.text()
                    + " (expected: jetty-http2-client-transport on the class path)");
        }
        // Without TLS there is no choice.
        boolean http1 = protocol == Protocol.HTTP1 || protocol == Protocol.AUTO && tls == null;
        HttpClientTransportOverHTTP transport = http1
                ? patient(http1(connector, server, tls, handshakeTimeout), config.connections())
                : Http2Connections.over(connector, config, server.getThreadPool(), handshakeTimeout);
        HttpClient client = client(server, transport);
        boolean onlyHttp2 = protocol == Protocol.H2 || protocol == Protocol.H2C;
        ClientBuffers.configure(client, onlyHttp2 ? server.getByteBufferPool() : null);
        return client;
    }

    private static HttpClientTransportOverHTTP patient(HttpClientTransportOverHTTP http1, ConnectionsConfig rules) {
        http1.setConnectionPoolFactory(
                destination -> new PatientConnections(destination, rules.max(), rules.connecting()));
        return http1;
    }

    /**
     * A client that makes connections without agreeing upon a protocol for what follows; all else is the caller's to
     * configure.
     *
     * @param server whose threads and timer are used
     * @param connector makes the connections; not started
     * @param tls the pool's TLS; null if connections have none
     * @param handshakeTimeout for how long an upstream may be silent in a TLS handshake
     */
    static HttpClient plainClient(
            Server server, ClientConnector connector, UpstreamTls tls, Duration handshakeTimeout) {
        connector.setSelectors(1);
        if (tls != null) {
            connector.setSslContextFactory(tls.newContextFactory());
        }
        HttpClient client = client(server, http1(connector, server, tls, handshakeTimeout));
        ClientBuffers.configure(client, null);
        return client;
    }

    private static HttpClient client(Server server, HttpClientTransportOverHTTP transport) {
        // The cache that ignores case would answer one client with the field value of another response.
        transport.setHeaderCacheCaseSensitive(true);
        HttpClient client = new HttpClient(transport);
        client.setExecutor(server.getThreadPool());
        client.setScheduler(server.getScheduler());
        return client;
    }

    private static HttpClientTransportOverHTTP http1(
            ClientConnector connector, Server server, UpstreamTls tls, Duration handshakeTimeout) {
        return tls == null
                ? new HttpClientTransportOverHTTP(connector)
                : new HttpClientTransportOverHTTP(connector) {
                    private final ClientConnectionFactory afterHandshake = TlsHandshake.before(
                            server.getThreadPool(), handshakeTimeout, List.of(), super::newConnection);

                    @Override
                    public Connection newConnection(EndPoint endPoint, Map<String, Object> context) throws IOException {
                        return afterHandshake.newConnection(endPoint, context);
                    }
                };
    }
}
