package io.jettylb.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads HTTP/1 messages without interpreting more than their ends. */
final class RawMessages {

    private RawMessages() {}

    /** The head with its empty line, or null at the end of the stream. */
    static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int state = 0;
        while (state < 4) {
            int b = in.read();
            if (b < 0) {
                return head.size() == 0 ? null : fail("end of stream in a head: " + RawUpstream.text(head));
            }
            head.write(b);
            boolean expected = b == (state % 2 == 0 ? '\r' : '\n');
            state = expected ? state + 1 : b == '\r' ? 1 : 0;
        }
        return RawUpstream.text(head);
    }

    /** The content of a request, or of a response that has a length or chunks. */
    static String body(String head, InputStream in) throws IOException {
        String length = field(head, "content-length");
        if (length != null) {
            return new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.ISO_8859_1);
        }
        String coding = field(head, "transfer-encoding");
        return coding == null ? "" : chunks(in);
    }

    static String field(String head, String name) {
        for (String line : head.split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
                return line.substring(colon + 1).trim();
            }
        }
        return null;
    }

    private static String chunks(InputStream in) throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(line(in).split(";")[0].trim(), 16);
            if (size == 0) {
                String trailer = line(in);
                while (!trailer.isEmpty()) {
                    trailer = line(in);
                }
                return body.toString();
            }
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                fail("end of stream in a chunk after " + body);
            }
            body.append(new String(chunk, StandardCharsets.ISO_8859_1));
            line(in);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        while (b != '\n') {
            if (b < 0) {
                return fail("end of stream in a line");
            }
            line.write(b);
            b = in.read();
        }
        return RawUpstream.text(line).replace("\r", "");
    }

    private static String fail(String message) throws EOFException {
        throw new EOFException(message);
    }
}
