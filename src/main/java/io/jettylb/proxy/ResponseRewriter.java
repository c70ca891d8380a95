package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import io.jettylb.route.Rewriting;
import io.jettylb.route.Route;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Maps the places that a response names back to the client's space; see {@link Rewriting}. There is one only for
 * requests whose target, base path or host differs between the two sides: all other responses are not looked at.
 */
final class ResponseRewriter {

    private final PoolProxy pool;
    private final String mount;
    private final boolean bare;
    private final ForwardedFields.Origin origin;
    private final String clientHost;

    private ResponseRewriter(PoolProxy pool, Route route, Request request) {
        this.pool = pool;
        this.mount = route.stripped();
        this.bare = route.isMount(request.getHttpURI().getPath());
        // Now, because the request is the container's again when its client has left.
        this.origin = pool.requestFields().origin(request);
        this.clientHost = pool.requestFields().clientAuthority(request);
    }

    /** Null if nothing is ever to be rewritten. */
    static ResponseRewriter of(PoolProxy pool, Route route, Request request) {
        return route.stripped().isEmpty() && !pool.movesPlaces() ? null : new ResponseRewriter(pool, route, request);
    }

    /** The fields as the client is to see them: the same ones if nothing in them is to be changed. */
    HttpFields rewrite(UpstreamConfig upstream, HttpFields fields) {
        Rewriting rewriting = null;
        HttpFields.Mutable changed = null;
        int index = 0;
        for (HttpField field : fields) {
            if (field.getValue() != null && namesPlaces(field)) {
                rewriting = rewriting == null ? rewriting(upstream) : rewriting;
                String value = rewritten(rewriting, field);
                if (!value.equals(field.getValue())) {
                    changed = changed == null ? HttpFields.build(fields) : changed;
                    replace(changed, index, new HttpField(field.getHeader(), field.getName(), value));
                }
            }
            index++;
        }
        return changed == null ? fields : changed;
    }

    private static void replace(HttpFields.Mutable fields, int index, HttpField field) {
        var at = fields.listIterator(index);
        at.next();
        at.set(field);
    }

    private Rewriting rewriting(UpstreamConfig upstream) {
        String configured = pool.hostSent(upstream);
        String hostSent = configured == null ? clientHost : configured;
        return new Rewriting(mount, upstream.uri(), hostSent, origin.proto(), origin.authority(), bare);
    }

    private static boolean namesPlaces(HttpField field) {
        HttpHeader header = field.getHeader();
        return header == HttpHeader.LOCATION
                || header == HttpHeader.SET_COOKIE
                || header == HttpHeader.CONTENT_LOCATION
                || header == null && field.is("Refresh");
    }

    private static String rewritten(Rewriting rewriting, HttpField field) {
        String value = field.getValue();
        if (field.getHeader() == HttpHeader.SET_COOKIE) {
            return rewriting.cookie(value);
        }
        return field.getHeader() == null ? rewriting.refresh(value) : rewriting.location(value);
    }
}
