package io.jettylb.health;

import java.util.Locale;

/**
 * What the agent of an upstream has said so far, in the words of HAProxy's agent checks. Immutable. Only the agent undoes
 * what the agent has said; what it does not mention stays as it is.
 *
 * @param mode which requests it wants
 * @param down whether it said that the upstream is down
 * @param percent the share that it wants, in percent of the weight, 0 or more; -1 if it did not say
 * @param maxRequests how many requests at once it wants at most, 1 or more; {@link Integer#MAX_VALUE} if it did not say
 */
public record AgentState(Mode mode, boolean down, int percent, int maxRequests) {

    /** Which requests an agent wants. */
    public enum Mode {
        /** All. */
        READY,
        /** Those of clients that are bound to it. */
        DRAIN,
        /** None. */
        MAINT
    }

    /** Nothing was said. */
    public static final AgentState SILENT = new AgentState(Mode.READY, false, -1, Integer.MAX_VALUE);

    /** Characters of an answer that are looked at. */
    public static final int MAX_LENGTH = 256;

    private static final int MAX_PERCENT = 1000;
    private static final int MAX_REQUESTS = 1_000_000;

    /**
     * Takes an answer: one line of words, separated by white space and commas. {@code 75%} or {@code weight:75%},
     * {@code maxconn:30}, {@code ready}, {@code drain}, {@code maint}, {@code up}, and {@code down}, {@code fail} or
     * {@code stopped}, each with or without {@code #reason}. A word that is none of them makes the whole line something
     * else than an agent's, the text of a page for instance.
     *
     * @param answer what the upstream said, whatever it is
     * @return the next state; this one if the answer is no agent's
     */
    public AgentState observe(String answer) {
        String line = line(answer);
        AgentState next = this;
        if (line.isEmpty()) {
            return this;
        }
        for (String word : line.split("[ \t,]+")) {
            next = next.take(word.toLowerCase(Locale.ROOT));
            if (next == null) {
                return this;
            }
        }
        return next;
    }

    /** Without the reason, which may contain anything and ends the line. */
    private static String line(String answer) {
        int end = 0;
        while (end < answer.length() && end < MAX_LENGTH && "\r\n#".indexOf(answer.charAt(end)) < 0) {
            end++;
        }
        return answer.substring(0, end).strip();
    }

    /** The state after one word; null if it is none. */
    private AgentState take(String word) {
        return switch (word) {
            case "ready" -> new AgentState(Mode.READY, down, percent, maxRequests);
            case "drain" -> new AgentState(Mode.DRAIN, down, percent, maxRequests);
            case "maint" -> new AgentState(Mode.MAINT, down, percent, maxRequests);
            case "up" -> new AgentState(mode, false, percent, maxRequests);
            case "down", "fail", "stopped" -> new AgentState(mode, true, percent, maxRequests);
            default -> takeNumber(word);
        };
    }

    private AgentState takeNumber(String word) {
        if (word.endsWith("%")) {
            int start = word.startsWith("weight:") ? "weight:".length() : 0;
            int number = number(word.substring(start, word.length() - 1), MAX_PERCENT);
            return number < 0 ? null : new AgentState(mode, down, number, maxRequests);
        }
        if (word.startsWith("maxconn:")) {
            int number = number(word.substring("maxconn:".length()), MAX_REQUESTS);
            return number < 1 ? null : new AgentState(mode, down, percent, number);
        }
        return null;
    }

    /** A whole number from 0 to a limit; -1 if it is none. */
    private static int number(String digits, int max) {
        if (digits.isEmpty() || digits.length() > 7 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(digits);
        return number <= max ? number : -1;
    }

    /**
     * Without its figures, which are too old.
     *
     * @return what holds until the agent says otherwise
     */
    public AgentState withoutFigures() {
        return new AgentState(mode, down, -1, Integer.MAX_VALUE);
    }
}
