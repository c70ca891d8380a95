package io.jettylb.proxy;

import io.jettylb.config.StickyConfig.Fallback;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Selection;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.URIUtil;

/**
 * A client's bond with an upstream, over all cookies of one request. Lazy: which cookie counts, and what it is signed
 * with, is the pool's, and known only when the request has been routed; until then nothing is read.
 *
 * <p>The cookie is set when the client's upstream differs from the one that it was bound to, and now and then so that it
 * is not taken for unused; see {@link io.jettylb.config.StickyConfig}. Cookies that are forged, expired or another
 * pool's are as good as none: no error, no log.
 *
 * <p>The client's {@code Cookie} fields go upstream as they came, ours included. A response that sets the cookie may be
 * stored by a shared cache if the upstream allows it (RFC 9111, 7.3): whoever hands out personal state says {@code
 * private} or {@code no-store}; we do not change what an upstream says about caching.
 *
 * <p>One for each request; used by one thread at a time.
 */
public final class StickySession {

    /** Request attribute: where a front finds the session that a filter left. */
    public static final String ATTRIBUTE = "io.jettylb.sticky";

    /** How many cookies of the right name are tried. Browsers send one for each path; more are not worth the work. */
    private static final int MAX_TRIED = 8;

    private final Request request;
    private StickyTokens tokens;
    private StickyTokens.Binding binding;
    private String attributes;

    /**
     * Creates the session of a request; nothing is read yet.
     *
     * @param request the core request
     */
    public StickySession(Request request) {
        this.request = request;
    }

    /**
     * Finds out to which upstream of a pool the client is bound, if to any, and says so to the selection.
     *
     * @param poolTokens the tokens of the pool
     * @param selection what the request asks of the pool
     */
    void bind(StickyTokens poolTokens, Selection selection) {
        tokens = poolTokens;
        binding = read(poolTokens.config().cookie());
        // Now, because the request is the container's again when its client has left, and nobody waits for that.
        attributes = "; Path=" + path() + "; HttpOnly; SameSite=Lax" + (request.isSecure() ? "; Secure" : "");
        if (binding != null) {
            selection.prefer(binding.upstreamId(), tokens.config().fallback() == Fallback.FAIL);
        }
    }

    /**
     * Looks for the first valid cookie of a name, over all fields: HTTP/2 splits them (RFC 9113, 8.2.3). Not by Jetty's
     * parser, because that refuses the whole request for one bad cookie of somebody else. What it may mistake for ours,
     * in another cookie's quotes for instance, is not signed.
     */
    private StickyTokens.Binding read(String name) {
        int tried = 0;
        for (HttpField field : request.getHeaders()) {
            String cookies = field.getHeader() == HttpHeader.COOKIE ? field.getValue() : null;
            int start = 0;
            while (cookies != null && start < cookies.length()) {
                int end = cookies.indexOf(';', start);
                end = end < 0 ? cookies.length() : end;
                String value = value(cookies.substring(start, end).trim(), name);
                if (value != null) {
                    StickyTokens.Binding found = tokens.read(value);
                    if (found != null || ++tried == MAX_TRIED) {
                        return found;
                    }
                }
                start = end + 1;
            }
        }
        return null;
    }

    /** The value of a pair, without quotes around it; null if its name is another one. */
    private static String value(String pair, String name) {
        int equals = name.length();
        if (!pair.startsWith(name) || pair.length() <= equals || pair.charAt(equals) != '=') {
            return null;
        }
        String value = pair.substring(equals + 1);
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    /**
     * The field that binds the client to an upstream whose response is about to be passed on.
     *
     * @param upstream the upstream
     * @param fields the fields of its response
     * @return null if the client knows already
     */
    HttpField assigned(UpstreamConfig upstream, HttpFields fields) {
        boolean same = binding != null && binding.upstreamId().equals(upstream.id());
        if (same && !binding.renew() && !overwritten(fields)) {
            return null;
        }
        String token = same ? tokens.issue(upstream.id(), binding.assigned()) : tokens.issue(upstream.id());
        return new HttpField(HttpHeader.SET_COOKIE, tokens.config().cookie() + "=" + token + attributes);
    }

    /** Whether the upstream sets a cookie of that name itself, and the client would lose ours. */
    private boolean overwritten(HttpFields fields) {
        String start = tokens.config().cookie() + "=";
        for (HttpField field : fields) {
            String value = field.getHeader() == HttpHeader.SET_COOKIE ? field.getValue() : null;
            if (value != null && value.stripLeading().startsWith(start)) {
                return true;
            }
        }
        return false;
    }

    /** As the client writes it: cookies are matched with the raw path of a request (RFC 6265, 5.1.4). */
    private String path() {
        String path = Request.getContextPath(request);
        return path == null || path.isEmpty() ? "/" : URIUtil.encodePath(path);
    }
}
