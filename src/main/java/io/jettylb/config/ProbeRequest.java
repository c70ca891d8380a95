package io.jettylb.config;

import java.util.Map;

/**
 * What a probe sends.
 *
 * @param method of HTTP, in capitals
 * @param host the {@code Host}, or the authority of HTTP/2; null: the host and port that the probe goes to
 * @param headers further fields, each once
 * @param body sent in UTF-8; null: none
 */
public record ProbeRequest(String method, String host, Map<String, String> headers, String body) {

    /** A GET of nothing but the path. */
    public static final ProbeRequest GET = new ProbeRequest("GET", null, Map.of(), null);

    /** Without the values, of which some may be passwords. */
    @Override
    public String toString() {
        return "ProbeRequest[" + method + ", host=" + host + ", headers=" + headers.keySet()
                + (body == null ? "]" : ", with a body]");
    }
}
