package io.jettylb.proxy;

import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;

/** A client's request as every attempt sends it. */
final class ProxiedRequest {

    private static final HttpField EXPECT =
            new PreEncodedHttpField(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());

    private final PoolProxy pool;
    private final Request request;
    private final String target;
    private final RequestBody body;
    private volatile boolean expectsContinue;

    /**
     * A request.
     *
     * @param target path and query, as they go behind an upstream's own path
     */
    ProxiedRequest(PoolProxy pool, Request request, String target, RequestBody body) {
        this.pool = pool;
        this.request = request;
        this.target = target;
        this.body = body;
        // An HTTP/1.0 client knows no 100 (RFC 9110, 10.1.1).
        this.expectsContinue = !body.isEmpty()
                && request.getHeaders().contains(HttpHeader.EXPECT, EXPECT.getValue())
                && request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_0;
    }

    /** What the client asks for, and how it is connected. */
    Request client() {
        return request;
    }

    String method() {
        return Upgrade.method(request);
    }

    String target() {
        return target;
    }

    RequestBody body() {
        return body;
    }

    /** Whether the client holds its content back until the upstream wants it. */
    boolean expectsContinue() {
        return expectsContinue;
    }

    /** The client sends its content: an upstream that gets it later need not ask for it. */
    void contentComes() {
        expectsContinue = false;
    }

    void writeFields(HttpField host, Consumer<HttpField> to) {
        pool.requestFields().write(request, host, to);
        if (expectsContinue) {
            to.accept(EXPECT);
        }
    }

    /** What else than HTTP the client wants to speak, or null. */
    Upgrade upgrade() {
        return pool.transport().canUpgrade() ? Upgrade.asked(request, pool.random()) : null;
    }
}
