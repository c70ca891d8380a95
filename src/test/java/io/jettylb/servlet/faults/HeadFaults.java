package io.jettylb.servlet.faults;

import static io.jettylb.servlet.faults.Behaviour.FIN;
import static io.jettylb.servlet.faults.Behaviour.KEEP;
import static io.jettylb.servlet.faults.Behaviour.RST;
import static io.jettylb.servlet.faults.Behaviour.STALL;
import static io.jettylb.servlet.faults.Behaviour.line;
import static io.jettylb.servlet.faults.Behaviour.of;
import static io.jettylb.servlet.faults.Behaviour.response;
import static io.jettylb.servlet.faults.Behaviour.send;
import static io.jettylb.servlet.faults.Expectation.BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.OK;
import static io.jettylb.servlet.faults.Expectation.OK_OR_BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.TIMEOUT;

import java.util.List;

/** Connections that end and heads that are wrong before a response has begun. */
final class HeadFaults {

    private static final String NO_PREFACE = "\0\0\22\4\0\0\0\0\0\0\3\0\0\0\144\0\4\0\1\0\0\0\5\0\0\100\0";

    private HeadFaults() {}

    static List<Behaviour> connections() {
        return List.of(
                of("fin", FIN, BAD_GATEWAY),
                of("reset", RST, BAD_GATEWAY),
                of("fin-before-content-is-read", FIN, BAD_GATEWAY).readsItself(),
                of("reset-before-content-is-read", RST, BAD_GATEWAY).readsItself(),
                of("fin-in-the-middle-of-content", play -> read(play, FIN), BAD_GATEWAY)
                        .readsItself(),
                of("reset-in-the-middle-of-content", play -> read(play, RST), BAD_GATEWAY)
                        .halfSent(),
                of("silence", STALL, TIMEOUT),
                of("half-a-status-line-and-fin", send("HTTP/1.1 2").then(FIN), BAD_GATEWAY),
                of("half-a-status-line-and-silence", send("HTTP/1.1 2").then(STALL), TIMEOUT),
                of("half-a-head-and-fin", send("HTTP/1.1 200 OK\r\nX-A: 1\r\n").then(FIN), BAD_GATEWAY),
                of(
                        "half-a-head-and-reset",
                        send("HTTP/1.1 200 OK\r\nX-A: 1\r\n").then(RST),
                        BAD_GATEWAY),
                of(
                        "half-a-head-and-silence",
                        send("HTTP/1.1 200 OK\r\nX-A: 1\r\n").then(STALL),
                        TIMEOUT),
                of("half-a-field-and-silence", send("HTTP/1.1 200 OK\r\nX-A: 1").then(STALL), TIMEOUT),
                of("everything-byte-by-byte", HeadFaults::trickle, OK));
    }

    private static void read(Play play, Play.Script end) throws java.io.IOException {
        if (play.toPost()) {
            play.readSome();
        }
        end.play(play);
    }

    private static void trickle(Play play) throws java.io.IOException {
        play.trickle("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 7\r\n\r\n" + (play.toHead() ? "" : Play.ID));
    }

    static List<Behaviour> statusLines() {
        return List.of(
                of("ssh", send("SSH-2.0-OpenSSH_9.2\r\n").then(STALL), BAD_GATEWAY),
                of("http-0.9", send("just content\r\n\r\n").then(FIN), BAD_GATEWAY),
                // Taken for HTTP/1.1, which is the only way to read it.
                of(
                        "http-2-status-line",
                        response("HTTP/2.0 200 OK", "", Play.ID).then(STALL),
                        OK_OR_BAD_GATEWAY),
                of("http-2-frames-and-silence", send(NO_PREFACE).then(STALL), BAD_GATEWAY.or(TIMEOUT)),
                of("http-7.3", response("HTTP/7.3 200 OK", "", Play.ID).then(STALL), BAD_GATEWAY),
                of(
                        "http-in-lower-case",
                        response("http/1.1 200 OK", "", Play.ID).then(FIN),
                        OK_OR_BAD_GATEWAY),
                of("http-1.0", response("HTTP/1.0 200 OK", "", Play.ID).then(FIN), OK),
                of("http-1.0-keep-alive", response("HTTP/1.0 200 OK", "Connection: keep-alive", Play.ID), OK),
                of("no-reason", response("HTTP/1.1 200 ", "", Play.ID), OK),
                of("no-reason-and-no-blank", response("HTTP/1.1 200", "", Play.ID), OK_OR_BAD_GATEWAY),
                of("long-reason", response("HTTP/1.1 200 " + "x".repeat(6_000), "", Play.ID), OK),
                of("reason-with-obs-text", response("HTTP/1.1 200 Gr\u00fcn", "", Play.ID), OK),
                of("reason-of-obs-text", response("HTTP/1.1 200 \u00c4h", "", Play.ID), OK_OR_BAD_GATEWAY),
                of("status-99", response("HTTP/1.1 99 Low", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-20", response("HTTP/1.1 20 OK", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-0200", response("HTTP/1.1 0200 OK", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-1000", response("HTTP/1.1 1000 High", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-xyz", response("HTTP/1.1 xyz OK", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-negative", response("HTTP/1.1 -20 OK", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-000", response("HTTP/1.1 000 OK", "", Play.ID).then(STALL), BAD_GATEWAY),
                of("status-missing", response("HTTP/1.1", "", Play.ID).then(STALL), BAD_GATEWAY),
                of(
                        "status-600",
                        response("HTTP/1.1 600 High", "", Play.ID),
                        Expectation.status(600).or(BAD_GATEWAY)),
                of("empty-line-first", send("\r\n").then(line("X-A: b")), OK_OR_BAD_GATEWAY));
    }

    static List<Behaviour> fields() {
        return List.of(
                of("head-of-1-mb", line("X-Big: " + "x".repeat(1_000_000)).then(STALL), BAD_GATEWAY),
                of("name-of-100-kb", line("x".repeat(100_000) + ": 1").then(STALL), BAD_GATEWAY),
                of(
                        "5000-fields",
                        line("X-Many: 1\r\n".repeat(4_999) + "X-Many: 2").then(STALL),
                        BAD_GATEWAY),
                of("head-without-end", HeadFaults::endless, BAD_GATEWAY),
                of(
                        "200-fields",
                        line("X-Many: 1\r\n".repeat(199) + "X-Last: 2"),
                        OK.with("X-Last: 2").or(OK.with("x-last: 2"))),
                of("nul-in-value", line("X-A: a\0b").then(STALL), BAD_GATEWAY),
                of("nul-in-name", line("X\0A: a").then(STALL), BAD_GATEWAY),
                of("bare-cr-in-value", line("X-A: a\rX-Split: 1").then(STALL), BAD_GATEWAY),
                of("bare-lf-as-line-end", line("X-A: a\nX-B: 1"), OK_OR_BAD_GATEWAY),
                of("control-in-value", line("X-A: a\7b").then(STALL), BAD_GATEWAY),
                of("blank-in-name", line("X A: a").then(STALL), BAD_GATEWAY),
                of("blank-before-colon", line("X-A : a").then(STALL), BAD_GATEWAY),
                of("blank-before-length", line("Content-Length : 3").then(STALL), BAD_GATEWAY),
                of("no-name", line(": a").then(STALL), BAD_GATEWAY),
                of("no-colon", line("X-A").then(STALL), BAD_GATEWAY),
                of("obs-fold", line("X-A: a\r\n b").then(STALL), BAD_GATEWAY),
                of(
                        "obs-fold-first",
                        response("HTTP/1.1 200 OK", " X-A: b", Play.ID).then(STALL),
                        BAD_GATEWAY),
                of(
                        "obs-text-in-value",
                        line("X-A: caf\u00e9"),
                        OK.with("X-A: caf\u00e9").or(OK.with("x-a: caf\u00e9"))),
                of(
                        "empty-value",
                        line("X-A:"),
                        OK.with("X-A:").or(OK.with("X-A: ")).or(OK.with("x-a: "))),
                of(
                        "only-lf",
                        send("HTTP/1.1 200 OK\nContent-Length: 0\n\n").then(KEEP),
                        Expectation.empty(200).or(BAD_GATEWAY)));
    }

    private static void endless(Play play) throws java.io.IOException {
        play.send("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 100_000; i++) {
            play.send("X-Field-" + i + ": 0123456789\r\n");
        }
        play.stall();
    }
}
