package io.jettylb.servlet.faults;

import io.jettylb.testing.Answer;
import java.util.function.BiPredicate;

/**
 * What a client may see.
 *
 * @param text for messages
 * @param holds whether an answer to a request is that; the text is the content that a good answer has: nothing for HEAD
 */
record Expectation(String text, BiPredicate<Answer, String> holds) {

    /** A whole response of the upstream, with the trial's id for its content. */
    static final Expectation OK = status(200);

    static final Expectation BAD_GATEWAY = ours(502, "502 Bad Gateway: The upstream failed.\n");
    static final Expectation TIMEOUT = ours(504, "504 Gateway Timeout: The upstream did not answer in time.\n");
    static final Expectation UNAVAILABLE = ours(503, "503 Service Unavailable: No upstream is available.\n");
    /** The beginning of a response that nobody can take for the whole. */
    static final Expectation CUT =
            new Expectation("cut", (answer, id) -> answer.end() == Answer.End.CUT && answer.status() == 200);
    /** Whether a part was passed on before the fault showed is a matter of timing. */
    static final Expectation CUT_OR_BAD_GATEWAY = CUT.or(BAD_GATEWAY);

    static final Expectation CUT_OR_TIMEOUT = CUT.or(TIMEOUT);
    static final Expectation OK_OR_BAD_GATEWAY = OK.or(BAD_GATEWAY);

    /** A whole response with the trial's id for its content. */
    static Expectation status(int status) {
        return new Expectation(
                "" + status,
                (answer, id) -> answer.complete()
                        && answer.status() == status
                        && answer.body().equals(id));
    }

    /** A whole response without content. */
    static Expectation empty(int status) {
        return new Expectation(
                status + " without content",
                (answer, id) -> answer.complete()
                        && answer.status() == status
                        && answer.body().isEmpty());
    }

    /** A whole response with that content, which is nothing for HEAD. */
    static Expectation content(String content) {
        return new Expectation(
                "200 with " + content.length() + " bytes",
                (answer, id) -> answer.complete()
                        && answer.status() == 200
                        && answer.body().equals(id.isEmpty() ? "" : content));
    }

    private static Expectation ours(int status, String body) {
        return new Expectation(
                "our " + status,
                (answer, id) -> answer.complete()
                        && answer.status() == status
                        && answer.body().equals(id.isEmpty() ? "" : body));
    }

    /** Also a field of the response, given as it is written. */
    Expectation with(String field) {
        return new Expectation(
                text + " with " + field,
                (answer, id) -> holds.test(answer, id) && answer.head().contains(field + "\r\n"));
    }

    Expectation or(Expectation other) {
        return new Expectation(
                text + " or " + other.text, (answer, id) -> holds.test(answer, id) || other.holds.test(answer, id));
    }
}
