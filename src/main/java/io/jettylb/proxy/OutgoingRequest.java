package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/** A client's request as one attempt sends it to its upstream. */
final class OutgoingRequest {

    private final ProxiedRequest proxied;
    private final UpstreamConfig upstream;
    private final String method;
    private final String target;
    private final Upgrade upgrade;
    private final AttemptContent content;

    /**
     * What one attempt sends.
     *
     * @param target path and query for the upstream, its base path included
     * @param content null where the message shall not mention content at all
     */
    OutgoingRequest(ProxiedRequest proxied, UpstreamConfig upstream, String target, AttemptContent content) {
        this.proxied = proxied;
        this.upstream = upstream;
        this.method = proxied.method();
        this.target = target;
        this.content = content;
        this.upgrade = proxied.upgrade();
    }

    UpstreamConfig upstream() {
        return upstream;
    }

    /** What the client asks for, and how it is connected. */
    org.eclipse.jetty.server.Request client() {
        return proxied.client();
    }

    /** Known even when the client's request is the container's again. */
    String method() {
        return method;
    }

    /** Path and query for the upstream, its base path included. */
    String target() {
        return target;
    }

    Request.Content content() {
        return content;
    }

    boolean hasContent() {
        return content != null;
    }

    /** Whether all of the content was read. */
    boolean isRead() {
        return content == null || content.isComplete();
    }

    /** No more of the content is read. */
    void close() {
        if (content != null) {
            content.close();
        }
    }

    /** The trailer fields of the request, asked for when its content has been sent; null if there cannot be any. */
    Supplier<HttpFields> trailers() {
        return proxied.body().trailers();
    }

    /** What else than HTTP the client wants to speak, or null. */
    Upgrade upgrade() {
        return upgrade;
    }

    /** Whether there may be a second one under way at the same time. */
    boolean mayBeHedged() {
        return upgrade == null && Consequences.isIdempotent(method);
    }

    void writeFields(HttpField host, Consumer<HttpField> to) {
        if (upgrade == null) {
            proxied.writeFields(host, to);
        } else {
            proxied.writeFields(host, upgrade.others(to));
            upgrade.write(to);
        }
    }
}
