package io.jettylb.proxy;

import java.io.IOException;
import java.util.Map;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.HTTP2ClientConnectionFactory;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HTTPSessionListenerPromise;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.EndPoint;

/** Makes {@link EarlyEnds} of the HTTP/2 connections of Jetty 12.0. */
final class EarlyEndsFactory extends ClientConnectionFactoryOverHTTP2 {

    private final HTTP2Client http2;
    private final ClientConnectionFactory factory = new HTTP2ClientConnectionFactory();

    EarlyEndsFactory(HTTP2Client http2) {
        super(http2);
        this.http2 = http2;
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(EndPoint endPoint, Map<String, Object> context)
            throws IOException {
        HTTPSessionListenerPromise listener = new HTTPSessionListenerPromise(context) {
            @Override
            protected Connection newConnection(Destination destination, Session session, HTTP2Connection connection) {
                return new EarlyEnds(destination, session, connection);
            }
        };
        context.put(HTTP2ClientConnectionFactory.CLIENT_CONTEXT_KEY, http2);
        context.put(HTTP2ClientConnectionFactory.SESSION_LISTENER_CONTEXT_KEY, listener);
        context.put(HTTP2ClientConnectionFactory.SESSION_PROMISE_CONTEXT_KEY, listener);
        return factory.newConnection(endPoint, context);
    }
}
