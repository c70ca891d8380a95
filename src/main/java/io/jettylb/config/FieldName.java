package io.jettylb.config;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What may be the name of a field or a cookie, and which response fields have a meaning of their own. */
public final class FieldName {

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    /** Fields of a response that frame it, or that clients need: taken out, the response would be another one. */
    private static final Set<String> STANDARD = Set.of(("accept-patch accept-post accept-ranges age allow alt-svc"
                    + " cache-control clear-site-data connection content-disposition content-encoding content-language"
                    + " content-length content-location content-range content-security-policy"
                    + " content-security-policy-report-only content-type cross-origin-embedder-policy"
                    + " cross-origin-opener-policy cross-origin-resource-policy date digest etag expires grpc-encoding"
                    + " grpc-message grpc-status keep-alive last-modified link location permissions-policy pragma"
                    + " proxy-authenticate proxy-authentication-info proxy-connection referrer-policy refresh retry-after"
                    + " sec-websocket-accept sec-websocket-extensions sec-websocket-protocol sec-websocket-version server"
                    + " server-timing set-cookie set-cookie2 strict-transport-security te trailer transfer-encoding"
                    + " upgrade vary via warning www-authenticate x-content-type-options x-frame-options")
            .split(" "));

    private FieldName() {}

    /**
     * Whether fields and cookies may be called so.
     *
     * @param name a name
     * @return whether it is a token (RFC 9110) of 100 characters at most
     */
    public static boolean isToken(String name) {
        return TOKEN.matcher(name).matches();
    }

    /**
     * Whether a response can do without the field.
     *
     * @param name a name
     * @return whether it is a token that has no standard meaning in responses
     */
    public static boolean isFree(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return isToken(name) && !STANDARD.contains(lower) && !lower.startsWith("access-control-");
    }
}
