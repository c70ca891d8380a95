package io.jettylb.proxy;

import java.io.IOException;
import java.util.ListIterator;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * Passes an upstream's response on: reads a chunk, writes it, reads the next. A chunk is written as soon as it is there,
 * the head alone if content does not follow at once, and never more than one write is under way: that is flushing and
 * backpressure. Driven by one thread at a time.
 */
final class ResponseRelay implements Callback, Invocable.Task {

    private static final HttpField CHUNKED = new PreEncodedHttpField(HttpHeader.TRANSFER_ENCODING, "chunked");
    private static final int IDLE = 0;
    /** {@code Response.write} was called and has not returned. */
    private static final int CALLING = 1;
    /** {@code Response.write} has returned before its callback was called. */
    private static final int PENDING = 2;

    /** How many 1xx responses of an exchange are passed on; more of them are no help to anybody. */
    private static final int MAX_INTERIM = 16;

    private final Exchange exchange;
    private final Response response;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private final AtomicInteger interim = new AtomicInteger(IDLE);
    private int interims;
    private Attempt attempt;
    private int status;
    private HttpFields fields;
    private HttpField ours;
    private HttpField via;
    private Content.Source source;
    private final AtomicReference<Content.Chunk> ahead = new AtomicReference<>();
    /** Whether a callback of a write is due: where the server throws, it may come as well, or not. */
    private final AtomicBoolean due = new AtomicBoolean();

    private Content.Chunk writing;
    private int before;
    private boolean headPending;
    private boolean lastWrite;
    private volatile boolean stopped;
    private boolean begun;

    ResponseRelay(Exchange exchange, Response response) {
        this.exchange = exchange;
        this.response = response;
    }

    /**
     * Takes the head; nothing is written yet.
     *
     * @param attempt whose response it is
     * @param ours a field in our own name that comes after the upstream's, or null
     */
    void head(Attempt attempt, int status, HttpFields fields, HttpField ours) {
        HttpField coding = fields.getField(HttpHeader.TRANSFER_ENCODING);
        if (coding != null && !"chunked".equalsIgnoreCase(coding.getValue())) {
            // Passed on as merely chunked it would be something else.
            throw new IllegalStateException("transfer coding " + coding.getValue());
        }
        int limit = headLimit();
        int own = ours == null ? 0 : ours.getName().length() + ours.getValue().length() + 4;
        if (ResponseFields.size(fields) + own > limit) {
            // Once it is being written it is too late for another answer.
            throw new IllegalStateException("response head over " + limit + " bytes");
        }
        this.attempt = attempt;
        this.status = status;
        this.fields = fields;
        this.ours = ours;
    }

    /** A field that comes after the upstream's and before our own; null: none. */
    void via(HttpField field) {
        via = field;
    }

    private int headLimit() {
        HttpConfiguration http = response.getRequest().getConnectionMetaData().getHttpConfiguration();
        return Math.max(http.getResponseHeaderSize(), http.getMaxResponseHeaderSize());
    }

    void content(Content.Source source) {
        this.source = source;
        this.headPending = true;
        if (!interim.compareAndSet(CALLING, PENDING)) {
            run();
        }
    }

    /** Passes a 1xx response on, unless the client cannot take it, or not now: the one that counts comes later. */
    void interim(int status, HttpFields fields) {
        if (interims == MAX_INTERIM || version() < HttpVersion.HTTP_1_1.getVersion() || !beginInterim()) {
            return;
        }
        interims++;
        HttpFields.Mutable passed = HttpFields.build();
        ResponseFields.copy(status, fields, passed);
        response.writeInterim(status, passed).whenComplete((written, failure) -> interimOver(failure));
    }

    /**
     * Tells the client to send its content. The server would do so by itself when content is asked for, even in the
     * middle of a response.
     *
     * @param then reads the content
     * @return false if that is not possible now
     */
    boolean proceed(Runnable then) {
        if (!beginInterim()) {
            return false;
        }
        response.writeInterim(HttpStatus.CONTINUE_100, HttpFields.EMPTY).whenComplete((written, failure) -> {
            then.run();
            interimOver(failure);
        });
        return true;
    }

    private void interimOver(Throwable failure) {
        if (failure instanceof IOException) {
            // Else the server did not want to write it, and what counts can be written all the same.
            exchange.clientBroken(failure);
        }
        exchange.endInterim();
        endInterim();
    }

    /** From here on content waits, which another attempt may bring, even where nothing can be written now. */
    private boolean beginInterim() {
        if (!interim.compareAndSet(IDLE, CALLING)) {
            return false;
        }
        boolean begun = exchange.beginInterim();
        if (!begun) {
            endInterim();
        }
        return begun;
    }

    private void endInterim() {
        if (interim.getAndSet(IDLE) != PENDING) {
            return;
        }
        try {
            if (write(null, false)) {
                demand();
            }
        } catch (Throwable broken) {
            exchange.relayFailed(broken);
        }
    }

    private int version() {
        return response.getRequest().getConnectionMetaData().getHttpVersion().getVersion();
    }

    /** Releases what was read and will not be written. Called when nothing is being written any more. */
    void discard() {
        Content.Chunk chunk = ahead.getAndSet(null);
        if (chunk != null) {
            chunk.release();
        }
    }

    @Override
    public void run() {
        try {
            boolean more = true;
            while (more) {
                more = step();
            }
        } catch (Throwable failure) {
            exchange.relayFailed(failure);
        }
    }

    /** Goes on after a write. Only the transport calls us where we may read: what is here already is all there is. */
    private void resume() {
        try {
            Content.Chunk chunk = ahead.getAndSet(null);
            if (chunk == null) {
                demand();
            } else if (Content.Chunk.isFailure(chunk)) {
                exchange.relayFailed(chunk.getFailure());
            } else if (write(chunk, chunk.isLast())) {
                demand();
            }
        } catch (Throwable failure) {
            exchange.relayFailed(failure);
        }
    }

    private void demand() {
        attempt.waitForUpstream();
        source.demand(this);
    }

    /** Reads and writes once; false if somebody else will call again. */
    private boolean step() {
        Content.Chunk chunk = next();
        if (chunk == null) {
            if (headPending) {
                return write(null, false);
            }
            demand();
            return false;
        }
        if (Content.Chunk.isFailure(chunk)) {
            exchange.relayFailed(chunk.getFailure());
            return false;
        }
        boolean last = chunk.isLast() || endFollows();
        if (last && headPending && !chunk.hasRemaining() && headStandsAlone()) {
            // Otherwise the server would state a length of zero, which is not what the upstream said.
            ahead.set(chunk);
            return write(null, false);
        }
        if (!last && !chunk.hasRemaining()) {
            chunk.release();
            return true;
        }
        return write(chunk, last);
    }

    private Content.Chunk next() {
        Content.Chunk chunk = ahead.getAndSet(null);
        return chunk == null ? read() : chunk;
    }

    private Content.Chunk read() {
        Content.Chunk chunk = source.read();
        if (chunk == null || !chunk.isLast() || Content.Chunk.isFailure(chunk) || !attempt.isCut()) {
            return chunk;
        }
        chunk.release();
        return Content.Chunk.from(new EofException("connection broken within the content"), true);
    }

    /** Looks whether the end is already known, so that the last bytes and the end leave in one write. */
    private boolean endFollows() {
        Content.Chunk next = read();
        if (next != null && next.isLast() && !next.hasRemaining() && !Content.Chunk.isFailure(next)) {
            next.release();
            return true;
        }
        ahead.set(next);
        return false;
    }

    private boolean headStandsAlone() {
        boolean bodiless = status == HttpStatus.NOT_MODIFIED_304
                || HttpMethod.CONNECT.is(response.getRequest().getMethod())
                || HttpMethod.HEAD.is(response.getRequest().getMethod());
        return bodiless && !fields.contains(HttpHeader.CONTENT_LENGTH);
    }

    private boolean endsWithChunks(boolean last) {
        return !last
                && !fields.contains(HttpHeader.CONTENT_LENGTH)
                && mayHaveContent()
                && version() == HttpVersion.HTTP_1_1.getVersion();
    }

    private boolean mayHaveContent() {
        return status != HttpStatus.NOT_MODIFIED_304
                && status != HttpStatus.NO_CONTENT_204
                && !HttpMethod.HEAD.is(response.getRequest().getMethod());
    }

    /** HTTP/1.1 has a place for trailers behind chunks only, HTTP/2 behind any content. */
    private boolean mayHaveTrailers(boolean last) {
        boolean place = version() > HttpVersion.HTTP_1_1.getVersion()
                || version() == HttpVersion.HTTP_1_1.getVersion() && !fields.contains(HttpHeader.CONTENT_LENGTH);
        return place && mayHaveContent() && (!last || trailers() != null);
    }

    private HttpFields trailers() {
        return TrailerFields.passedOn(attempt.responseTrailers());
    }

    /** Writes; true if that is done already and the caller goes on. */
    private boolean write(Content.Chunk chunk, boolean last) {
        if (!exchange.beginWrite(() -> putHead(last))) {
            if (chunk != null) {
                chunk.release();
            }
            discard();
            return false;
        }
        headPending = false;
        writing = chunk;
        lastWrite = last;
        state.set(CALLING);
        due.set(true);
        try {
            response.write(last, chunk == null ? BufferUtil.EMPTY_BUFFER : chunk.getByteBuffer(), this);
        } catch (Throwable failure) {
            failed(failure);
        }
        return !state.compareAndSet(CALLING, PENDING) && !stopped;
    }

    private void putHead(boolean last) {
        if (begun) {
            return;
        }
        begun = true;
        before = response.getHeaders().size();
        response.setStatus(status);
        ResponseFields.copy(status, fields, response.getHeaders());
        Upgrade.answer(status, fields, response);
        if (via != null) {
            response.getHeaders().add(via);
        }
        if (ours != null) {
            response.getHeaders().add(ours);
        }
        if (endsWithChunks(last)) {
            // Else a client that asked for Connection: close gets content that ends with the connection, and could
            // not tell a cut response from a whole one.
            response.getHeaders().put(CHUNKED);
        }
        if (mayHaveTrailers(last)) {
            response.setTrailersSupplier(this::trailers);
        }
    }

    @Override
    public void succeeded() {
        if (!due.compareAndSet(true, false)) {
            return;
        }
        release();
        stopped = !exchange.endWrite(lastWrite, null, this::takeBack);
        if (state.compareAndSet(CALLING, IDLE)) {
            // The caller of write goes on, if there is anything to go on with.
            return;
        }
        state.set(IDLE);
        if (!stopped) {
            resume();
        }
    }

    @Override
    public void failed(Throwable failure) {
        if (!due.compareAndSet(true, false)) {
            return;
        }
        release();
        stopped = true;
        exchange.endWrite(false, failure, this::takeBack);
        state.set(IDLE);
    }

    /** Removes what was added for a response that the server would not write; what filters left stays. */
    private void takeBack() {
        ListIterator<HttpField> added = response.getHeaders().listIterator(before);
        while (added.hasNext()) {
            added.next();
            added.remove();
        }
    }

    private void release() {
        Content.Chunk chunk = writing;
        writing = null;
        if (chunk != null) {
            chunk.release();
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
