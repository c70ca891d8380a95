package io.jettylb.testing;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.RawHTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** An upstream that speaks HTTP/2: without TLS, by prior knowledge, and nothing else; or over TLS, by ALPN. */
public final class Http2Upstream implements AutoCloseable {

    /** Answers a request; runs on a thread of the upstream's. */
    public interface Script {
        void answer(Request request, Response response, Callback callback) throws Exception;
    }

    /**
     * A request as it arrived.
     *
     * @param line method, path and query, and version
     * @param authority the authority
     * @param fields its fields as {@code name: value}
     */
    public record Received(String line, String authority, List<String> fields) {}

    private final Server server = new Server(new QueuedThreadPool(20));
    private final ServerConnector connector;
    private final List<Received> received = new CopyOnWriteArrayList<>();

    private Http2Upstream(ConnectionFactory... protocols) {
        connector = new ServerConnector(server, 1, 1, protocols);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
    }

    /** Answers whole requests. */
    public static Http2Upstream answering(Script script) throws Exception {
        return answering(new HttpConfiguration(), script);
    }

    /** The same with limits of its own. */
    public static Http2Upstream answering(HttpConfiguration http, Script script) throws Exception {
        Http2Upstream upstream = new Http2Upstream(Unlimited.events(new HTTP2CServerConnectionFactory(http)));
        return upstream.start(script);
    }

    /** Answers whole requests over TLS, with one of these protocols: {@code h2}, {@code http/1.1}. */
    public static Http2Upstream secure(SSLContext context, List<String> protocols, Script script) throws Exception {
        HttpConfiguration http = new HttpConfiguration();
        http.addCustomizer(new SecureRequestCustomizer(false));
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(context);
        List<ConnectionFactory> factories = new ArrayList<>();
        factories.add(new SslConnectionFactory(tls, "alpn"));
        // Who does not ask gets the last one.
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory(protocols.toArray(String[]::new));
        alpn.setDefaultProtocol(protocols.get(protocols.size() - 1));
        factories.add(alpn);
        if (protocols.contains("h2")) {
            factories.add(Unlimited.events(new HTTP2ServerConnectionFactory(http)));
        }
        if (protocols.contains("http/1.1")) {
            factories.add(new HttpConnectionFactory(http));
        }
        return new Http2Upstream(factories.toArray(ConnectionFactory[]::new)).start(script);
    }

    private Http2Upstream start(Script script) throws Exception {
        server.setHandler(new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                received.add(new Received(
                        request.getMethod() + " " + request.getHttpURI().getPathQuery() + " "
                                + request.getConnectionMetaData().getHttpVersion(),
                        request.getHttpURI().getAuthority(),
                        request.getHeaders().stream()
                                .map(field -> field.getName() + ": " + field.getValue())
                                .toList()));
                script.answer(request, response, callback);
                return true;
            }
        });
        server.start();
        return this;
    }

    /** Answers frames. */
    public static Http2Upstream raw(ServerSessionListener frames) throws Exception {
        Http2Upstream upstream = new Http2Upstream(
                Unlimited.events(new RawHTTP2ServerConnectionFactory(new HttpConfiguration(), frames)));
        upstream.server.start();
        return upstream;
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    /** The same with TLS, by a name that leads here. */
    public URI secureUri(String host) {
        return URI.create("https://" + host + ":" + connector.getLocalPort());
    }

    public int port() {
        return connector.getLocalPort();
    }

    /** The requests so far. */
    public List<Received> received() {
        return received;
    }

    /** How many connections there are. */
    public int connections() {
        return connector.getConnectedEndPoints().size();
    }

    public Server server() {
        return server;
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
