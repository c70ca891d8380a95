package io.jettylb.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import java.util.Collection;
import java.util.regex.Pattern;

/** How messages show what stands in a file: in one line, of bounded length, and without passwords in URIs. */
final class Display {

    private static final int LONGEST = 120;
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]+");
    private static final Pattern USER_INFO = Pattern.compile("//[^/?#\\s]*@");

    private Display() {}

    static String value(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "a block";
            case LIST -> ((ConfigList) value).isEmpty() ? "[]" : "a list";
            case STRING -> quoted((String) value.unwrapped());
            case NULL -> "null";
            default -> Scalars.text(value);
        };
    }

    static String quoted(String text) {
        String shown = USER_INFO.matcher(text).replaceAll("//(hidden)@");
        if (shown.length() > LONGEST) {
            shown = shown.substring(0, LONGEST) + "…";
        }
        return '"' + oneLine(shown) + '"';
    }

    /** A key as it would have to be written. */
    static String key(String key) {
        return PLAIN.matcher(key).matches() ? key : quoted(key);
    }

    static String child(String path, String key) {
        return path.isEmpty() ? key(key) : path + "." + key(key);
    }

    static String names(Collection<String> names) {
        return String.join(", ", names);
    }

    /** The text with control characters made visible: what is logged or printed must not be able to fake lines. */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == '\n') {
                line.append("\\n");
            } else if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                line.append(String.format("\\u%04x", c));
            } else {
                line.appendCodePoint(c);
            }
        });
        return line.toString();
    }
}
