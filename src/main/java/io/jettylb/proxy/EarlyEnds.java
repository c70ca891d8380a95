package io.jettylb.proxy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.http2.HTTP2Channel;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.transport.internal.HttpChannelOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.PushPromiseFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.AutoLock;

/**
 * A connection for Jetty 12.0, which throws a whole response away if the upstream resets the stream behind it, as an
 * upstream does that wants no more of the request (RFC 9113, 8.1): gRPC does it for each call that ends early. So it does
 * if the upstream closes the connection behind the response. What has arrived is set aside before Jetty sees either.
 * Jetty 12.1 needs none of this, and is not made for it.
 */
final class EarlyEnds extends HttpConnectionOverHTTP2 implements HTTP2Session.FrameListener {

    EarlyEnds(Destination destination, Session session, HTTP2Connection connection) {
        super(destination, session, connection);
        ((HTTP2Session) session).addEventListener(this);
    }

    @Override
    protected HttpChannelOverHTTP2 newHttpChannel() {
        return new Channel(this);
    }

    @Override
    public void onIncomingFrame(Session session, Frame frame) {
        if (frame instanceof ResetFrame reset
                && session.getStream(reset.getStreamId()) instanceof HTTP2Stream stream
                && stream.getAttachment() instanceof Whole whole) {
            whole.keep();
        }
    }

    /** Nothing more will come: what is whole by now is not to be failed for it. */
    void keepWhole() {
        for (Stream stream : getSession().getStreams()) {
            if (stream instanceof HTTP2Stream own && own.getAttachment() instanceof Whole whole) {
                whole.keep();
            }
        }
    }

    /** One request at a time. */
    private static final class Channel extends HttpChannelOverHTTP2 {

        private volatile Whole whole;

        Channel(EarlyEnds connection) {
            super(connection, connection.getSession());
        }

        @Override
        public void setStream(Stream stream) {
            super.setStream(stream);
            if (stream == null) {
                Whole over = whole;
                whole = null;
                if (over != null) {
                    over.discard();
                }
            } else {
                HTTP2Stream own = (HTTP2Stream) stream;
                whole = new Whole(own, (HTTP2Channel.Client) own.getAttachment());
                own.setAttachment(whole);
            }
        }

        @Override
        public Stream getStream() {
            return whole;
        }
    }

    /** A stream whose response, once it is whole, cannot be lost. */
    private static final class Whole implements Stream, HTTP2Channel.Client {

        private final HTTP2Stream stream;
        private final HTTP2Channel.Client receiver;
        private final AutoLock lock = new AutoLock();
        private Deque<Data> kept;
        private volatile boolean whole;

        Whole(HTTP2Stream stream, HTTP2Channel.Client receiver) {
            this.stream = stream;
            this.receiver = receiver;
        }

        /** Takes what there is to read, if the end is part of it. */
        void keep() {
            try (AutoLock ignored = lock.lock()) {
                if (whole || stream.isReset()) {
                    return;
                }
                Deque<Data> taken = new ArrayDeque<>();
                boolean ended = stream.isRemotelyClosed();
                for (Data data = stream.readData(); data != null; data = stream.readData()) {
                    taken.add(data);
                    if (data.frame().isEndStream()) {
                        ended = true;
                        if (!data.frame().getByteBuffer().hasRemaining()) {
                            // Jetty repeats the end for ever.
                            break;
                        }
                    }
                }
                if (ended) {
                    kept = taken;
                    whole = true;
                } else {
                    taken.forEach(Data::release);
                }
            }
        }

        /** Releases what nobody wanted to read. */
        void discard() {
            try (AutoLock ignored = lock.lock()) {
                if (kept != null) {
                    kept.forEach(Data::release);
                    kept = null;
                }
            }
        }

        @Override
        public Data readData() {
            try (AutoLock ignored = lock.lock()) {
                Data data = kept == null ? null : kept.poll();
                return data == null ? stream.readData() : data;
            }
        }

        @Override
        public boolean isReset() {
            return !whole && stream.isReset();
        }

        @Override
        public Runnable onReset(ResetFrame frame, Callback callback) {
            if (!whole) {
                return receiver.onReset(frame, callback);
            }
            // The reader finds the end; what becomes of the request is decided there.
            callback.succeeded();
            return null;
        }

        @Override
        public Runnable onDataAvailable() {
            return receiver.onDataAvailable();
        }

        @Override
        public Runnable onTimeout(TimeoutException failure, Promise<Boolean> promise) {
            return receiver.onTimeout(failure, promise);
        }

        @Override
        public Runnable onFailure(Throwable failure, Callback callback) {
            if (!whole) {
                return receiver.onFailure(failure, callback);
            }
            callback.succeeded();
            return null;
        }

        @Override
        public int getId() {
            return stream.getId();
        }

        @Override
        public Listener getListener() {
            return stream.getListener();
        }

        @Override
        public Session getSession() {
            return stream.getSession();
        }

        @Override
        public void headers(HeadersFrame frame, Callback callback) {
            stream.headers(frame, callback);
        }

        @Override
        public void push(PushPromiseFrame frame, Promise<Stream> promise, Listener listener) {
            stream.push(frame, promise, listener);
        }

        @Override
        public void data(DataFrame frame, Callback callback) {
            stream.data(frame, callback);
        }

        @Override
        public void reset(ResetFrame frame, Callback callback) {
            stream.reset(frame, callback);
        }

        @Override
        public Object getAttribute(String key) {
            return stream.getAttribute(key);
        }

        @Override
        public void setAttribute(String key, Object value) {
            stream.setAttribute(key, value);
        }

        @Override
        public Object removeAttribute(String key) {
            return stream.removeAttribute(key);
        }

        @Override
        public boolean isLocal() {
            return stream.isLocal();
        }

        @Override
        public boolean isRemotelyClosed() {
            return stream.isRemotelyClosed();
        }

        @Override
        public boolean isClosed() {
            return stream.isClosed();
        }

        @Override
        public long getIdleTimeout() {
            return stream.getIdleTimeout();
        }

        @Override
        public void setIdleTimeout(long idleTimeout) {
            stream.setIdleTimeout(idleTimeout);
        }

        @Override
        public void demand() {
            stream.demand();
        }
    }
}
