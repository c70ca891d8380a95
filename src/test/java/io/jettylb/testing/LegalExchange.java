package io.jettylb.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A legal request and what its upstream answers, as a test draws them.
 *
 * @param method of the request
 * @param target path and query, raw
 * @param request the request's fields and content
 * @param status of the response
 * @param response the response's fields and content
 * @param segments what the sizes of the writes are drawn from
 */
public record LegalExchange(
        String method, String target, Message request, int status, Message response, long segments) {

    /** How the end of the content is told. */
    public enum Framing {
        /** There is none. */
        NONE,
        /** By its length. */
        LENGTH,
        /** By chunks. */
        CHUNKS,
        /** By the end of the connection. */
        CLOSE
    }

    /**
     * A field.
     *
     * @param name with the case it is sent in
     * @param value without white space around it; one char for each byte
     * @param before white space that is sent before the value
     * @param after the same behind it
     */
    public record Field(String name, String value, String before, String after) {}

    /**
     * One direction.
     *
     * @param fields in their order, those for the framing not included
     * @param framing how the content ends
     * @param content one char for each byte
     * @param chunks the content as it is sent if it goes in chunks, the last one included
     */
    public record Message(List<Field> fields, Framing framing, String content, String chunks) {

        /** The fields as they are sent, those of the framing last, and the empty line. */
        private String head() {
            StringBuilder head = new StringBuilder();
            for (Field field : fields) {
                head.append(field.name())
                        .append(':')
                        .append(field.before())
                        .append(field.value())
                        .append(field.after())
                        .append("\r\n");
            }
            if (framing == Framing.LENGTH) {
                head.append("Content-Length: ").append(content.length()).append("\r\n");
            } else if (framing == Framing.CHUNKS) {
                head.append("Transfer-Encoding: chunked\r\n");
            }
            return head.append("\r\n").toString();
        }

        private Message with(List<Field> fewer) {
            return new Message(fewer, framing, content, chunks);
        }

        private Message withoutSpace() {
            return with(fields.stream()
                    .map(field -> new Field(field.name(), field.value(), " ", ""))
                    .toList());
        }

        private Message empty() {
            return new Message(fields, Framing.LENGTH, "", "");
        }

        private List<Message> smaller() {
            List<Message> smaller = new ArrayList<>();
            if (fields.size() > 1) {
                smaller.add(with(fields.subList(0, fields.size() / 2)));
                smaller.add(with(fields.subList(fields.size() / 2, fields.size())));
            }
            for (int i = 0; i < fields.size(); i++) {
                List<Field> fewer = new ArrayList<>(fields);
                fewer.remove(i);
                smaller.add(with(fewer));
            }
            if (!content.isEmpty() && framing != Framing.NONE) {
                smaller.add(empty());
            }
            return smaller;
        }

        @Override
        public String toString() {
            return printable(head()) + framing + " " + content.length() + " bytes";
        }
    }

    public boolean head() {
        return method.equals("HEAD");
    }

    /** The request as HTTP/1.1. */
    public String requestBytes() {
        String content = request.framing() == Framing.CHUNKS ? request.chunks() : request.content();
        return method + " " + target + " HTTP/1.1\r\nHost: client.example\r\n" + request.head() + content;
    }

    /** The response as HTTP/1.1. */
    public String responseBytes() {
        String content = response.framing() == Framing.CHUNKS ? response.chunks() : response.content();
        return "HTTP/1.1 " + status + " Drawn\r\n" + response.head() + (head() ? "" : content);
    }

    /** The same with one space before each value. */
    public LegalExchange withoutSpace() {
        return new LegalExchange(method, target, request.withoutSpace(), status, response.withoutSpace(), segments);
    }

    /** The content that the client is to see. */
    public String visibleContent() {
        return head() ? "" : response.content();
    }

    /** The smallest exchange that can be made of this one by leaving things out, and that still fails. */
    public LegalExchange shrink(Predicate<LegalExchange> fails) {
        LegalExchange smallest = this;
        boolean shrunk = true;
        while (shrunk) {
            LegalExchange next =
                    smallest.smaller().stream().filter(fails).findFirst().orElse(null);
            shrunk = next != null;
            smallest = shrunk ? next : smallest;
        }
        return smallest;
    }

    private List<LegalExchange> smaller() {
        List<LegalExchange> smaller = new ArrayList<>();
        for (Message fewer : request.smaller()) {
            smaller.add(new LegalExchange(method, target, fewer, status, response, segments));
        }
        for (Message fewer : response.smaller()) {
            smaller.add(new LegalExchange(method, target, request, status, fewer, segments));
        }
        if (target.length() > 1) {
            smaller.add(new LegalExchange(method, "/", request, status, response, segments));
        }
        return smaller;
    }

    private static String printable(String bytes) {
        StringBuilder out = new StringBuilder();
        bytes.replace("\r\n", "|").chars().forEach(c -> {
            if (c >= ' ' && c < 0x7F) {
                out.append((char) c);
            } else {
                out.append(String.format("\\x%02x", c));
            }
        });
        return out.toString();
    }

    @Override
    public String toString() {
        return method + " " + target + " " + request + "\n -> " + status + " " + response;
    }
}
