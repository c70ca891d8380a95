package io.jettylb.servlet.faults;

/**
 * One thing that an upstream does, and what clients see of it.
 *
 * @param name unique, in kebab case
 * @param script what it does
 * @param get what the client of a GET sees
 * @param post what the client of a POST with content sees
 * @param head what the client of a HEAD sees
 * @param half whether the client sends only a part of its content before it has got the answer
 * @param early whether the script looks after the content of the request itself
 */
record Behaviour(
        String name,
        Play.Script script,
        Expectation get,
        Expectation post,
        Expectation head,
        boolean half,
        boolean early) {

    static final Play.Script FIN = Play::fin;
    static final Play.Script RST = Play::reset;
    static final Play.Script STALL = Play::stall;
    static final Play.Script KEEP = play -> {};
    static final Play.Script HEAD_SEEN = Play::headSeen;

    /** The same is expected of every method. */
    static Behaviour of(String name, Play.Script script, Expectation all) {
        return new Behaviour(name, script, all, all, all, false, false);
    }

    /**
     * The head is in order and something is wrong with the content, which a response to HEAD does not have.
     *
     * @param fields the fields of the head
     */
    static Behaviour content(String name, String fields, Play.Script content, Expectation other) {
        Play.Script script = play -> {
            play.send("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
            if (!play.toHead()) {
                content.play(play);
            }
        };
        return of(name, script, other).head(Expectation.OK);
    }

    /** Sends bytes, in which {@link Play#ID} is replaced. */
    static Play.Script send(String latin1) {
        return play -> play.send(latin1);
    }

    /** Sends a good head with one more line, and its content. */
    static Play.Script line(String line) {
        return response("HTTP/1.1 200 OK", line, Play.ID);
    }

    /**
     * Sends a response with a length.
     *
     * @param start its status line
     * @param lines more lines of its head, without the last line end; or empty
     */
    static Play.Script response(String start, String lines, String content) {
        return play -> play.send(start + "\r\n" + (lines.isEmpty() ? "" : lines + "\r\n") + "Content-Length: "
                + content.length() + "\r\n\r\n" + (play.toHead() ? "" : content));
    }

    /** Whether it takes a timeout to end it: it falls silent, or goes on without end. */
    boolean endsByTimeout() {
        return name.contains("silence") || name.contains("without-end") || name.equals("chunk-longer-than-size");
    }

    Behaviour head(Expectation expectation) {
        return new Behaviour(name, script, get, post, expectation, half, early);
    }

    Behaviour post(Expectation expectation) {
        return new Behaviour(name, script, get, expectation, head, half, early);
    }

    /** The script looks after the content of the request itself. */
    Behaviour readsItself() {
        return new Behaviour(name, script, get, post, head, half, true);
    }

    /** The client has not sent all when it gets the answer. */
    Behaviour halfSent() {
        return new Behaviour(name, script, get, post, head, true, true);
    }

    Expectation of(String method) {
        return switch (method) {
            case "POST" -> post;
            case "HEAD" -> head;
            default -> get;
        };
    }
}
