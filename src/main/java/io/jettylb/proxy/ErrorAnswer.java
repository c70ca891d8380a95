package io.jettylb.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What the client gets when no upstream's response can be passed on. The body names the condition and nothing else: the
 * cause is for the operator.
 */
enum ErrorAnswer {
    /** The request's target leaves the mount. */
    BAD_TARGET(HttpStatus.BAD_REQUEST_400, "The path leaves the mount."),
    /** No method of a balanced resource. */
    METHOD_NOT_ALLOWED(HttpStatus.METHOD_NOT_ALLOWED_405, "The method is not passed on."),
    /** It is unclear where the request ends. */
    BAD_FRAMING(HttpStatus.BAD_REQUEST_400, "The request's framing is not valid."),
    /** The request's own content is malformed. */
    BAD_REQUEST(HttpStatus.BAD_REQUEST_400, "The request could not be read."),
    /** A transfer coding that this hop would have to understand. */
    UNKNOWN_CODING(HttpStatus.NOT_IMPLEMENTED_501, "Only the transfer coding chunked is understood."),
    /** The client was too slow with its own content. */
    CLIENT_TIMEOUT(HttpStatus.REQUEST_TIMEOUT_408, "The request did not arrive in time."),
    /** Nothing was sent to anybody: trying again later is safe. */
    NO_UPSTREAM(HttpStatus.SERVICE_UNAVAILABLE_503, "No upstream is available."),
    /** All upstreams, or the pool, serve as many requests as they may, and so many wait that this one cannot. */
    BUSY(HttpStatus.SERVICE_UNAVAILABLE_503, "The upstreams are busy."),
    /** No upstream had room in time. */
    QUEUE_TIMEOUT(HttpStatus.SERVICE_UNAVAILABLE_503, "No upstream had room in time."),
    /** Nearly all requests fail. */
    BREAKER_OPEN(HttpStatus.SERVICE_UNAVAILABLE_503, "The upstreams are failing."),
    /** The server needs what is left for others. */
    SHED(HttpStatus.SERVICE_UNAVAILABLE_503, "The server is overloaded."),
    /** The upstreams accept smaller ones only. */
    HEAD_TOO_LARGE(HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431, "The request's head is too large for the upstream."),
    /** An upstream broke the exchange. */
    BAD_GATEWAY(HttpStatus.BAD_GATEWAY_502, "The upstream failed."),
    /** An upstream did not answer in time. */
    GATEWAY_TIMEOUT(HttpStatus.GATEWAY_TIMEOUT_504, "The upstream did not answer in time."),
    /** The request goes round in a circle. */
    LOOP(HttpStatus.LOOP_DETECTED_508, "The request has been here before."),
    /** The server itself could not go on. */
    INTERNAL(HttpStatus.INTERNAL_SERVER_ERROR_500, "The request could not be balanced.");

    private static final HttpField RETRY_AFTER = new PreEncodedHttpField(HttpHeader.RETRY_AFTER, "1");
    private static final HttpField PLAIN = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
    private static final HttpField ALLOW =
            new PreEncodedHttpField(HttpHeader.ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    private static final HttpField CLOSE = new PreEncodedHttpField(HttpHeader.CONNECTION, "close");
    private static final HttpField NO_STORE = new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");

    private final int status;
    private final byte[] body;

    ErrorAnswer(int status, String text) {
        this.status = status;
        String line = status + " " + HttpStatus.getMessage(status) + ": " + text + "\n";
        this.body = line.getBytes(StandardCharsets.UTF_8);
    }

    int status() {
        return status;
    }

    /** Ends an exchange with this answer, unless it is too late for any. */
    void give(Downstream downstream, ExchangeState state, Throwable cause) {
        if (cause != null) {
            downstream.request().setAttribute(LoadBalancer.FAILURE_ATTRIBUTE, cause.toString());
        }
        if (!state.answer(this)) {
            downstream.abort(cause);
            return;
        }
        try {
            write(downstream.response(), Callback.from(downstream::complete, downstream::abort));
        } catch (Throwable failure) {
            downstream.abort(failure);
        }
    }

    /** Puts the head together; fields that are there already stay. */
    void head(Response response) {
        response.setStatus(status);
        // What a response that was not sent would have had.
        response.setTrailersSupplier(null);
        response.getHeaders().put(PLAIN);
        response.getHeaders().put(NO_STORE);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        if (this == BAD_FRAMING || this == UNKNOWN_CODING) {
            // What follows on this connection may be anything.
            response.getHeaders().put(CLOSE);
        }
        if (this == METHOD_NOT_ALLOWED) {
            response.getHeaders().put(ALLOW);
        }
        if (status == HttpStatus.SERVICE_UNAVAILABLE_503) {
            // Nothing was sent to anybody, or nobody has done anything.
            response.getHeaders().put(RETRY_AFTER);
        }
    }

    private void write(Response response, Callback callback) {
        boolean head =
                org.eclipse.jetty.http.HttpMethod.HEAD.is(response.getRequest().getMethod());
        response.write(true, head ? null : ByteBuffer.wrap(body), callback);
    }
}
