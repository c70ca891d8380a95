package io.jettylb.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks over a text before the parser does. It finds two things that the parser does not tell: how deep blocks and
 * lists are nested, as the parser is recursive and would overflow the stack, and in which lines includes stand.
 */
final class TextScan {

    private static final Pattern INCLUDE =
            Pattern.compile("include\\s+(?:(?:required|file|url|classpath)\\(\\s*){0,2}\"([^\"\n]*)\"");

    /**
     * An include statement.
     *
     * @param line where it stands
     * @param name what it names, as written
     */
    record Include(int line, String name) {}

    private final String text;
    private final int maxDepth;
    private final Matcher include;
    private final List<Include> includes = new ArrayList<>();
    private int line = 1;
    private int depth;
    private int tooDeepLine;

    TextScan(String text, int maxDepth) {
        this.text = text;
        this.maxDepth = maxDepth;
        this.include = INCLUDE.matcher(text);
        scan();
    }

    /** The line in which the nesting passes the limit, or 0. */
    int tooDeepLine() {
        return tooDeepLine;
    }

    List<Include> includes() {
        return includes;
    }

    private void scan() {
        boolean fieldStart = true;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '"') {
                i = afterString(i);
                fieldStart = false;
            } else if (c == '#' || text.startsWith("//", i)) {
                int end = text.indexOf('\n', i);
                i = end < 0 ? text.length() : end;
            } else if (fieldStart && include.region(i, text.length()).lookingAt()) {
                includes.add(new Include(line, include.group(1)));
                // The quotes are passed by the ordinary way, for the line count.
                i += "include".length();
                fieldStart = false;
            } else {
                fieldStart = structure(c) || fieldStart && Character.isWhitespace(c);
                i++;
            }
        }
    }

    private boolean structure(char c) {
        switch (c) {
            case '\n' -> line++;
            case '{', '[' -> {
                depth++;
                if (depth > maxDepth && tooDeepLine == 0) {
                    tooDeepLine = line;
                }
            }
            case '}', ']' -> depth--;
            default -> {
                return c == ',';
            }
        }
        return true;
    }

    private int afterString(int start) {
        int i;
        if (text.startsWith("\"\"\"", start)) {
            int end = text.indexOf("\"\"\"", start + 3);
            i = end < 0 ? text.length() : end + 3;
            while (i < text.length() && text.charAt(i) == '"') {
                i++;
            }
        } else {
            i = start + 1;
            // An unclosed string ends with its line here, and is an error for the parser.
            while (i < text.length() && text.charAt(i) != '"' && text.charAt(i) != '\n') {
                i += text.charAt(i) == '\\' ? 2 : 1;
            }
            if (i < text.length() && text.charAt(i) == '"') {
                i++;
            }
            i = Math.min(i, text.length());
        }
        line += (int) text.substring(start, i).chars().filter(c -> c == '\n').count();
        return i;
    }
}
