package io.jettylb.proxy;

import java.util.EnumSet;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.Jetty;

/**
 * The fields behind the content of a message, in either direction. They stay there and are never merged into the head,
 * but whoever is next may do that: fields that would change what the message is or who it is from are not passed on
 * (RFC 9110, 6.5.1).
 */
final class TrailerFields {

    private static final EnumSet<HttpHeader> HEAD_ONLY = EnumSet.of(
            HttpHeader.CONTENT_LENGTH,
            HttpHeader.CONTENT_TYPE,
            HttpHeader.CONTENT_ENCODING,
            HttpHeader.CONTENT_RANGE,
            HttpHeader.TRAILER,
            HttpHeader.HOST,
            HttpHeader.EXPECT,
            HttpHeader.MAX_FORWARDS,
            HttpHeader.RANGE,
            HttpHeader.AUTHORIZATION,
            HttpHeader.PROXY_AUTHORIZATION,
            HttpHeader.PROXY_AUTHENTICATE,
            HttpHeader.WWW_AUTHENTICATE,
            HttpHeader.COOKIE,
            HttpHeader.SET_COOKIE);

    /** Jetty 12.0 adds the trailer fields of an HTTP/1.1 request to those of all earlier ones of the connection. */
    private static final boolean ACCUMULATED = Jetty.VERSION.startsWith("12.0.");

    private static final String SEEN = TrailerFields.class.getName() + ".seen";

    private TrailerFields() {}

    /**
     * The trailer fields that this request has brought.
     *
     * @param trailers what the server says
     * @param connection of the request; remembers what is not new
     */
    static HttpFields ofThisRequest(HttpFields trailers, ConnectionMetaData connection) {
        if (!ACCUMULATED || connection.getHttpVersion() != HttpVersion.HTTP_1_1) {
            return trailers;
        }
        int seen = connection.getAttribute(SEEN) instanceof Integer count ? count : 0;
        connection.setAttribute(SEEN, trailers.size());
        HttpFields.Mutable own = HttpFields.build();
        for (int i = seen; i < trailers.size(); i++) {
            own.add(trailers.getField(i));
        }
        return own;
    }

    /**
     * What of the trailer fields is passed on.
     *
     * @param trailers as they came, or null
     * @return null if nothing is left
     */
    static HttpFields passedOn(HttpFields trailers) {
        if (trailers == null || trailers.size() == 0) {
            return null;
        }
        HttpFields.Mutable passed = HttpFields.build();
        for (HttpField field : trailers) {
            HttpHeader header = field.getHeader();
            if (!HopFields.isHop(header)
                    && (header == null || !HEAD_ONLY.contains(header))
                    && !ForwardedFields.stops(field, false)) {
                passed.add(field);
            }
        }
        return passed.size() == 0 ? null : passed;
    }
}
