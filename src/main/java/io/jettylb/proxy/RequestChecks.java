package io.jettylb.proxy;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/**
 * What is refused before anything is sent, because another parser behind us could read it as something else (request
 * smuggling). Jetty's own parser refuses most of it already.
 */
final class RequestChecks {

    private RequestChecks() {}

    /**
     * Looks at the method, at how the request says where it ends, and where it has been.
     *
     * @param request the client's request
     * @param fields what goes upstream
     * @param canUpgrade whether the pool's upstreams can be asked for another protocol
     * @return what to answer instead of balancing it, or null if nothing is wrong
     */
    static ErrorAnswer refusal(Request request, RequestFields fields, boolean canUpgrade) {
        boolean connect = HttpMethod.CONNECT.is(request.getMethod());
        if (connect && !(canUpgrade && Upgrade.isExtendedConnect(request))
                || HttpMethod.TRACE.is(request.getMethod())) {
            // A tunnel to anywhere, and an echo of what the client may not see of its own request.
            return ErrorAnswer.METHOD_NOT_ALLOWED;
        }
        if (fields.loops(request)) {
            return ErrorAnswer.LOOP;
        }
        HttpField coding = request.getHeaders().getField(HttpHeader.TRANSFER_ENCODING);
        if (coding == null) {
            return null;
        }
        if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1) {
            // HTTP/1.0 does not know it (RFC 9112, 6.1), and HTTP/2 forbids it (RFC 9113, 8.2.2).
            return ErrorAnswer.BAD_FRAMING;
        }
        // We would have to decode any other coding: passing the content on as merely chunked would corrupt it.
        return "chunked".equalsIgnoreCase(coding.getValue()) ? null : ErrorAnswer.UNKNOWN_CODING;
    }
}
