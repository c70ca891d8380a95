package io.jettylb.proxy;

import io.jettylb.config.HostPolicy;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;

/** What of a client's request fields goes upstream, and what is said in our own name. One for each pool; thread-safe. */
final class RequestFields {

    private static final HttpField TRAILERS = new PreEncodedHttpField(HttpHeader.TE, "trailers");
    private static final HttpField CONNECTION_TE = new PreEncodedHttpField(HttpHeader.CONNECTION, "TE");

    private final HttpField fixedHost;
    private final boolean upstreamHost;
    private final HopIdentity hop;

    RequestFields(HostPolicy host, HopIdentity hop) {
        this.fixedHost = host.kind() == HostPolicy.Kind.NAME ? new HttpField(HttpHeader.HOST, host.name()) : null;
        this.upstreamHost = host.kind() == HostPolicy.Kind.UPSTREAM;
        this.hop = hop;
    }

    /**
     * Writes the fields of one attempt.
     *
     * @param request the client's request
     * @param upstream the upstream's own {@code Host}
     * @param to where the fields go
     */
    void write(Request request, HttpField upstream, Consumer<HttpField> to) {
        HttpFields fields = request.getHeaders();
        HttpField clientHost = clientHost(request, fields);
        if (fixedHost != null) {
            to.accept(fixedHost);
        } else {
            to.accept(upstreamHost || clientHost == null ? upstream : clientHost);
        }
        boolean trusted = hop.forwarded().trusts(request);
        boolean via = hop.via().writes();
        String earlierVia = null;
        Set<String> nominated = HopFields.nominated(fields);
        HttpField crumb = null;
        StringBuilder crumbs = null;
        for (HttpField field : fields) {
            HttpHeader header = field.getHeader();
            if (header == HttpHeader.TE && field.contains(TRAILERS.getValue())) {
                // We take trailers, too; what else it says was for this hop.
                to.accept(TRAILERS);
                to.accept(CONNECTION_TE);
            }
            if (isOurs(header)
                    || isHttpoxy(field)
                    || HopFields.isHop(header)
                    || ForwardedFields.stops(field, trusted)
                    || hop.requestIds().isId(field)
                    || nominated != null && nominated.contains(field.getLowerCaseName())) {
                continue;
            }
            if (header == HttpHeader.COOKIE
                    && request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1) {
                // HTTP/2 allows a cookie to be split into crumbs (RFC 9113, 8.2.3); HTTP/1.1 does not.
                if (crumb == null) {
                    crumb = field;
                } else {
                    crumbs = crumbs == null ? new StringBuilder(crumb.getValue()) : crumbs;
                    crumbs.append("; ").append(field.getValue());
                }
                continue;
            }
            if (via && header == HttpHeader.VIA) {
                earlierVia = Via.earlier(earlierVia, field);
                continue;
            }
            to.accept(field);
        }
        if (crumb != null) {
            to.accept(crumbs == null ? crumb : new HttpField(HttpHeader.COOKIE, crumbs.toString()));
        }
        hop.forwarded().write(request, trusted, clientHost == null ? null : clientHost.getValue(), to);
        hop.requestIds().write(request, to);
        hop.via().write(request.getConnectionMetaData().getHttpVersion(), earlierVia, to);
    }

    /** Whether the request has been here before, and would come again. */
    boolean loops(Request request) {
        return hop.via().loops(request.getHeaders());
    }

    /** What a response gets that came in with a version; null: nothing. */
    HttpField via(HttpVersion received) {
        return hop.via().writes() ? hop.via().own(received) : null;
    }

    /** Where the client believes to be. */
    ForwardedFields.Origin origin(Request request) {
        return hop.forwarded().origin(request, hop.forwarded().trusts(request), clientAuthority(request));
    }

    /** The host that the request names, with its port if there is one; null if it names none. */
    String clientAuthority(Request request) {
        HttpField host = clientHost(request, request.getHeaders());
        return host == null ? null : host.getValue();
    }

    /** The {@code Host} that an upstream gets; null if it is the client's. */
    String hostSent(HttpField upstream) {
        return fixedHost != null ? fixedHost.getValue() : upstreamHost ? upstream.getValue() : null;
    }

    /** Fields that this hop writes itself: where to, and how the content is delimited. */
    private static boolean isOurs(HttpHeader header) {
        // Expect: the 100 is given by the one who reads the content, which is us.
        return header == HttpHeader.HOST || header == HttpHeader.CONTENT_LENGTH || header == HttpHeader.EXPECT;
    }

    /** {@code Proxy}: no field of HTTP, but CGI-like servers make the variable HTTP_PROXY of it (CVE-2016-5385). */
    private static boolean isHttpoxy(HttpField field) {
        return field.getHeader() == null && field.is("Proxy");
    }

    private static HttpField clientHost(Request request, HttpFields fields) {
        HttpField host = fields.getField(HttpHeader.HOST);
        // HTTP/2 has an authority, and where there is a Host beside it, the authority counts (RFC 9113, 8.3.1).
        String authority = isHttp1(request) && host != null
                ? host.getValue()
                : request.getHttpURI().getAuthority();
        if (authority == null || authority.isEmpty()) {
            return null;
        }
        return host != null && authority.equals(host.getValue()) ? host : new HttpField(HttpHeader.HOST, authority);
    }

    private static boolean isHttp1(Request request) {
        return request.getConnectionMetaData().getHttpVersion().getVersion() <= HttpVersion.HTTP_1_1.getVersion();
    }
}
