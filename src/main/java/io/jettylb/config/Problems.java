package io.jettylb.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Collects what is wrong, so that the operator learns all of it at once. */
final class Problems {

    /** In the origin of whatever was made up for a substitution without a value, which is a problem of its own. */
    static final String UNRESOLVED = "unresolved substitution";

    private static final Pattern SECRET_USE =
            Pattern.compile("(?i)(secret|passw|credential|token)[\\w.-]*\"?\\s*(=|}|:\\s)");

    private record Problem(Place place, String text) {}

    private final Sources sources;
    private final List<Problem> found = new ArrayList<>();
    private boolean incomplete;

    Problems(Sources sources) {
        this.sources = sources;
    }

    /** Some of the text could not be read: from now on nothing is reported as missing, as it may well be there. */
    void incomplete() {
        incomplete = true;
    }

    /** Something has a value that cannot be used. */
    void add(Setting setting, String expected) {
        add(setting, Display.value(setting.value()), expected);
    }

    /** Something is wrong in a way that its value alone does not show. */
    void add(Setting setting, String actual, String expected) {
        if (!setting.value().origin().description().contains(UNRESOLVED)) {
            boolean shown = actual.equals(Display.value(setting.value()));
            add(setting.place(), setting.path(), shown && secret(setting) ? "(hidden)" : actual, expected);
        }
    }

    // A secret may have got into another key by a substitution, from the environment or from elsewhere in the files.
    private boolean secret(Setting setting) {
        ConfigOrigin origin = setting.value().origin();
        Place source = sources.place(origin);
        return secret(setting.path())
                || SECRET_USE.matcher(line(setting.place())).find()
                || (source == null
                        ? secret(origin.description())
                        : SECRET_USE.matcher(line(source)).find());
    }

    private String line(Place place) {
        return sources.file(place.file()).line(place.line());
    }

    /** Something is not there. */
    void missing(Place place, String path, String expected) {
        if (!incomplete) {
            add(place, path, "missing", expected);
        }
    }

    /** A name refers to nothing. */
    void dangling(Setting setting, String expected) {
        if (!incomplete) {
            add(setting, expected);
        }
    }

    void add(Place place, String path, String actual, String expected) {
        add(place, path + ": " + actual + " (expected: " + expected + ")");
    }

    /** Adds a problem with a ready text. */
    void add(Place place, String text) {
        String where = sources.file(place.file()).name() + (place.line() > 0 ? ":" + place.line() : "");
        Problem problem = new Problem(place, where + ": " + Display.oneLine(text));
        if (!found.contains(problem)) {
            found.add(problem);
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** Everything found, in the order of the files. */
    ConfigException toException() {
        return new ConfigException(found.stream()
                .sorted(Comparator.comparing(Problem::place))
                .map(Problem::text)
                .toList());
    }

    /** Whether a name promises a value that must not be shown. */
    static boolean secret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.contains("secret")
                || lower.contains("passw")
                || lower.contains("credential")
                || lower.contains("token");
    }
}
