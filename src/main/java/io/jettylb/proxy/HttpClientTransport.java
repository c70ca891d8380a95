package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.ProxyProtocol;
import io.jettylb.config.UpstreamConfig;
import java.net.URI;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProtocolHandlers;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.ContainerLifeCycle;

/**
 * Sends attempts by Jetty's {@link HttpClient}, one client for each pool because connect timeout and connection limits
 * are the client's. Threads and timer are the server's.
 */
final class HttpClientTransport extends ContainerLifeCycle implements Transport {

    /** Bytes; what a client gets is limited further by the server's own setting for response heads. */
    private static final int MAX_RESPONSE_HEAD = 64 * 1024;

    private static final Duration DESTINATION_IDLE = Duration.ofMinutes(1);

    /** Where connections belong to clients, there are as many destinations as clients. */
    private static final Duration CLIENT_DESTINATION_IDLE = Duration.ofSeconds(5);

    private final HttpClient client;
    private final SharedConnection.Registry registry;
    private final boolean canUpgrade;
    private final UpstreamTable<Origin> origins;

    /** What is the same for all attempts to one upstream. */
    private final class Origin implements Consumer<UpstreamRequest> {
        private final URI uri;
        private final String basePath;
        private final HttpField host;
        private final UpstreamLink link;
        private volatile HttpDestination destination;

        Origin(UpstreamConfig upstream, UpstreamLink link) {
            this.link = link;
            URI configured = upstream.uri();
            this.uri = URI.create(configured.getScheme() + "://" + configured.getRawAuthority());
            this.basePath = configured.getRawPath();
            boolean defaultPort = configured.getPort() == ("https".equals(configured.getScheme()) ? 443 : 80);
            this.host =
                    new HttpField(HttpHeader.HOST, defaultPort ? configured.getHost() : configured.getRawAuthority());
        }

        /** Sends a request that is complete. */
        @Override
        public void accept(UpstreamRequest request) {
            if (request.upgrades()) {
                // It may need connections of its own: those of HTTP/1.1.
                resolve(request).send(request, request);
                return;
            }
            HttpDestination latest = destination;
            if (!link.leadsTo(latest) || latest.stale()) {
                latest = resolve(request);
                destination = latest;
            }
            latest.send(request, request);
        }
    }

    /**
     * A transport.
     *
     * @param config the pool
     * @param server whose threads and timer are used
     * @param tls the pool's TLS; null if it has none
     */
    HttpClientTransport(PoolConfig config, Server server, UpstreamTls tls) {
        this.client = UpstreamProtocols.client(
                config, server, connector(), tls, config.timeouts().connect());
        this.registry = client.getTransport() instanceof SharedConnection.Registry shared ? shared : connection -> null;
        this.canUpgrade = config.protocol() == Protocol.HTTP1 || config.protocol() == Protocol.AUTO;
        client.setName("lb-" + config.name());
        client.setConnectTimeout(config.timeouts().connect().toMillis());
        client.setIdleTimeout(config.connections().idle().toMillis());
        // What the client keeps for an upstream that gets no more requests goes away.
        boolean forClients = config.proxyProtocol() != ProxyProtocol.OFF;
        client.setDestinationIdleTimeout((forClients ? CLIENT_DESTINATION_IDLE : DESTINATION_IDLE).toMillis());
        client.setMaxConnectionsPerDestination(config.connections().max());
        // Whoever waits for a connection does so for no longer than for a connect; see Attempt.
        client.setMaxRequestsQueuedPerDestination(Integer.MAX_VALUE);
        client.setMaxResponseHeadersSize(MAX_RESPONSE_HEAD);
        client.setFollowRedirects(false);
        client.setUserAgentField(null);
        client.setDefaultRequestContentType(null);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        this.origins = new UpstreamTable<>(
                config.upstreams(), upstream -> new Origin(upstream, new UpstreamLink(config, upstream, tls)));
        addBean(client);
    }

    private static ClientConnector connector() {
        return new ClientConnector() {
            @Override
            protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
                return new UpstreamEndPoint((SocketChannel) channel, selector, key, getScheduler());
            }
        };
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        // The client adds these when it starts; a proxy decodes nothing and follows nothing.
        client.getContentDecoderFactories().clear();
        ProtocolHandlers handlers = client.getProtocolHandlers();
        handlers.clear();
        handlers.put(new InterimResponses());
    }

    HttpClient client() {
        return client;
    }

    /**
     * Closes the idle connections of upstreams that are there no more.
     *
     * @param upstreams those that are
     */
    void retain(Set<UpstreamConfig> upstreams) {
        origins.retain(upstreams, gone -> {
            boolean shared = upstreams.stream()
                    .anyMatch(upstream -> upstream.uri().getRawAuthority().equals(gone.uri.getRawAuthority()));
            HttpDestination destination = gone.destination;
            if (destination != null && !shared) {
                client.removeDestination(destination);
            }
        });
    }

    /** Where the path of a request begins at this upstream. */
    String basePath(UpstreamConfig upstream) {
        return origins.of(upstream).basePath;
    }

    /** The upstream's own {@code Host}. */
    HttpField host(UpstreamConfig upstream) {
        return origins.of(upstream).host;
    }

    /**
     * Jetty 12.0 counts the idle time of a new destination from the beginning of time: it may be taken away before its
     * first request. To ask whether it is stale makes it young.
     */
    private HttpDestination resolve(UpstreamRequest request) {
        HttpDestination destination;
        do {
            destination = (HttpDestination) client.resolveDestination(request);
        } while (destination.stale());
        return destination;
    }

    @Override
    public boolean canUpgrade() {
        return canUpgrade;
    }

    @Override
    public Sending prepare(Attempt attempt) {
        OutgoingRequest outgoing = attempt.request();
        Origin origin = origins.of(outgoing.upstream());
        UpstreamRequest request = new UpstreamRequest(client, origin.uri, attempt, registry, origin);
        outgoing.writeFields(origin.host, request::addHeader);
        request.body(outgoing.content());
        request.trailersSupplier(outgoing.trailers());
        // Deadlines are ours; the client's own idle timeout is for connections that wait in its pool.
        request.idleTimeout(0, TimeUnit.MILLISECONDS);
        origin.link.prepare(request, outgoing.client());
        return request;
    }
}
