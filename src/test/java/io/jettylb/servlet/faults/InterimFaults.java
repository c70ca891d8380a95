package io.jettylb.servlet.faults;

import static io.jettylb.servlet.faults.Behaviour.FIN;
import static io.jettylb.servlet.faults.Behaviour.RST;
import static io.jettylb.servlet.faults.Behaviour.STALL;
import static io.jettylb.servlet.faults.Behaviour.line;
import static io.jettylb.servlet.faults.Behaviour.of;
import static io.jettylb.servlet.faults.Behaviour.send;
import static io.jettylb.servlet.faults.Expectation.BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.OK;
import static io.jettylb.servlet.faults.Expectation.OK_OR_BAD_GATEWAY;
import static io.jettylb.servlet.faults.Expectation.TIMEOUT;

import java.io.IOException;
import java.util.List;

/** Interim responses: expected by nobody, too many of them, or nothing after them. */
final class InterimFaults {

    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
    private static final String PROCESSING = "HTTP/1.1 102 Processing\r\n\r\n";
    private static final String HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    private static final String SWITCHING =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

    private InterimFaults() {}

    static List<Behaviour> all() {
        Play.Script good = line("X-A: b");
        return List.of(
                of("100-unasked", send(CONTINUE).then(good), OK),
                of("100-twice", send(CONTINUE + CONTINUE).then(good), OK),
                of("102-then-200", send(PROCESSING).then(good), OK),
                of("103-then-200", send(HINTS).then(good), OK),
                of(
                        "103-102-100-103-then-200",
                        send(HINTS + PROCESSING + CONTINUE + HINTS).then(good),
                        OK),
                of(
                        "103-apart-from-200",
                        send(HINTS).then(play -> play.pause(20)).then(good),
                        OK),
                of("199-then-200", send("HTTP/1.1 199 Odd\r\n\r\n").then(good), OK_OR_BAD_GATEWAY),
                of("200-interims-then-200", send(HINTS.repeat(200)).then(good), OK_OR_BAD_GATEWAY),
                of("interims-without-end", InterimFaults::storm, TIMEOUT.or(BAD_GATEWAY)),
                of("interim-then-fin", send(HINTS).then(FIN), BAD_GATEWAY),
                of("interim-then-reset", send(HINTS).then(RST), BAD_GATEWAY),
                of("interim-then-silence", send(HINTS).then(STALL), TIMEOUT),
                of("interim-then-garbage", send(HINTS + "no http\r\n\r\n").then(STALL), BAD_GATEWAY),
                of("101-unasked", send(SWITCHING + "raw").then(STALL), BAD_GATEWAY),
                of("101-then-200", send(SWITCHING).then(good).then(STALL), BAD_GATEWAY));
    }

    private static void storm(Play play) throws IOException {
        // Until the proxy closes the connection, which ends the writing.
        while (true) {
            play.send(HINTS);
            play.pause(1);
        }
    }
}
