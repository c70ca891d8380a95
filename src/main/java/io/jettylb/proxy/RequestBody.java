package io.jettylb.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;

/**
 * The content of a client's request, streamed to whichever attempt reads it. As long as another attempt is possible, what
 * was read is kept, up to a limit. A failure of the client is told to the exchange before the transport sees it, so that
 * no upstream is blamed for it. Read by one attempt at a time.
 */
final class RequestBody {

    private static final byte[] NOTHING = {};
    private static final int FIRST = 1024;

    private final Exchange exchange;
    private final Request request;
    private final long length;
    private final boolean empty;
    private final boolean connect;
    private final AtomicReference<Content.Chunk> first = new AtomicReference<>();
    private final int limit;
    private final AtomicReference<Runnable> waiting;
    private final AtomicBoolean demanded;
    private byte[] kept = NOTHING;
    private int count;
    private volatile boolean keeping;
    private volatile long received;
    private volatile HttpFields trailers;
    private volatile boolean read;
    private volatile boolean ended;
    private BodyReading latest;
    private volatile boolean closed;

    /**
     * Takes the content of a request.
     *
     * @param limit how many bytes of it are kept at most
     */
    RequestBody(Exchange exchange, Request request, int limit) {
        this.exchange = exchange;
        this.request = request;
        // What comes after a CONNECT is no content.
        this.connect = Upgrade.isExtendedConnect(request);
        this.length = connect ? -1 : request.getLength();
        this.empty = connect || length == 0 || length < 0 && isEmptyOfUnknownLength();
        this.limit = limit;
        // Most requests have no content.
        this.waiting = empty ? null : new AtomicReference<>();
        this.demanded = empty ? null : new AtomicBoolean();
        this.keeping = !empty && limit > 0;
        if (!empty && !isStream()) {
            request.addHttpStreamWrapper(End::new);
        }
    }

    /**
     * The end of a request of HTTP/1. Content that was asked for and has not come must not pass for the next request: Jetty
     * 12.1 closes the connection of such a client, but not if the content comes in this very moment.
     */
    private final class End extends HttpStream.Wrapper {
        End(HttpStream stream) {
            super(stream);
        }

        @Override
        public void succeeded() {
            if (demanded.get()) {
                super.failed(new EofException("content is still asked for"));
            } else {
                super.succeeded();
            }
        }
    }

    /** Without a length, HTTP/1 says by Transfer-Encoding whether there is content; HTTP/2 by the next frame only. */
    private boolean isEmptyOfUnknownLength() {
        if (!isStream()) {
            // A length that is not known any more although it was stated: a filter gives other content.
            return !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                    && !request.getHeaders().contains(HttpHeader.CONTENT_LENGTH);
        }
        Content.Chunk chunk = request.read();
        first.set(chunk);
        return chunk != null
                && chunk.isLast()
                && !chunk.hasRemaining()
                && !Content.Chunk.isFailure(chunk)
                && !(chunk instanceof Trailers);
    }

    private boolean isStream() {
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        return version.getVersion() > HttpVersion.HTTP_1_1.getVersion();
    }

    /**
     * Why the client has reset a request that has no content, which no reading will tell; null if it has not. For a reset
     * that came before anybody listened, of which the container says nothing.
     */
    Throwable reset() {
        if (!empty || connect || !isStream()) {
            return null;
        }
        Content.Chunk chunk = request.read();
        if (chunk == null) {
            return null;
        }
        chunk.release();
        return chunk.getFailure();
    }

    /** Whether there is nothing to send. */
    boolean isEmpty() {
        return empty;
    }

    long length() {
        return length;
    }

    /** Where the transport finds the trailer fields when it has sent the content; null if there cannot be any. */
    Supplier<HttpFields> trailers() {
        return empty || length >= 0 ? null : () -> TrailerFields.passedOn(trailers);
    }

    /** Whether everything that was taken from it can be sent again. */
    boolean isWhole() {
        return received == 0 || keeping;
    }

    /** Whether the client has sent everything. */
    boolean isRead() {
        return empty || read;
    }

    /** Whether the end was seen, too: not all that is said to be the last byte is. */
    boolean isEnded() {
        return empty || ended;
    }

    /** For one more attempt; null where the message shall not mention content at all. */
    BodyReading reading() {
        latest = empty && length < 0 ? null : new BodyReading(this);
        return latest;
    }

    /**
     * For an attempt beside the latest one; null where the message shall not mention content at all.
     *
     * @throws IllegalStateException unless {@link #isKept}
     */
    KeptContent again() {
        if (!isKept()) {
            throw new IllegalStateException("content of which not all is there");
        }
        return latest == null ? null : new KeptContent(ByteBuffer.wrap(kept, 0, count), length);
    }

    /** Whether the client has sent everything, the latest attempt has read it, and all of it is kept. */
    boolean isKept() {
        return empty || latest.isComplete() && isWhole();
    }

    /** There will be no other attempt: nothing more is kept. */
    void settle() {
        keeping = false;
        if (latest != null && latest.isComplete()) {
            kept = NOTHING;
            count = 0;
        }
    }

    /** The exchange is over: from now on the client's request must not be touched. */
    void close() {
        closed = true;
        keeping = false;
        Content.Chunk unread = first.getAndSet(null);
        if (unread != null) {
            unread.release();
        }
    }

    /** What was kept from a position on; null if that is the end of it. */
    ByteBuffer kept(int position) {
        if (position < count) {
            return ByteBuffer.wrap(kept, position, count - position).slice();
        }
        if (!keeping) {
            // Whoever has read all of it needs it no longer.
            kept = NOTHING;
            count = 0;
        }
        return null;
    }

    int keptBytes() {
        return count;
    }

    Content.Chunk read() {
        if (closed) {
            return Content.Chunk.from(new IllegalStateException("exchange is over"), true);
        }
        Content.Chunk chunk = first.getAndSet(null);
        // What an earlier attempt has asked for comes to whoever asks now. Until then nobody reads: the connection of a
        // client whose content is still asked for when the response is complete is closed by the container.
        if (chunk == null && !demanded.get()) {
            chunk = request.read();
        }
        if (chunk == null) {
            exchange.clientPaused();
            return null;
        }
        Throwable failure = failure(chunk);
        if (failure != null) {
            exchange.clientFailed(failure);
            // Also a transient failure, an idle timeout, is the end for us.
            return Content.Chunk.from(failure, true);
        }
        if (chunk.isLast() || received == length) {
            read = true;
        }
        ended = chunk.isLast();
        if (keeping) {
            keep(chunk.getByteBuffer());
        }
        if (chunk instanceof Trailers last) {
            trailers = TrailerFields.ofThisRequest(last.getTrailers(), request.getConnectionMetaData());
        }
        exchange.clientResumed();
        return chunk;
    }

    /** Copied, since a chunk of a byte may hold a whole buffer of the network. */
    private void keep(ByteBuffer content) {
        int more = content.remaining();
        if (more > limit - count) {
            keeping = false;
            kept = NOTHING;
            count = 0;
            return;
        }
        if (count + more > kept.length) {
            long most = length < 0 ? limit : Math.min(limit, length);
            long wanted = Math.max(Math.max(FIRST, kept.length * 2L), count + more);
            kept = Arrays.copyOf(kept, (int) Math.min(most, wanted));
        }
        content.slice().get(kept, count, more);
        count += more;
    }

    /** Whether the client broke its request with this chunk, which is released then. */
    private Throwable failure(Content.Chunk chunk) {
        if (Content.Chunk.isFailure(chunk)) {
            return chunk.getFailure();
        }
        received += chunk.remaining();
        if (length < 0 || (chunk.isLast() ? received == length : received <= length)) {
            return null;
        }
        // HTTP/2 may end a request before its length; an upstream would take the rest from whatever is sent next.
        chunk.release();
        return new IOException("content of " + received + " bytes (expected: " + length + ")");
    }

    /** Calls back when there is something to read. An attempt that came to its end while it waited is forgotten. */
    void demand(Runnable demandCallback) {
        if (closed || empty) {
            demandCallback.run();
            return;
        }
        waiting.set(demandCallback);
        if (demanded.compareAndSet(false, true)) {
            request.demand(this::available);
        }
    }

    private void available() {
        demanded.set(false);
        Runnable reader = waiting.getAndSet(null);
        if (reader != null) {
            reader.run();
        }
    }
}
