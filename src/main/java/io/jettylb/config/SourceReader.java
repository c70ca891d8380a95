package io.jettylb.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files strictly: ordinary files only, of a bounded size together, and nothing but UTF-8. */
final class SourceReader {

    static final int MAX_BYTES = 1024 * 1024;

    /** A file that cannot be read, in the words of the message to the operator. */
    static final class UnreadableException extends Exception {

        private static final long serialVersionUID = 1L;
        private final int line;

        UnreadableException(int line, String actual, String expected) {
            super(actual + " (expected: " + expected + ")", null, false, false);
            this.line = line;
        }

        /** The line of the file that is at fault, or 0. */
        int line() {
            return line;
        }
    }

    private int left = MAX_BYTES;

    String read(Path file) throws UnreadableException {
        if (!Files.exists(file)) {
            throw new UnreadableException(0, "missing", "a readable file");
        }
        if (!Files.isRegularFile(file)) {
            throw new UnreadableException(0, "not an ordinary file", "a readable file");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(left + 1);
        } catch (IOException e) {
            throw new UnreadableException(0, "unreadable, " + e.getClass().getSimpleName(), "a readable file");
        }
        if (bytes.length > left) {
            throw new UnreadableException(0, "too large", "at most 1 MiB, all included files together");
        }
        left -= bytes.length;
        return decode(bytes);
    }

    private static String decode(byte[] bytes) throws UnreadableException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        if (result.isError()) {
            int line = 1 + (int) out.chars().filter(c -> c == '\n').count();
            throw new UnreadableException(line, "bytes that are not UTF-8", "a text in UTF-8");
        }
        return out.toString();
    }
}
