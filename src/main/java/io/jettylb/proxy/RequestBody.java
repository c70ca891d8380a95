package io.jettylb.proxy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * The content of a client's request, streamed to whichever attempt reads it: nothing is buffered, and a failure of the
 * client is told to the exchange before the transport sees it, so that no upstream is blamed for it.
 */
final class RequestBody implements org.eclipse.jetty.client.Request.Content {

    private final Exchange exchange;
    private final Request request;
    private final long length;
    private final boolean empty;
    private final AtomicReference<Content.Chunk> first = new AtomicReference<>();
    private volatile long received;
    private volatile HttpFields trailers;
    private volatile boolean read;
    private volatile boolean closed;

    RequestBody(Exchange exchange, Request request) {
        this.exchange = exchange;
        this.request = request;
        // What comes after a CONNECT is no content.
        boolean connect = Upgrade.isExtendedConnect(request);
        this.length = connect ? -1 : request.getLength();
        this.empty = connect || length == 0 || length < 0 && isEmptyOfUnknownLength();
    }

    /** Without a length, HTTP/1 says by Transfer-Encoding whether there is content; HTTP/2 by the next frame only. */
    private boolean isEmptyOfUnknownLength() {
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (version.getVersion() <= HttpVersion.HTTP_1_1.getVersion()) {
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

    /** Whether there is nothing to send: an attempt with this content can be repeated. */
    boolean isEmpty() {
        return empty;
    }

    /** Where the transport finds the trailer fields when it has sent the content; null if there cannot be any. */
    Supplier<HttpFields> trailers() {
        return empty || length >= 0 ? null : () -> TrailerFields.passedOn(trailers);
    }

    /** Whether nothing was taken from it yet. */
    boolean isUntouched() {
        return received == 0;
    }

    /** Whether the client has sent everything. */
    boolean isRead() {
        return empty || read;
    }

    /** What the transport is to send: this, or null where the message shall not mention content at all. */
    org.eclipse.jetty.client.Request.Content toSend() {
        return empty && length < 0 ? null : this;
    }

    /** The exchange is over: from now on the client's request must not be touched. */
    void close() {
        closed = true;
        Content.Chunk unread = first.getAndSet(null);
        if (unread != null) {
            unread.release();
        }
    }

    @Override
    public String getContentType() {
        // The client's field is copied; where it sent none, none is made up.
        return null;
    }

    @Override
    public long getLength() {
        return length;
    }

    @Override
    public Content.Chunk read() {
        if (closed) {
            return Content.Chunk.from(new IllegalStateException("exchange is over"), true);
        }
        if (empty) {
            return Content.Chunk.EOF;
        }
        Content.Chunk chunk = first.getAndSet(null);
        if (chunk == null) {
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
        if (chunk instanceof Trailers last) {
            trailers = TrailerFields.ofThisRequest(last.getTrailers(), request.getConnectionMetaData());
        }
        exchange.clientResumed();
        return chunk;
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

    @Override
    public void demand(Runnable demandCallback) {
        if (closed) {
            demandCallback.run();
        } else {
            request.demand(demandCallback);
        }
    }

    @Override
    public void fail(Throwable failure) {
        // A failed attempt is not the end of the client's request: the exchange decides what becomes of it.
    }
}
