package io.jettylb.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All files read so far. HOCON merges the origins of what it merges into readable but ambiguous text, so each file is
 * parsed under a short mark instead of its name, and the mark is looked for in that text.
 */
final class Sources {

    private static final Pattern MARK = Pattern.compile("@(\\d+)(?:: (\\d+))?");
    private static final Pattern ENVIRONMENT = Pattern.compile("env var (\\S+)");

    private final List<SourceFile> files = new ArrayList<>();

    /** Adds a file and answers its number. */
    int add(SourceFile file) {
        files.add(file);
        return files.size() - 1;
    }

    SourceFile file(int number) {
        return files.get(number);
    }

    static String mark(int number) {
        return "@" + number;
    }

    /** The first place that has a part in the origin, or the fallback for what came from outside of the files. */
    Place place(ConfigOrigin origin, String key, Place fallback) {
        Place first = null;
        Matcher matcher = MARK.matcher(origin.description());
        while (matcher.find()) {
            int file = Integer.parseInt(matcher.group(1));
            int line = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
            Place place =
                    new Place(file, line, Math.max(0, files.get(file).line(line).indexOf(key)));
            first = first == null || place.compareTo(first) < 0 ? place : first;
        }
        return first == null ? substitution(origin, fallback) : first;
    }

    // A value from the environment has no line of its own: the reader wants the one with the substitution.
    private Place substitution(ConfigOrigin origin, Place fallback) {
        Matcher matcher = ENVIRONMENT.matcher(origin.description());
        if (!matcher.find()) {
            return fallback;
        }
        Pattern use = Pattern.compile("\\$\\{\\??\\s*\"?" + Pattern.quote(matcher.group(1)) + "\"?\\s*}");
        List<String> lines = files.get(fallback.file()).lines();
        for (int i = Math.max(0, fallback.line() - 1); i < lines.size(); i++) {
            Matcher found = use.matcher(lines.get(i));
            if (found.find()) {
                return new Place(fallback.file(), i + 1, found.start());
            }
        }
        return fallback;
    }
}
