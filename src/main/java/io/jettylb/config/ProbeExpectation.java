package io.jettylb.config;

import java.util.Map;

/**
 * What a response to a probe must have besides an expected status. At most one of the two about the body is there.
 *
 * @param body text that its body must contain; null: any body
 * @param bodyRegex a regular expression, known to be right, that must match some part of its body; null: any body
 * @param headers fields that it must have, with exactly these values
 */
public record ProbeExpectation(String body, String bodyRegex, Map<String, String> headers) {

    /** The status says it all. */
    public static final ProbeExpectation STATUS = new ProbeExpectation(null, null, Map.of());
}
