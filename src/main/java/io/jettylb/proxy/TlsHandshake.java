package io.jettylb.proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.NegotiatingClientConnection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;

/**
 * The beginning of a connection with TLS: it is offered to requests only after its handshake. Otherwise the client
 * library would write the first request into it to begin the handshake, and a handshake that fails could not be told
 * from an upstream that broke a request it had seen. The protocol for after it is agreed upon in it (ALPN), if there is a
 * choice.
 */
final class TlsHandshake extends NegotiatingClientConnection implements SslHandshakeListener {

    private final long timeoutMillis;
    private long laterTimeoutMillis;

    private TlsHandshake(
            SslConnection.SslEndPoint endPoint,
            Executor executor,
            ClientConnectionFactory next,
            Map<String, Object> context,
            Duration timeout) {
        super(endPoint, executor, endPoint.getSslConnection().getSSLEngine(), next, context);
        this.timeoutMillis = timeout.toMillis();
        endPoint.getSslConnection().addHandshakeListener(this);
    }

    /**
     * Puts the handshake before a connection that is to have one and has not had it yet.
     *
     * @param executor whose threads drive it
     * @param timeout for how long the upstream may be silent in it
     * @param protocols offered for what follows, the best one first; empty: nothing is said of it
     * @param next makes the connection proper
     * @return makes either
     */
    static ClientConnectionFactory before(
            Executor executor, Duration timeout, List<String> protocols, ClientConnectionFactory next) {
        return new ClientConnectionFactory() {
            @Override
            public Connection newConnection(EndPoint endPoint, Map<String, Object> context) throws IOException {
                if (!(endPoint instanceof SslConnection.SslEndPoint secure) || isOver(secure)) {
                    return next.newConnection(endPoint, context);
                }
                if (!protocols.isEmpty()) {
                    SSLEngine engine = secure.getSslConnection().getSSLEngine();
                    SSLParameters parameters = engine.getSSLParameters();
                    parameters.setApplicationProtocols(protocols.toArray(String[]::new));
                    engine.setSSLParameters(parameters);
                }
                return new TlsHandshake(secure, executor, next, context, timeout);
            }
        };
    }

    /** The protocol that both sides have agreed upon; empty if they have not. */
    static String agreed(SslConnection.SslEndPoint endPoint) {
        String protocol = endPoint.getSslConnection().getSSLEngine().getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    /** Where a protocol was negotiated, the handshake is over before there is a connection of that protocol. */
    private static boolean isOver(SslConnection.SslEndPoint endPoint) {
        return !"NONE"
                .equals(endPoint.getSslConnection().getSSLEngine().getSession().getProtocol());
    }

    @Override
    public void onOpen() {
        laterTimeoutMillis = getEndPoint().getIdleTimeout();
        getEndPoint().setIdleTimeout(timeoutMillis);
        super.onOpen();
    }

    @Override
    public void handshakeSucceeded(Event event) {
        getEndPoint().setIdleTimeout(laterTimeoutMillis);
        completed(agreed((SslConnection.SslEndPoint) getEndPoint()));
    }

    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return super.onIdleExpired(new TimeoutException("no TLS handshake within " + timeoutMillis + " ms"));
    }
}
