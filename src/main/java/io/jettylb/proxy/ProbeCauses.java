package io.jettylb.proxy;

/** Why probes fail, in words for the log. */
final class ProbeCauses {

    private static final int LONGEST = 200;

    private ProbeCauses() {}

    /** One line of bounded length: an upstream must not be able to fake lines in the log by what it answers. */
    static String line(String text) {
        String line = text.replaceAll("\\p{Cntrl}|[\\x{80}-\\x{9f}\\x{2028}\\x{2029}]", "?");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }
}
