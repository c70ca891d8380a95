package io.jettylb.servlet.faults;

import static io.jettylb.servlet.faults.Behaviour.FIN;
import static io.jettylb.servlet.faults.Behaviour.HEAD_SEEN;
import static io.jettylb.servlet.faults.Behaviour.KEEP;
import static io.jettylb.servlet.faults.Behaviour.RST;
import static io.jettylb.servlet.faults.Behaviour.STALL;
import static io.jettylb.servlet.faults.Behaviour.content;
import static io.jettylb.servlet.faults.Behaviour.line;
import static io.jettylb.servlet.faults.Behaviour.of;
import static io.jettylb.servlet.faults.Behaviour.response;
import static io.jettylb.servlet.faults.Behaviour.send;
import static io.jettylb.servlet.faults.Expectation.BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.CUT;
import static io.jettylb.servlet.faults.Expectation.CUT_OR_BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.CUT_OR_TIMEOUT;
import static io.jettylb.servlet.faults.Expectation.OK;
import static io.jettylb.servlet.faults.Expectation.empty;
import static io.jettylb.servlet.faults.Expectation.status;

import java.io.IOException;
import java.util.List;

/** Content that ends too early or too late, and connections that are not what they seem for the next request. */
final class ContentFaults {

    private static final String BIG = "z".repeat(300_000);
    private static final String LENGTH = "Content-Length: 100\r\n";
    private static final String POISON = "HTTP/1.1 200 OK\r\nX-Poison: 1\r\nContent-Length: 6\r\n\r\npoison";

    private ContentFaults() {}

    static List<Behaviour> lengths() {
        return List.of(
                content(
                        "length-short-fin",
                        LENGTH,
                        send("{trial}").then(HEAD_SEEN).then(FIN),
                        CUT),
                content(
                        "length-short-reset",
                        LENGTH,
                        send("{trial}").then(HEAD_SEEN).then(RST),
                        CUT),
                content(
                        "length-short-silence",
                        LENGTH,
                        send("{trial}").then(HEAD_SEEN).then(STALL),
                        CUT),
                content("length-short-fin-at-once", LENGTH, send("{trial}").then(FIN), CUT_OR_BAD_GATEWAY),
                content("length-without-content-fin", LENGTH, FIN, CUT_OR_BAD_GATEWAY),
                content("length-without-content-reset", LENGTH, RST, CUT_OR_BAD_GATEWAY),
                content("length-without-content-silence", LENGTH, STALL, CUT_OR_TIMEOUT),
                content(
                        "length-short-big-fin",
                        "Content-Length: 500000\r\n",
                        send(BIG).then(FIN),
                        CUT),
                content(
                        "length-short-big-reset",
                        "Content-Length: 500000\r\n",
                        send(BIG).then(RST),
                        CUT_OR_BAD_GATEWAY),
                content(
                        "length-short-by-one",
                        "Content-Length: 8\r\n",
                        send("{trial}").then(HEAD_SEEN).then(FIN),
                        CUT),
                content(
                        "length-beyond-2-gib",
                        "Content-Length: 3000000000\r\n",
                        send("{trial}").then(HEAD_SEEN).then(FIN),
                        CUT));
    }

    static List<Behaviour> whole() {
        return List.of(
                content(
                        "chunks-big-cut",
                        "Transfer-Encoding: chunked\r\n",
                        send("493e0\r\n" + BIG + "\r\n").then(FIN),
                        CUT),
                content(
                        "chunks-big",
                        "Transfer-Encoding: chunked\r\n",
                        send("493e0\r\n" + BIG + "\r\n0\r\n\r\n"),
                        Expectation.content(BIG)),
                of("length-big", response("HTTP/1.1 200 OK", "", BIG), Expectation.content(BIG)),
                content(
                        "slow-content",
                        "Content-Length: 20\r\n",
                        ContentFaults::slowly,
                        Expectation.content("x".repeat(20))),
                content("until-close-fin", "", send("{trial}").then(FIN), OK).head(OK),
                content("until-close-big-fin", "", send(BIG).then(FIN), Expectation.content(BIG)),
                content("until-close-reset", "", send("{trial}").then(HEAD_SEEN).then(RST), CUT),
                content(
                        "until-close-silence",
                        "",
                        send("{trial}").then(HEAD_SEEN).then(STALL),
                        CUT),
                content("until-close-empty", "", FIN, empty(200)));
    }

    private static void slowly(Play play) throws IOException {
        for (int i = 0; i < 20; i++) {
            play.send("x");
            play.pause(60);
        }
    }

    static List<Behaviour> without() {
        return List.of(
                of("204", send("HTTP/1.1 204 No Content\r\n\r\n"), empty(204)),
                of(
                        "204-with-length-and-content",
                        whatever("204 No Content", "Content-Length: 6\r\n", "poison"),
                        empty(204).or(BAD_GATEWAY)),
                of(
                        "204-with-chunks",
                        whatever("204 No Content", "Transfer-Encoding: chunked\r\n", "6\r\npoison\r\n0\r\n\r\n"),
                        empty(204).or(BAD_GATEWAY)),
                of("204-with-length-zero", whatever("204 No Content", "Content-Length: 0\r\n", ""), empty(204)),
                of("205-with-length-zero", whatever("205 Reset Content", "Content-Length: 0\r\n", ""), empty(205)),
                of(
                        "205-with-content",
                        response("HTTP/1.1 205 Reset Content", "", Play.ID),
                        status(205).or(empty(205)).or(BAD_GATEWAY)),
                of("304", send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"), empty(304)),
                of("304-with-length", whatever("304 Not Modified", "Content-Length: 100\r\n", ""), empty(304)),
                of(
                        "304-with-content",
                        whatever("304 Not Modified", "Content-Length: 6\r\n", "poison"),
                        empty(304).or(BAD_GATEWAY)),
                of(
                        "304-with-chunks",
                        whatever("304 Not Modified", "Transfer-Encoding: chunked\r\n", "6\r\npoison\r\n0\r\n\r\n"),
                        empty(304).or(BAD_GATEWAY)),
                of("head-with-length-and-content", whatever("200 OK", "Content-Length: 7\r\n", Play.ID), OK),
                of(
                        "head-with-chunks",
                        whatever("200 OK", "Transfer-Encoding: chunked\r\n", "7\r\n{trial}\r\n0\r\n\r\n"),
                        OK),
                of(
                        "head-with-poison",
                        whatever("200 OK", "Content-Length: " + POISON.length() + "\r\n", POISON),
                        Expectation.content(POISON)),
                of(
                        "content-of-get-only",
                        line("Content-Type: text/plain"),
                        OK.with("Content-Type: text/plain").or(OK.with("content-type: text/plain"))));
    }

    /** Content is sent whatever the request was. */
    private static Play.Script whatever(String status, String fields, String content) {
        return send("HTTP/1.1 " + status + "\r\n" + fields + "\r\n" + content);
    }

    static List<Behaviour> connections() {
        Play.Script good = line("X-A: b");
        return List.of(
                of("close-announced", line("Connection: close").then(FIN), OK),
                of("close-announced-and-not-done", line("Connection: close"), OK),
                of("close-unannounced", good.then(FIN), OK),
                of("reset-behind-the-response", good.then(HEAD_SEEN).then(RST), OK),
                of("keep-alive-fields", line("Connection: keep-alive\r\nKeep-Alive: timeout=5"), OK),
                of("stale-connection", ContentFaults::stale, OK).post(OK.or(BAD_GATEWAY)),
                of("two-responses", good.then(send(POISON)).then(STALL), OK),
                of("two-responses-in-one-write", play -> together(play, "Content-Length: 7\r\n", Play.ID), OK),
                of(
                        "two-responses-chunked",
                        play -> together(play, "Transfer-Encoding: chunked\r\n", "7\r\n{trial}\r\n0\r\n\r\n"),
                        OK),
                of(
                        "second-response-later",
                        good.then(HEAD_SEEN)
                                .then(play -> play.pause(20))
                                .then(send(POISON))
                                .then(STALL),
                        OK),
                of("bytes-behind-the-response", good.then(send("x")).then(STALL), OK),
                of("line-behind-the-response", good.then(send("\r\n")).then(KEEP), OK),
                of(
                        "interim-behind-the-response",
                        good.then(send("HTTP/1.1 100 Continue\r\n\r\n")).then(STALL),
                        OK),
                of("early-413-and-close", early("Connection: close\r\n", FIN), status(413))
                        .halfSent(),
                of("early-413-and-reset", early("", HEAD_SEEN.then(RST)), status(413))
                        .halfSent(),
                of("early-413-and-silence", early("", STALL), status(413)).halfSent(),
                of("early-200-and-reading-on", good.then(Play::readBody), OK).readsItself(),
                of("early-200-before-the-end-of-content", good.then(HEAD_SEEN).then(Play::readBody), OK)
                        .halfSent());
    }

    private static Play.Script early(String fields, Play.Script end) {
        return response("HTTP/1.1 413 Too Large", fields.strip(), Play.ID).then(end);
    }

    private static void together(Play play, String fields, String content) throws IOException {
        play.send("HTTP/1.1 200 OK\r\n" + fields + "\r\n" + (play.toHead() ? "" : content) + POISON);
        play.stall();
    }

    /** One kept connection to each upstream is reset with the next request in the upstream's hands. */
    private static void stale(Play play) throws IOException {
        if (play.onUsedConnection() && play.deliveries() <= 2) {
            play.reset();
        }
        play.send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + (play.toHead() ? "" : Play.ID));
    }
}
