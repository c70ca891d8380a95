package io.jettylb.proxy;

import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;

/** Copies the fields of an upstream's response: values are never parsed, so that they arrive byte for byte. */
final class ResponseFields {

    private ResponseFields() {}

    /**
     * How many bytes a head takes at the most, when it is written as HTTP/1.1.
     *
     * @param fields the upstream's fields
     * @return bytes, the status line and the fields that the server adds included
     */
    static int size(HttpFields fields) {
        int size = 256;
        for (HttpField field : fields) {
            String value = field.getValue();
            size += field.getName().length() + (value == null ? 0 : value.length()) + 4;
        }
        return size;
    }

    /**
     * Adds what the client is to see.
     *
     * @param status the response's status
     * @param from the upstream's fields
     * @param to the response's fields; what filters left there stays
     */
    static void copy(int status, HttpFields from, HttpFields.Mutable to) {
        Set<String> nominated = HopFields.nominated(from);
        for (HttpField field : from) {
            HttpHeader header = field.getHeader();
            if (HopFields.isHop(header) || nominated != null && nominated.contains(field.getLowerCaseName())) {
                continue;
            }
            if (header == HttpHeader.CONTENT_LENGTH && status == HttpStatus.NO_CONTENT_204) {
                // Not allowed there (RFC 9110, 8.6), and a promise that the server would have to keep.
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
