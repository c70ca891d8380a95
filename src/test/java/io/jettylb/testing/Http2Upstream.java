package io.jettylb.testing;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.RawHTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** An upstream that speaks HTTP/2 without TLS, by prior knowledge, and nothing else. */
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

    private Http2Upstream(ConnectionFactory http2) throws Exception {
        connector = new ServerConnector(server, 1, 1, Unlimited.events(http2));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
    }

    /** Answers whole requests. */
    public static Http2Upstream answering(Script script) throws Exception {
        return answering(new HttpConfiguration(), script);
    }

    /** The same with limits of its own. */
    public static Http2Upstream answering(HttpConfiguration http, Script script) throws Exception {
        Http2Upstream upstream = new Http2Upstream(new HTTP2CServerConnectionFactory(http));
        upstream.server.setHandler(new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                upstream.received.add(new Received(
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
        upstream.server.start();
        return upstream;
    }

    /** Answers frames. */
    public static Http2Upstream raw(ServerSessionListener frames) throws Exception {
        Http2Upstream upstream =
                new Http2Upstream(new RawHTTP2ServerConnectionFactory(new HttpConfiguration(), frames));
        upstream.server.start();
        return upstream;
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
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
    public void close() throws Exception {
        server.stop();
    }
}
