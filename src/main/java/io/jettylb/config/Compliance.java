package io.jettylb.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A setting of Jetty's that says which rules clients may break.
 *
 * @param mode the setting's value: a mode, and violations added or taken away
 * @param risks those of the allowed violations that are dangerous to a proxy, sorted: peers read them differently
 */
public record Compliance(String mode, List<String> risks) {

    /** What is refused by default, and must be where another server reads the path again. */
    private static final Set<String> URI_RISKS =
            Set.of("AMBIGUOUS_PATH_ENCODING", "AMBIGUOUS_PATH_PARAMETER", "AMBIGUOUS_PATH_SEGMENT", "UTF16_ENCODINGS");

    /** What makes two parsers see different requests in the same bytes. */
    private static final Set<String> HTTP_RISKS = Set.of(
            "DUPLICATE_HOST_HEADERS",
            "HTTP_0_9",
            "LF_CHUNK_TERMINATION",
            "MISMATCHED_AUTHORITY",
            "MULTILINE_FIELD_VALUE",
            "MULTIPLE_CONTENT_LENGTHS",
            "NO_COLON_AFTER_FIELD_NAME",
            "TRANSFER_ENCODING_WITH_CONTENT_LENGTH",
            "UNSAFE_HOST_HEADER",
            "WHITESPACE_AFTER_FIELD_NAME");

    private static final Set<String> JETTY_11 =
            Set.of("AMBIGUOUS_PATH_ENCODING", "AMBIGUOUS_PATH_SEGMENT", "UTF16_ENCODINGS");

    /** The risks in Jetty's modes; none in those that are missing. */
    private static final Map<String, Set<String>> URI_MODES = Map.of(
            "UNAMBIGUOUS", Set.of("UTF16_ENCODINGS"), "JETTY_11", JETTY_11, "LEGACY", JETTY_11, "UNSAFE", URI_RISKS);

    private static final Map<String, Set<String>> HTTP_MODES = Map.of(
            "RFC7230_LEGACY",
            Set.of("LF_CHUNK_TERMINATION"),
            "RFC2616",
            Set.of("HTTP_0_9", "MISMATCHED_AUTHORITY", "MULTILINE_FIELD_VALUE"),
            "RFC2616_LEGACY",
            Set.of(
                    "HTTP_0_9",
                    "LF_CHUNK_TERMINATION",
                    "MISMATCHED_AUTHORITY",
                    "MULTILINE_FIELD_VALUE",
                    "MULTIPLE_CONTENT_LENGTHS",
                    "NO_COLON_AFTER_FIELD_NAME",
                    "TRANSFER_ENCODING_WITH_CONTENT_LENGTH"),
            "LEGACY",
            HTTP_RISKS);

    /**
     * The compliance of paths on a running server.
     *
     * @param mode the mode's name
     * @param allowed the names of all violations that it allows
     * @return with the dangerous ones
     */
    public static Compliance ofUri(String mode, Set<String> allowed) {
        return new Compliance(mode, sorted(allowed, URI_RISKS));
    }

    /**
     * The compliance of messages on a running server.
     *
     * @param mode the mode's name
     * @param allowed the names of all violations that it allows
     * @return with the dangerous ones
     */
    public static Compliance ofHttp(String mode, Set<String> allowed) {
        return new Compliance(mode, sorted(allowed, HTTP_RISKS));
    }

    /**
     * The compliance of paths as a property states it.
     *
     * @param setting such as {@code RFC3986,AMBIGUOUS_PATH_SEPARATOR}
     * @return with the dangerous violations
     */
    public static Compliance parseUri(String setting) {
        return new Compliance(setting, sorted(parse(setting, URI_MODES, URI_RISKS), URI_RISKS));
    }

    /**
     * The compliance of messages as a property states it.
     *
     * @param setting such as {@code RFC7230,MULTILINE_FIELD_VALUE}
     * @param jetty the server's version; null if it is not known
     * @return with the dangerous violations
     */
    public static Compliance parseHttp(String setting, String jetty) {
        Set<String> allowed = parse(setting, HTTP_MODES, HTTP_RISKS);
        if (jetty != null && jetty.startsWith("12.0.")) {
            // There is no such leniency in that line.
            allowed.remove("LF_CHUNK_TERMINATION");
        }
        return new Compliance(setting, sorted(allowed, HTTP_RISKS));
    }

    private static Set<String> parse(String setting, Map<String, Set<String>> modes, Set<String> all) {
        String[] elements = setting.strip().split("\\s*,\\s*");
        Set<String> allowed = new TreeSet<>(elements[0].equals("*") ? all : modes.getOrDefault(elements[0], Set.of()));
        for (int i = 1; i < elements.length; i++) {
            if (elements[i].startsWith("-")) {
                allowed.remove(elements[i].substring(1));
            } else {
                allowed.add(elements[i]);
            }
        }
        return allowed;
    }

    private static List<String> sorted(Set<String> allowed, Set<String> risks) {
        return allowed.stream().filter(risks::contains).sorted().toList();
    }
}
