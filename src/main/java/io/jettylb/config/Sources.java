package io.jettylb.config;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;
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

    private static final Pattern NUMBERED_MARK = Pattern.compile("@(\\d{1,6})(?=: \\d)");

    private final List<SourceFile> files = new ArrayList<>();

    /** Adds a file and answers its number. */
    int add(SourceFile file) {
        files.add(file);
        return files.size() - 1;
    }

    SourceFile file(int number) {
        return files.get(number);
    }

    /**
     * Where relative paths of files other than includes begin: the folder of the configuration or, if that is called
     * {@code etc}, the one above it, which is the Jetty base. It does not depend on where a process was started.
     */
    Path base() {
        Path folder = file(0).path().toAbsolutePath().normalize().getParent();
        boolean etc =
                folder.getFileName() != null && folder.getFileName().toString().equals("etc");
        return etc ? folder.getParent() : folder;
    }

    static String mark(int number) {
        return "@" + number;
    }

    /**
     * Where a setting is written. A value that comes from a substitution has the origin of what was substituted, or
     * none within the files, but what the reader has to change is the line with the substitution.
     */
    Place place(ConfigOrigin origin, String key, Place parent) {
        Place first = place(origin);
        if (first != null && (first.line() == 0 || isNear(first, key, parent))) {
            return column(first, key, parent);
        }
        Pattern use = Pattern.compile(word(key) + ".*\\$\\{");
        List<String> lines = file(parent).lines();
        for (int i = Math.max(0, parent.line() - 1); i < lines.size(); i++) {
            if (use.matcher(lines.get(i)).find()) {
                return column(Place.of(parent.file(), i + 1), key, parent);
            }
        }
        return first == null ? parent : first;
    }

    /** Where a member of a list is: what begins with the text, after the member before it. */
    Place member(ConfigOrigin origin, String text, Place before, Place list) {
        Place place = place(origin);
        if (place == null || place.file() == list.file() && place.line() < list.line()) {
            return list;
        }
        boolean sameLine = place.file() == before.file() && place.line() == before.line();
        int from = sameLine ? before.column() + 1 : 0;
        int column = file(place).line(place.line()).indexOf(text, from);
        return new Place(place.file(), place.line(), Math.max(from, column));
    }

    /** The first place that has a part in an origin, or null if it is outside of the files. */
    Place place(ConfigOrigin origin) {
        Place first = null;
        Matcher matcher = MARK.matcher(origin.description());
        while (matcher.find()) {
            int line = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
            Place place = Place.of(Integer.parseInt(matcher.group(1)), line);
            first = first == null || place.compareTo(first) < 0 ? place : first;
        }
        return first;
    }

    // A value may begin some lines after its key.
    private boolean isNear(Place place, String key, Place parent) {
        if (place.file() == parent.file() && place.line() < parent.line()) {
            return false;
        }
        Pattern word = Pattern.compile(word(key));
        int earliest = Math.max(place.file() == parent.file() ? parent.line() : 1, place.line() - 2);
        for (int line = place.line(); line >= earliest; line--) {
            if (word.matcher(file(place).line(line)).find()) {
                return true;
            }
        }
        return false;
    }

    /** A text of the library with the names of the files instead of their marks. */
    String named(String text) {
        return NUMBERED_MARK.matcher(text).replaceAll(m -> {
            int number = Integer.parseInt(m.group(1));
            return Matcher.quoteReplacement(number < files.size() ? file(number).name() : m.group());
        });
    }

    private SourceFile file(Place place) {
        return files.get(place.file());
    }

    private Place column(Place place, String key, Place parent) {
        boolean sameLine = place.file() == parent.file() && place.line() == parent.line();
        int from = sameLine ? parent.column() : 0;
        String line = file(place).line(place.line());
        Matcher matcher = Pattern.compile(word(key)).matcher(line);
        boolean found = from <= line.length() && matcher.find(from);
        return new Place(place.file(), place.line(), found ? matcher.start() : from);
    }

    private static String word(String key) {
        return key.isEmpty() ? "" : "(?<![\\w-])" + Pattern.quote(key) + "(?![\\w-])";
    }
}
