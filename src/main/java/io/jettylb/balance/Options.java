package io.jettylb.balance;

import io.jettylb.config.DurationText;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads the options of a strategy's block, and says what is wrong with one in the words of the configuration: {@code
 * decay: 10 (expected: a duration such as 10s)}. Every value is read as text, because what comes from an environment
 * variable is one.
 */
final class Options {

    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}(\\.\\d{1,15})?");

    private static final Pattern WITH_UNIT = Pattern.compile("\\s*[\\d.]+\\s*[a-zA-Z]+\\s*");

    private final Map<String, Object> written;

    Options(StrategyContext context) {
        this.written = context.options();
    }

    boolean has(String name) {
        return written.containsKey(name);
    }

    /** What was written; the default if nothing was. */
    String text(String name, String otherwise) {
        return has(name) ? String.valueOf(written.get(name)) : otherwise;
    }

    /** What was written if it is usable. */
    String text(String name, Predicate<String> usable, String expected, String otherwise) {
        String text = text(name, otherwise);
        if (has(name) && !usable.test(text)) {
            throw wrong(name, expected);
        }
        return text;
    }

    /** Nanoseconds, never zero. */
    long nanos(String name, long otherwise) {
        return has(name)
                ? DurationText.parse(text(name, ""), false)
                        .orElseThrow(() -> wrong(name, durations(name)))
                        .toNanos()
                : otherwise;
    }

    private String durations(String name) {
        return WITH_UNIT.matcher(text(name, "")).matches() ? "1ms to 1d" : "a duration such as 10s";
    }

    int integer(String name, int min, int max, int otherwise) {
        double number = number(name, min, max, otherwise);
        if (number != Math.rint(number)) {
            throw wrong(name, min + ".." + max);
        }
        return (int) number;
    }

    double number(String name, double min, double max, double otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        String text = text(name, "").strip();
        double number = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
        if (!(number >= min && number <= max)) {
            throw wrong(name, plain(min) + ".." + plain(max));
        }
        return number;
    }

    boolean flag(String name) {
        return switch (text(name, "false")) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw wrong(name, "true or false");
        };
    }

    String choice(String name, List<String> choices) {
        String text = text(name, choices.get(0));
        if (!choices.contains(text)) {
            throw wrong(name, String.join(" or ", choices));
        }
        return text;
    }

    private IllegalArgumentException wrong(String name, String expected) {
        return new IllegalArgumentException(name + ": " + text(name, "") + " (expected: " + expected + ")");
    }

    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
}
