package io.jettylb.testing;

import java.util.List;

/**
 * What a client saw of one response, however it ended.
 *
 * @param status of the final response, 0 if none came
 * @param head the lines of its head, each with its line end
 * @param body the content that came, decoded from chunks; one char for each byte
 * @param end how it ended
 * @param interim the statuses that came before it
 * @param trailers the lines behind its content
 */
public record Answer(int status, String head, String body, End end, List<Integer> interim, String trailers) {

    /** How a response ended, from the point of view of its receiver. */
    public enum End {
        /** As it should. */
        COMPLETE,
        /** The connection or the stream ended before the message did. */
        CUT,
        /** Nothing more came, and the client has waited for long. */
        SILENT,
        /** No HTTP: bytes that belong to nothing, or a length that is not kept. */
        GARBAGE
    }

    public boolean complete() {
        return end == End.COMPLETE;
    }

    /** The first field of a name, given in lower case, or null. */
    public String field(String name) {
        return RawMessages.field(head, name);
    }

    /** For messages of tests: large content is not of interest. */
    @Override
    public String toString() {
        String shown = body.length() > 100 ? body.substring(0, 100) + "… (" + body.length() + ")" : body;
        return end + " " + interim + " " + status + " " + head.replace("\r\n", "|") + " <" + shown + "> " + trailers;
    }
}
