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
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Jetty;

/**
 * Makes HTTP/2 connections whose end is no end of the requests that they still have: the session itself fails those that
 * can no longer be completed, and knows which ones these are.
 */
final class Http2Sessions extends ClientConnectionFactoryOverHTTP2 {

    /** Throws whole responses away, and has other names for what it makes a connection from. */
    private static final boolean OLD = Jetty.VERSION.startsWith("12.0.");

    private final HTTP2Client http2;
    private final ClientConnectionFactory factory = new HTTP2ClientConnectionFactory();

    Http2Sessions(HTTP2Client http2) {
        super(http2);
        this.http2 = http2;
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(EndPoint endPoint, Map<String, Object> context)
            throws IOException {
        Listener listener = new Listener(context);
        if (OLD) {
            context.put(HTTP2ClientConnectionFactory.CLIENT_CONTEXT_KEY, http2);
            context.put(HTTP2ClientConnectionFactory.SESSION_LISTENER_CONTEXT_KEY, listener);
            context.put(HTTP2ClientConnectionFactory.SESSION_PROMISE_CONTEXT_KEY, listener);
        } else {
            context.put(HTTP2Client.class.getName(), http2);
            context.put(Session.Listener.class.getName(), listener);
            context.put(Session.class.getName() + ".promise", listener);
        }
        return factory.newConnection(endPoint, context);
    }

    /** For one session. */
    private static final class Listener extends HTTPSessionListenerPromise {

        private volatile Connection made;

        Listener(Map<String, Object> context) {
            super(context);
        }

        @Override
        protected Connection newConnection(Destination destination, Session session, HTTP2Connection connection) {
            Connection next = OLD
                    ? new EarlyEnds(destination, session, connection)
                    : super.newConnection(destination, session, connection);
            made = next;
            return next;
        }

        @Override
        public void onClose(HttpConnectionOverHTTP2 connection, GoAwayFrame frame) {
            if (OLD) {
                super.onClose(connection, frame);
            } else {
                // To close it would abort what has arrived and was not read yet.
                remove(connection);
            }
        }

        @Override
        public void onFailure(Session session, Throwable failure, Callback callback) {
            Connection connection = made;
            if (connection == null) {
                super.onFailure(session, failure, callback);
                return;
            }
            if (connection instanceof EarlyEnds early) {
                early.keepWhole();
                super.onFailure(session, failure, Callback.NOOP);
            } else {
                remove(connection);
            }
            // Not left to Jetty, which says nothing for a connection that it has closed: the session would wait, with
            // its socket open.
            callback.succeeded();
        }

        private static void remove(Connection connection) {
            HttpConnectionOverHTTP2 http2 = (HttpConnectionOverHTTP2) connection;
            http2.getHttpDestination().remove(connection);
        }
    }
}
