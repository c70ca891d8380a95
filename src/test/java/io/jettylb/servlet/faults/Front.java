package io.jettylb.servlet.faults;

import io.jettylb.testing.Answer;
import io.jettylb.testing.Http2Connection;
import io.jettylb.testing.RawClient;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.client.HTTP2Client;

/** A protocol that clients speak. */
enum Front {
    HTTP1("HTTP/1.1") {
        @Override
        Client connect(HTTP2Client http2, int port) throws Exception {
            return new Http1(new RawClient(port));
        }
    },
    H2C("h2c") {
        @Override
        Client connect(HTTP2Client http2, int port) throws Exception {
            return new Http2(new Http2Connection(http2, port, null));
        }
    };

    private static final String CONTENT = "content of a request";
    private static final int HALF = 10_000;

    private final String text;

    Front(String text) {
        this.text = text;
    }

    /** A connection. */
    interface Client extends AutoCloseable {

        /**
         * Asks and reads the answer to whatever end it comes.
         *
         * @param half whether only a part of the content is sent
         */
        Answer ask(String method, String path, boolean half, Runnable headSeen) throws Exception;

        /** Whether the connection must be fit for another request. */
        boolean reusableAfter(Answer answer, boolean half);

        @Override
        void close() throws Exception;
    }

    abstract Client connect(HTTP2Client http2, int port) throws Exception;

    private record Http1(RawClient client) implements Client {

        @Override
        public Answer ask(String method, String path, boolean half, Runnable headSeen) throws Exception {
            boolean post = "POST".equals(method);
            // In one write: whoever answers early may close the connection before a second one.
            client.send(method + " " + path + " HTTP/1.1\r\nHost: client.example\r\n"
                    + (post ? "Content-Length: " + (half ? HALF : CONTENT.length()) + "\r\n\r\n" + CONTENT : "\r\n"));
            return client.answer("HEAD".equals(method), headSeen);
        }

        @Override
        public boolean reusableAfter(Answer answer, boolean half) {
            boolean delimited = answer.field("content-length") != null
                    || answer.field("transfer-encoding") != null
                    || answer.status() == 204
                    || answer.status() == 304;
            return answer.complete() && delimited && !"close".equals(answer.field("connection")) && !half;
        }

        @Override
        public void close() throws Exception {
            client.close();
        }
    }

    private record Http2(Http2Connection connection) implements Client {

        @Override
        public Answer ask(String method, String path, boolean half, Runnable headSeen) throws Exception {
            boolean post = "POST".equals(method);
            Http2Connection.Exchange exchange = connection.send(method, path, HttpFields.EMPTY, !post, headSeen);
            if (post) {
                try {
                    exchange.data(CONTENT, !half);
                } catch (ExecutionException answered) {
                    // Who has answered early may not want the content: the answer counts.
                    return exchange.await();
                }
            }
            return exchange.await();
        }

        @Override
        public boolean reusableAfter(Answer answer, boolean half) {
            return true;
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
