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
    private final ForwardedFields forwarded;

    RequestFields(HostPolicy host, ForwardedFields forwarded) {
        this.fixedHost = host.kind() == HostPolicy.Kind.NAME ? new HttpField(HttpHeader.HOST, host.name()) : null;
        this.upstreamHost = host.kind() == HostPolicy.Kind.UPSTREAM;
        this.forwarded = forwarded;
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
                    || ForwardedFields.isForwarding(field)
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
            to.accept(field);
        }
        if (crumb != null) {
            to.accept(crumbs == null ? crumb : new HttpField(HttpHeader.COOKIE, crumbs.toString()));
        }
        forwarded.write(request, clientHost == null ? null : clientHost.getValue(), to);
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
