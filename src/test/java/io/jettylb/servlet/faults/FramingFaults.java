package io.jettylb.servlet.faults;

import static io.jettylb.servlet.faults.Behaviour.FIN;
import static io.jettylb.servlet.faults.Behaviour.HEAD_SEEN;
import static io.jettylb.servlet.faults.Behaviour.RST;
import static io.jettylb.servlet.faults.Behaviour.STALL;
import static io.jettylb.servlet.faults.Behaviour.content;
import static io.jettylb.servlet.faults.Behaviour.of;
import static io.jettylb.servlet.faults.Behaviour.send;
import static io.jettylb.servlet.faults.Expectation.BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.CUT;
import static io.jettylb.servlet.faults.Expectation.CUT_OR_BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.OK;
import static io.jettylb.servlet.faults.Expectation.OK_OR_BAD_GATEWAY;

import java.util.List;

/** Lengths and codings that contradict each other or mean nothing, and chunks that are none. */
final class FramingFaults {

    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";
    private static final String GOOD = "7\r\n{trial}\r\n0\r\n\r\n";

    private FramingFaults() {}

    static List<Behaviour> lengths() {
        return List.of(
                unclear("lengths-differ", "Content-Length: 7\r\nContent-Length: 9\r\n"),
                unclear("lengths-differ-in-one-field", "Content-Length: 7, 9\r\n"),
                of("length-twice", framed("Content-Length: 7\r\nContent-Length: 7\r\n", "{trial}"), OK_OR_BAD_GATEWAY),
                of("length-twice-in-one-field", framed("Content-Length: 7, 7\r\n", "{trial}"), OK_OR_BAD_GATEWAY),
                unclear("length-negative", "Content-Length: -7\r\n"),
                unclear("length-with-plus", "Content-Length: +7\r\n"),
                unclear("length-junk", "Content-Length: 7x\r\n"),
                unclear("length-hexadecimal", "Content-Length: 0x7\r\n"),
                unclear("length-with-blank", "Content-Length: 7 7\r\n"),
                unclear("length-with-fraction", "Content-Length: 7.0\r\n"),
                unclear("length-empty", "Content-Length:\r\n"),
                unclear("length-overflows-64-bits", "Content-Length: 18446744073709551623\r\n"),
                of("length-and-chunks", framed("Content-Length: 3\r\n" + CHUNKED, GOOD), OK_OR_BAD_GATEWAY),
                of("chunks-and-length", framed(CHUNKED + "Content-Length: 3\r\n", GOOD), OK_OR_BAD_GATEWAY));
    }

    static List<Behaviour> codings() {
        return List.of(
                unclear("coding-gzip-chunked", "Transfer-Encoding: gzip, chunked\r\n"),
                unclear("coding-chunked-gzip", "Transfer-Encoding: chunked, gzip\r\n"),
                unclear("coding-gzip", "Transfer-Encoding: gzip\r\n"),
                unclear("coding-identity", "Transfer-Encoding: identity\r\n"),
                unclear("coding-unknown", "Transfer-Encoding: xchunked\r\n"),
                unclear("coding-chunked-twice", "Transfer-Encoding: chunked, chunked\r\n"),
                unclear("coding-chunked-in-two-fields", CHUNKED + CHUNKED),
                unclear("coding-empty", "Transfer-Encoding:\r\n"),
                unclear("coding-with-vertical-tab", "Transfer-Encoding: \13chunked\r\n"),
                of("coding-in-upper-case", framed("Transfer-Encoding: CHUNKED\r\n", GOOD), OK),
                of(
                        "coding-in-http-1.0",
                        play -> play.send("HTTP/1.0 200 OK\r\n" + CHUNKED + "\r\n" + (play.toHead() ? "" : GOOD)),
                        OK_OR_BAD_GATEWAY));
    }

    /** A head after which nobody can say where the message ends. */
    private static Behaviour unclear(String name, String fields) {
        return of(name, framed(fields, GOOD).then(STALL), BAD_GATEWAY);
    }

    private static Play.Script framed(String fields, String content) {
        return play -> play.send("HTTP/1.1 200 OK\r\n" + fields + "\r\n" + (play.toHead() ? "" : content));
    }

    static List<Behaviour> chunks() {
        return List.of(
                chunks("chunk", GOOD, OK),
                chunks(
                        "chunks-of-one-byte",
                        "1\r\nx\r\n".repeat(5_000) + "0\r\n\r\n",
                        Expectation.content("x".repeat(5_000))),
                chunks("chunk-with-leading-zeros", "000007\r\n{trial}\r\n000\r\n\r\n", OK),
                chunks("chunk-with-extension", "7;a=b\r\n{trial}\r\n0;c\r\n\r\n", OK),
                chunks("chunk-with-quoted-extension", "7;a=\"b;c\"\r\n{trial}\r\n0\r\n\r\n", OK),
                broken("chunk-with-extension-without-end", "7;" + "a".repeat(1_000_000)),
                broken("chunk-size-junk", "zz\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-size-negative", "-7\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-size-hexadecimal-mark", "0x7\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-size-empty", "\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-size-overflows-32-bits", "100000007\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-size-overflows-64-bits", "10000000000000007\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-longer-than-size", "3\r\n{trial}\r\n0\r\n\r\n"),
                broken("chunk-end-junk", "7\r\n{trial}XX0\r\n\r\n"),
                late("chunk-size-junk-late", "zz\r\nrest\r\n0\r\n\r\n", STALL),
                late("chunk-size-negative-late", "-1\r\n", STALL),
                late("cut-between-chunks-fin", "", FIN),
                late("cut-between-chunks-reset", "", RST),
                late("cut-in-chunk-size-fin", "1", FIN),
                late("cut-in-chunk-fin", "20\r\nabc", FIN),
                late("cut-in-chunk-reset", "20\r\nabc", RST),
                late("cut-before-end-of-chunk", "3\r\nabc", FIN),
                // All of the content is there (RFC 9112, 8), only the end of an empty line or of the trailers is not.
                late("cut-before-last-line", "0\r\n", FIN, CUT.or(OK)),
                late("cut-in-trailer", "0\r\nX-Trailer: a", FIN),
                late("cut-behind-trailer", "0\r\nX-Trailer: a\r\n", FIN, CUT.or(OK)),
                late("silence-between-chunks", "", STALL),
                late("silence-in-chunk-size", "1", STALL),
                late("silence-in-chunk", "20\r\nabc", STALL),
                late("silence-before-last-line", "0\r\n", STALL),
                late("silence-in-trailer", "0\r\nX-Trailer: a", STALL),
                late("trailer-without-colon", "0\r\nX-Trailer\r\n\r\n", STALL),
                late("trailer-of-1-mb", "0\r\nX-Trailer: " + "a".repeat(1_000_000) + "\r\n\r\n", STALL),
                chunks("trailers", "7\r\n{trial}\r\n0\r\nX-Trailer: a\r\n\r\n", OK),
                chunks(
                        "trailers-of-framing",
                        "7\r\n{trial}\r\n0\r\nContent-Length: 3\r\n\r\n",
                        OK_OR_BAD_GATEWAY.or(CUT)));
    }

    private static Behaviour chunks(String name, String chunks, Expectation expectation) {
        return content(name, CHUNKED, send(chunks), expectation);
    }

    /** Chunks that are wrong from the beginning: nothing of them is content. */
    private static Behaviour broken(String name, String chunks) {
        return content(name, CHUNKED, send(chunks).then(STALL), CUT_OR_BAD_GATEWAY);
    }

    /** The head and a chunk have reached the client when it goes wrong. */
    private static Behaviour late(String name, String rest, Play.Script end) {
        return late(name, rest, end, CUT);
    }

    private static Behaviour late(String name, String rest, Play.Script end, Expectation expectation) {
        return content(
                name,
                CHUNKED,
                send("7\r\n{trial}\r\n").then(HEAD_SEEN).then(send(rest)).then(end),
                expectation);
    }
}
