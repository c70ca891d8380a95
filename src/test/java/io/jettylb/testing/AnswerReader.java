package io.jettylb.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** Reads one HTTP/1.1 response strictly, and keeps what came when it ends too early. */
final class AnswerReader {

    private final InputStream in;
    private final List<Integer> interim = new ArrayList<>();
    private final StringBuilder head = new StringBuilder();
    private final StringBuilder body = new StringBuilder();
    private final StringBuilder trailers = new StringBuilder();
    private final Runnable headSeen;
    private int status;

    /**
     * Creates a reader.
     *
     * @param headSeen called when the final head is complete
     */
    AnswerReader(InputStream in, Runnable headSeen) {
        this.in = in;
        this.headSeen = headSeen;
    }

    /**
     * Reads.
     *
     * @param toHead whether the request was HEAD
     */
    Answer read(boolean toHead) throws IOException {
        try {
            head();
            while (status < 200 && status != 101) {
                interim.add(status);
                status = 0;
                head.setLength(0);
                head();
            }
            headSeen.run();
            if (!toHead && status != 204 && status != 304) {
                content();
            }
            return answer(Answer.End.COMPLETE);
        } catch (SocketTimeoutException silence) {
            return answer(Answer.End.SILENT);
        } catch (EOFException | SocketException gone) {
            return answer(Answer.End.CUT);
        } catch (NumberFormatException garbage) {
            return answer(Answer.End.GARBAGE);
        }
    }

    private Answer answer(Answer.End end) {
        return new Answer(status, head.toString(), body.toString(), end, List.copyOf(interim), trailers.toString());
    }

    private void head() throws IOException {
        String first = line();
        if (!first.matches("HTTP/1\\.1 [1-9][0-9]{2} .*")) {
            throw new NumberFormatException(first);
        }
        String line = first;
        while (!line.isEmpty()) {
            head.append(line).append("\r\n");
            line = line();
        }
        status = Integer.parseInt(first.substring(9, 12));
    }

    private void content() throws IOException {
        String coding = RawMessages.field(head.toString(), "transfer-encoding");
        String length = RawMessages.field(head.toString(), "content-length");
        if (coding != null && length != null) {
            throw new NumberFormatException("both chunks and a length");
        }
        if (coding != null) {
            chunks();
        } else if (length != null) {
            take(Long.parseLong(length));
        } else {
            toEnd();
        }
    }

    private void toEnd() throws IOException {
        int b = in.read();
        while (b >= 0) {
            body.append((char) b);
            b = in.read();
        }
    }

    private void chunks() throws IOException {
        long size = size();
        while (size > 0) {
            take(size);
            if (!line().isEmpty()) {
                throw new NumberFormatException("a chunk longer than its size");
            }
            size = size();
        }
        String line = line();
        while (!line.isEmpty()) {
            trailers.append(line).append("\r\n");
            line = line();
        }
    }

    private long size() throws IOException {
        return Long.parseLong(line(), 16);
    }

    private void take(long count) throws IOException {
        byte[] buffer = new byte[8192];
        long left = count;
        while (left > 0) {
            int got = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (got < 0) {
                throw new EOFException();
            }
            left -= got;
            for (int i = 0; i < got; i++) {
                body.append((char) (buffer[i] & 0xff));
            }
        }
    }

    /** One line without its end, which must be CR LF. */
    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int b = in.read();
        while (b != '\n') {
            if (b < 0) {
                throw new EOFException();
            }
            line.append((char) b);
            b = in.read();
        }
        int last = line.length() - 1;
        if (last < 0 || line.charAt(last) != '\r') {
            throw new NumberFormatException("a line without CR");
        }
        line.setLength(last);
        return line.toString();
    }
}
