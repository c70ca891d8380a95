package io.jettylb.proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.NegotiatingClientConnection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;

/**
 * The beginning of a connection with TLS: it is offered to requests only after its handshake. Otherwise the client
 * library would write the first request into it to begin the handshake, and a handshake that fails could not be told
 * from an upstream that broke a request it had seen.
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
     * @param next makes the connection proper
     * @return makes either
     */
    static ClientConnectionFactory before(Executor executor, Duration timeout, ClientConnectionFactory next) {
        return new ClientConnectionFactory() {
            @Override
            public Connection newConnection(EndPoint endPoint, Map<String, Object> context) throws IOException {
                return endPoint instanceof SslConnection.SslEndPoint secure && !isOver(secure)
                        ? new TlsHandshake(secure, executor, next, context, timeout)
                        : next.newConnection(endPoint, context);
            }
        };
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
        completed(null);
    }

    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return super.onIdleExpired(new TimeoutException("no TLS handshake within " + timeoutMillis + " ms"));
    }
}
