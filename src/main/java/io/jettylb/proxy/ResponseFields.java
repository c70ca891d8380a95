package io.jettylb.proxy;

import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** Copies the fields of an upstream's response: values are never parsed, so that they arrive byte for byte. */
final class ResponseFields {

    private ResponseFields() {}

    /**
     * Adds what the client is to see.
     *
     * @param from the upstream's fields
     * @param to the response's fields; what filters left there stays
     */
    static void copy(HttpFields from, HttpFields.Mutable to) {
        Set<String> nominated = HopFields.nominated(from);
        for (HttpField field : from) {
            HttpHeader header = field.getHeader();
            if (HopFields.isHop(header) || nominated != null && nominated.contains(field.getLowerCaseName())) {
                continue;
            }
            if (header == HttpHeader.SERVER || header == HttpHeader.DATE) {
                // The container has put its own already; there must be one, and the origin's is the true one.
                to.put(field);
            } else {
                to.add(field);
            }
        }
    }
}
