package io.jettylb.testing;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A client's HTTP/2 connection whose streams are seen frame by frame. */
public final class Http2Connection implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 20;

    private final Session session;
    private final String origin;

    /**
     * Connects.
     *
     * @param tls null: HTTP/2 with prior knowledge, without TLS
     */
    public Http2Connection(HTTP2Client client, int port, SslContextFactory.Client tls) throws Exception {
        this.origin = (tls == null ? "http" : "https") + "://127.0.0.1:" + port;
        this.session = client.connect(tls, new InetSocketAddress("127.0.0.1", port), new Session.Listener() {})
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** A request on its way. */
    public final class Exchange implements Stream.Listener {

        private final CompletableFuture<Answer.End> end = new CompletableFuture<>();
        private final List<Integer> interim = new ArrayList<>();
        private final StringBuilder head = new StringBuilder();
        private final StringBuilder body = new StringBuilder();
        private final StringBuilder trailers = new StringBuilder();
        private final boolean toHead;
        private final Runnable headSeen;
        private Stream stream;
        private int status;

        private Exchange(boolean toHead, Runnable headSeen) {
            this.toHead = toHead;
            this.headSeen = headSeen;
        }

        /** Sends content. */
        public void data(String latin1, boolean last) throws Exception {
            ByteBuffer bytes = ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1));
            stream.data(new DataFrame(stream.getId(), bytes, last)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** Sends trailers, which end the request. */
        public void trailers(HttpFields fields) throws Exception {
            MetaData trailer = new MetaData(HttpVersion.HTTP_2, fields);
            stream.headers(new HeadersFrame(stream.getId(), trailer, null, true))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        public void reset() throws Exception {
            stream.reset(new ResetFrame(stream.getId(), ErrorCode.CANCEL_STREAM_ERROR.code))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** Waits for the end of the response, bounded. */
        public Answer await() throws InterruptedException {
            Answer.End how;
            try {
                how = end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException silence) {
                how = Answer.End.SILENT;
            } catch (ExecutionException never) {
                throw new AssertionError(never);
            }
            synchronized (this) {
                return new Answer(
                        status, head.toString(), body.toString(), how, List.copyOf(interim), trailers.toString());
            }
        }

        @Override
        public void onHeaders(Stream answering, HeadersFrame frame) {
            boolean isFinal = false;
            synchronized (this) {
                if (!(frame.getMetaData() instanceof MetaData.Response response)) {
                    lines(frame.getMetaData().getHttpFields(), trailers);
                } else if (response.getStatus() < 200) {
                    interim.add(response.getStatus());
                } else {
                    status = response.getStatus();
                    lines(response.getHttpFields(), head);
                    isFinal = true;
                }
            }
            if (isFinal) {
                headSeen.run();
            }
            next(answering, frame.isEndStream());
        }

        @Override
        public void onDataAvailable(Stream answering) {
            Stream.Data data = answering.readData();
            boolean last = false;
            if (data != null) {
                last = data.frame().isEndStream();
                synchronized (this) {
                    body.append(StandardCharsets.ISO_8859_1.decode(data.frame().getByteBuffer()));
                }
                data.release();
            }
            next(answering, last);
        }

        private void next(Stream answering, boolean last) {
            if (last) {
                end.complete(lengthIsKept() ? Answer.End.COMPLETE : Answer.End.GARBAGE);
            } else {
                answering.demand();
            }
        }

        private synchronized boolean lengthIsKept() {
            String length = RawMessages.field(head.toString(), "content-length");
            return length == null || toHead || status == 304 || Long.parseLong(length) == body.length();
        }

        @Override
        public void onReset(Stream broken, ResetFrame frame, Callback callback) {
            callback.succeeded();
            end.complete(Answer.End.CUT);
        }

        @Override
        public void onFailure(Stream broken, int error, String reason, Throwable failure, Callback callback) {
            callback.succeeded();
            end.complete(Answer.End.CUT);
        }

        private static void lines(HttpFields fields, StringBuilder to) {
            for (HttpField field : fields) {
                to.append(field.getName()).append(": ").append(field.getValue()).append("\r\n");
            }
        }
    }

    /**
     * Sends the head of a request.
     *
     * @param last whether there is nothing more to send
     * @param headSeen called when the head of the final response is here
     */
    public Exchange send(String method, String path, HttpFields fields, boolean last, Runnable headSeen)
            throws Exception {
        MetaData.Request head =
                new MetaData.Request(method, HttpURI.from(origin + path), HttpVersion.HTTP_2, fields, -1);
        Exchange exchange = new Exchange("HEAD".equals(method), headSeen);
        exchange.stream =
                session.newStream(new HeadersFrame(head, null, last), exchange).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return exchange;
    }

    @Override
    public void close() {
        session.close(ErrorCode.NO_ERROR.code, "done", Callback.NOOP);
    }
}
