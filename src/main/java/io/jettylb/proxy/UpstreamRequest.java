package io.jettylb.proxy;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.RetryableRequestException;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.Callback;

/**
 * Jetty's client request, but for what it would change: {@link HttpRequest} parses and normalises method and target,
 * while a proxy has to send them as they came.
 */
final class UpstreamRequest extends HttpRequest implements Response.Listener, Transport.Sending {

    private static final byte[] CRLF = {'\r', '\n'};
    private static final HttpUpgrader NO_UPGRADER = new NoUpgrader();
    private static final String REFUSED = "refused_stream_error";

    private final Attempt attempt;
    private final SharedConnection.Registry registry;
    private final Consumer<UpstreamRequest> sender;
    private final String path;
    private final String query;
    private volatile boolean begun;
    private boolean chunkOpen;
    private volatile Response response;
    private HttpFields.Mutable quotedCodings;
    private boolean chunked;
    private boolean delimitedByConnection;
    private String authority;
    private volatile boolean committed;
    private SharedConnection shared;
    private int refusals;
    private int resets;

    UpstreamRequest(
            HttpClient client,
            URI origin,
            Attempt attempt,
            SharedConnection.Registry registry,
            Consumer<UpstreamRequest> sender) {
        super(client, new HttpConversation(), origin);
        this.attempt = attempt;
        this.registry = registry;
        this.sender = sender;
        if (attempt.request().upgrade() != null) {
            getConversation().setAttribute(HttpUpgrader.class.getName(), NO_UPGRADER);
        }
        String target = attempt.request().target();
        int question = target.indexOf('?');
        this.path = question < 0 ? target : target.substring(0, question);
        this.query = question < 0 ? null : target.substring(question + 1);
    }

    /** Whether it asks for another protocol, which only HTTP/1.1 can. */
    boolean upgrades() {
        return attempt.request().upgrade() != null;
    }

    /** A connection of HTTP/2 that refused this request has left its version, but the next one may be of HTTP/1.1. */
    @Override
    public HttpVersion getVersion() {
        return getConnection() instanceof org.eclipse.jetty.io.Connection ? HttpVersion.HTTP_1_1 : super.getVersion();
    }

    @Override
    public String getMethod() {
        return attempt.request().method();
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public String getQuery() {
        return query;
    }

    @Override
    public URI getURI() {
        // Only used to find cookies, credentials and a Host: none of them is the client library's business here.
        return null;
    }

    @Override
    public String getHost() {
        return authority == null ? super.getHost() : authority;
    }

    @Override
    public int getPort() {
        return authority == null ? super.getPort() : -1;
    }

    @Override
    public void notifyHeaders() {
        if (!(getConnection() instanceof org.eclipse.jetty.io.Connection)) {
            nameAuthority();
            shared = registry.of(getConnection());
            if (shared != null) {
                if (headSize() > shared.headLimit()) {
                    // Beyond it the client library would end the connection, with all other requests on it.
                    abort(new HeadTooLargeException(shared.headLimit()));
                    return;
                }
                refusals = shared.refusals();
                resets = shared.resets();
            }
        }
        begun = true;
        attempt.onSending(this, hasReusedConnection());
    }

    private boolean hasReusedConnection() {
        if (getConnection() instanceof org.eclipse.jetty.io.Connection connection) {
            return connection.getMessagesIn() > 0;
        }
        SharedConnection connection = registry.of(getConnection());
        return connection != null && connection.servedBefore();
    }

    /** HTTP/2 has an authority in place of Host: byte for byte what Host would have been. */
    private void nameAuthority() {
        HttpFields.Mutable fields = (HttpFields.Mutable) getHeaders();
        authority = fields.get(HttpHeader.HOST);
        fields.remove(HttpHeader.HOST);
    }

    /** As HTTP/2 counts it (RFC 9113, 6.5.2), the fields that stand for the request line included. */
    private int headSize() {
        int size = 4 * 32
                + 64
                + getMethod().length()
                + authority.length()
                + attempt.request().target().length();
        for (HttpField field : getHeaders()) {
            String value = field.getValue();
            size += field.getName().length() + (value == null ? 0 : value.length()) + 32;
        }
        return size;
    }

    @Override
    public void notifyCommit() {
        committed = true;
        attempt.onProgress();
    }

    @Override
    public void notifyContent(ByteBuffer content) {
        chunkOpen = true;
        attempt.onProgress();
    }

    @Override
    public void notifySuccess() {
        attempt.onSent();
    }

    /** A 1xx response came; the one that counts is still to come. */
    void interim(int status, HttpFields fields) {
        attempt.onInterim(status, fields);
    }

    /**
     * Keeps codings with quotes from Jetty's client: it parses them, and where it throws the response would never come.
     */
    @Override
    public boolean onHeader(Response response, HttpField field) {
        if (field.getHeader() != HttpHeader.CONTENT_ENCODING
                || quotedCodings == null
                        && (field.getValue() == null || field.getValue().indexOf('"') < 0)) {
            return true;
        }
        if (!HttpStatus.isInformational(response.getStatus())) {
            quotedCodings = quotedCodings == null ? HttpFields.build() : quotedCodings;
            quotedCodings.add(field);
        }
        return false;
    }

    private HttpFields fields(Response response) {
        HttpFields fields = response.getHeaders();
        return quotedCodings == null ? fields : HttpFields.build(fields).add(quotedCodings);
    }

    @Override
    public void onHeaders(Response response) {
        try {
            int status = response.getStatus();
            Upgrade upgrade = attempt.request().upgrade();
            if (upgrade != null && upgrade.isDoneBy(status, response.getHeaders())) {
                // To be continued when the connection is free.
                return;
            }
            if (status == HttpStatus.SWITCHING_PROTOCOLS_101) {
                throw new IllegalStateException("101 without an upgrade");
            }
            HttpFields fields = fields(response);
            this.response = response;
            if (response.getVersion().getVersion() <= HttpVersion.HTTP_1_1.getVersion()) {
                chunked = fields.contains(HttpHeader.TRANSFER_ENCODING);
                delimitedByConnection = !chunked
                        && !fields.contains(HttpHeader.CONTENT_LENGTH)
                        && status != HttpStatus.NO_CONTENT_204
                        && status != HttpStatus.NOT_MODIFIED_304
                        && !HttpMethod.HEAD.is(getMethod());
            }
            attempt.version(response.getVersion());
            attempt.onResponse(status, fields);
        } catch (Throwable failure) {
            // The client library only logs what a listener throws.
            fail(failure);
        }
    }

    @Override
    public void onContentSource(Response response, org.eclipse.jetty.io.Content.Source content) {
        try {
            if (response.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101) {
                // What follows the head is another protocol; it stays with the connection.
                org.eclipse.jetty.io.Content.Source.consumeAll(content, Callback.NOOP);
                return;
            }
            attempt.onContent(content);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    /** At once: the attempt may not know yet by what it can end this. */
    private void fail(Throwable failure) {
        abort(failure);
        attempt.cancel(failure);
    }

    @Override
    public void onFailure(Response response, Throwable failure) {
        // The completion follows, but for one that meets the end of the request in the client library and is lost.
        attempt.cancel(failure);
    }

    @Override
    public void onComplete(Result result) {
        if (!begun && getConnection() != null) {
            attempt.onLost(hasReusedConnection());
        }
        Throwable failure = result.getFailure();
        if (failure == null && result.getResponse().getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101) {
            EndPoint endPoint = (EndPoint) getConversation().getAttribute(EndPoint.class.getName());
            try {
                attempt.onUpgraded(result.getResponse().getHeaders(), endPoint);
            } catch (Throwable broken) {
                failure = broken;
                endPoint.close();
            }
        }
        attempt.onComplete(explained(TlsFailure.readable(failure)));
    }

    /** The client library asks for one when it sees the field, but leaves the rest to the listener. */
    private static final class NoUpgrader implements HttpUpgrader {
        @Override
        public void prepare(Request request) {
            // The client's own fields are sent.
        }

        @Override
        public void upgrade(Response response, EndPoint endPoint, Callback callback) {
            callback.failed(new IllegalStateException("not asked for"));
        }
    }

    @Override
    public void proceed() {
        HttpExchange exchange = getConversation().getExchanges().peekLast();
        if (exchange != null) {
            exchange.proceed(null, null);
        }
    }

    /**
     * Jetty sends the end of a chunk with the beginning of the next one; an upstream that reads whole chunks would wait
     * for that, and the client perhaps for the upstream. Through TLS it has to.
     */
    @Override
    public void paused() {
        if (chunkOpen
                && getBody() != null
                && getBody().getLength() < 0
                && getVersion() == HttpVersion.HTTP_1_1
                && getConnection() instanceof org.eclipse.jetty.io.Connection connection
                && connection.getEndPoint() instanceof UpstreamEndPoint plain) {
            plain.writeAhead(ByteBuffer.wrap(CRLF));
        }
        chunkOpen = false;
    }

    @Override
    public HttpFields trailers() {
        return response == null ? null : response.getTrailers();
    }

    @Override
    public boolean isCut() {
        if (!(getConnection() instanceof org.eclipse.jetty.io.Connection connection)) {
            return false;
        }
        EndPoint endPoint = connection.getEndPoint();
        if (chunked) {
            // Jetty's parser forgives a missing empty line behind the last chunk. Through TLS that cannot be seen.
            return endPoint instanceof UpstreamEndPoint plain && plain.endsWithinLines();
        }
        if (delimitedByConnection && endPoint instanceof SslConnection.SslEndPoint decrypted) {
            endPoint = decrypted.getSslConnection().getEndPoint();
        }
        return delimitedByConnection && endPoint instanceof UpstreamEndPoint upstream && upstream.wasReset();
    }

    /** What the client library reports of HTTP/2 says more by its text than by its type. */
    private Throwable explained(Throwable failure) {
        if (authority == null || failure == null) {
            return failure;
        }
        if (failure instanceof RetryableRequestException || !committed && failure instanceof IllegalStateException) {
            // The connection is being closed: there is no such stream for the upstream.
            return new UpstreamResetException(true, failure);
        }
        String code = failure.getMessage();
        if (failure instanceof EofException && "reset".equals(code)) {
            // Whoever was sending content came upon it, before the code was told. Our own resets are no EofException.
            return new UpstreamResetException(isRefused(), failure);
        }
        boolean reset = failure.getClass() == IOException.class
                && code != null
                && (code.endsWith("_error") || code.startsWith("reset_code_"));
        return reset ? new UpstreamResetException(REFUSED.equals(code), failure) : failure;
    }

    /** Whether one of the streams that ended meanwhile is this one, and all were refused. */
    private boolean isRefused() {
        return shared != null && shared.refusals() != refusals && shared.resets() == resets;
    }

    @Override
    public void start() {
        sender.accept(this);
    }

    @Override
    public void cancel(Throwable cause) {
        abort(cause);
    }
}
