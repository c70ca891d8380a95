package io.jettylb.health;

import java.util.HashMap;
import java.util.Map;

/** Reads the numbers at the top of a JSON object and passes over all else: enough for a load report, and no more. */
final class JsonNumbers {

    private static final int MAX_DEPTH = 8;

    private final String text;
    private int at;

    JsonNumbers(String text) {
        this.text = text;
    }

    /** The numbers by their names in one spelling; null if this is no JSON object. */
    Map<String, Double> read() {
        Map<String, Double> numbers = new HashMap<>();
        boolean good = object(numbers, 0) && next() == 0;
        return good ? numbers : null;
    }

    private boolean object(Map<String, Double> numbers, int depth) {
        if (depth > MAX_DEPTH || !take('{')) {
            return false;
        }
        if (take('}')) {
            return true;
        }
        do {
            String name = next() == '"' ? string() : null;
            if (name == null || !take(':')) {
                return false;
            }
            char first = next();
            if (first == '-' || first >= '0' && first <= '9') {
                double number = number();
                if (Double.isNaN(number)) {
                    return false;
                }
                if (numbers != null) {
                    numbers.put(OrcaReport.spelling(name), number);
                }
            } else if (!other(first, depth)) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    private boolean other(char first, int depth) {
        return switch (first) {
            case '{' -> object(null, depth + 1);
            case '[' -> array(depth + 1);
            case '"' -> string() != null;
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> false;
        };
    }

    private boolean array(int depth) {
        if (depth > MAX_DEPTH || !take('[')) {
            return false;
        }
        if (take(']')) {
            return true;
        }
        do {
            char first = next();
            boolean number = first == '-' || first >= '0' && first <= '9';
            if (number ? Double.isNaN(number()) : !other(first, depth)) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    private String string() {
        int start = ++at;
        while (at < text.length() && text.charAt(at) != '"') {
            // Names with escapes are none of ours, so they may stay as they are.
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            return null;
        }
        return text.substring(start, at++);
    }

    private double number() {
        int start = at;
        while (at < text.length() && OrcaReport.isOfNumber(text.charAt(at))) {
            at++;
        }
        return OrcaReport.number(text.substring(start, at));
    }

    private boolean word(String word) {
        boolean there = text.startsWith(word, at);
        at += there ? word.length() : 0;
        return there;
    }

    private boolean take(char c) {
        boolean there = next() == c;
        at += there ? 1 : 0;
        return there;
    }

    /** The next character that is no white space; 0 at the end. */
    private char next() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }
}
