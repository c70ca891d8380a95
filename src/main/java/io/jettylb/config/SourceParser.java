package io.jettylb.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/** Turns files into one tree, with substitutions still in it. What cannot be read is a problem and left out. */
final class SourceParser {

    static final int MAX_DEPTH = 100;
    static final int MAX_INCLUDE_DEPTH = 10;

    static final String HIDDEN = "not HOCON (the text is hidden: it may contain a secret)";

    private static final String BAD_ADVICE = ", or you may be able to rename the file .properties rather than .conf";
    private static final Pattern BARE_URI = Pattern.compile("^[^\"]*[=,\\[{:\\s]https?:");
    private static final String INSIDE = "a file in the folder of the configuration";

    /** A file that is being parsed, with the include statements that have not been met yet. */
    private record Open(int number, SourceFile file, List<TextScan.Include> includes) {}

    private final Sources sources;
    private final Problems problems;
    private final SourceReader reader = new SourceReader();
    private final ConfinedIncluder includer = new ConfinedIncluder(this);
    private final Deque<Open> open = new ArrayDeque<>();
    private final Path folder;

    /** A parser for files in a folder. */
    SourceParser(Path folder, Sources sources, Problems problems) {
        this.folder = folder;
        this.sources = sources;
        this.problems = problems;
    }

    /** Parses the file with which everything begins. */
    Config parse(Path path) {
        String name = String.valueOf(path.getFileName() == null ? path : path.getFileName());
        try {
            String text = reader.read(path);
            return parse(new SourceFile(name, path, path.toRealPath(), text)).toConfig();
        } catch (SourceReader.UnreadableException e) {
            int number = sources.add(new SourceFile(name, path, path, ""));
            problems.add(Place.of(number, e.line()), e.getMessage());
        } catch (IOException e) {
            int number = sources.add(new SourceFile(name, path, path, ""));
            problems.add(Place.of(number, 0), "unreadable, " + e.getClass().getSimpleName());
        }
        problems.incomplete();
        return ConfigFactory.empty();
    }

    private ConfigObject parse(SourceFile file) {
        int number = sources.add(file);
        TextScan scan = new TextScan(file.text(), MAX_DEPTH);
        if (scan.tooDeepLine() > 0) {
            failed(
                    Place.of(number, scan.tooDeepLine()),
                    "nested too deeply (expected: at most " + MAX_DEPTH + " levels)");
            return ConfigFactory.empty().root();
        }
        open.push(new Open(number, file, new ArrayList<>(scan.includes())));
        try {
            return ConfigFactory.parseString(
                            file.text(),
                            ConfigParseOptions.defaults()
                                    .setSyntax(ConfigSyntax.CONF)
                                    .setOriginDescription(Sources.mark(number))
                                    .setIncluder(includer))
                    .root();
        } catch (com.typesafe.config.ConfigException e) {
            failed(place(e.origin(), number), syntaxError(e, file, number));
            return ConfigFactory.empty().root();
        } finally {
            open.pop();
        }
    }

    /** Parses what an include statement of the file at hand names. */
    ConfigObject include(String what) {
        String statement = "include " + Display.quoted(what);
        String refusal;
        try {
            Path written = Path.of(what);
            Path path = locate(written);
            if (ConfinedIncluder.climbs(written) || !inside(path)) {
                refusal = "outside of the folder of the configuration (expected: " + INSIDE + ")";
            } else if (!Files.exists(path)) {
                refusal = "missing (expected: " + INSIDE + ")";
            } else {
                Path real = path.toRealPath();
                refusal = depthProblem(real);
                if (refusal == null) {
                    return parse(new SourceFile(name(path, real), path, real, reader.read(path)));
                }
            }
        } catch (SourceReader.UnreadableException e) {
            refusal = (e.line() > 0 ? "line " + e.line() + ": " : "") + e.getMessage();
        } catch (IOException | InvalidPathException e) {
            refusal = "unreadable, " + e.getClass().getSimpleName() + " (expected: " + INSIDE + ")";
        }
        includeProblem(what, statement, refusal);
        return ConfigFactory.empty().root();
    }

    private String depthProblem(Path real) {
        if (open.stream().anyMatch(o -> o.file().realPath().equals(real))) {
            return "includes itself (expected: no cycle of includes)";
        }
        if (open.size() >= MAX_INCLUDE_DEPTH) {
            return "included too deeply (expected: at most " + MAX_INCLUDE_DEPTH + " files, one in the other)";
        }
        return null;
    }

    private Path locate(Path written) {
        Path path = open.element().file().path().resolveSibling(written);
        if (!Files.exists(path) && !written.toString().endsWith(".conf")) {
            Path extended = path.resolveSibling(path.getFileName() + ".conf");
            return Files.exists(extended) ? extended : path;
        }
        return path;
    }

    private boolean inside(Path path) throws IOException {
        if (Files.exists(path)) {
            return path.toRealPath().startsWith(folder.toRealPath());
        }
        return path.normalize().startsWith(folder);
    }

    private String name(Path path, Path real) {
        Path base = path.startsWith(folder) ? folder.relativize(path) : real.getFileName();
        return base.toString().replace('\\', '/');
    }

    /** Reports an include statement of the file at hand. */
    void includeProblem(String what, String statement, String problem) {
        Open current = open.element();
        TextScan.Include met = current.includes().stream()
                .filter(i -> i.name().equals(what))
                .findFirst()
                .orElseGet(() -> current.includes().stream().findFirst().orElse(new TextScan.Include(0, what)));
        current.includes().remove(met);
        failed(Place.of(current.number(), met.line()), statement + ": " + problem);
    }

    private void failed(Place place, String text) {
        problems.add(place, text);
        problems.incomplete();
    }

    private Place place(ConfigOrigin origin, int number) {
        Place place = origin == null ? null : sources.place(origin);
        return place == null ? Place.of(number, 0) : place;
    }

    private String syntaxError(com.typesafe.config.ConfigException e, SourceFile file, int number) {
        String line = file.line(place(e.origin(), number).line());
        if (Problems.secret(line)) {
            return HIDDEN;
        }
        if (BARE_URI.matcher(line).find()) {
            return "not HOCON: a URI without quotes (expected: a URI in quotes)";
        }
        return "not HOCON: " + libraryText(e, sources);
    }

    /** What the library says, without the mark of the file at its beginning. */
    static String libraryText(com.typesafe.config.ConfigException e, Sources sources) {
        String text = String.valueOf(e.getMessage());
        String prefix = e.origin() == null ? "" : e.origin().description() + ": ";
        text = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        return sources.named(text.replace(BAD_ADVICE, ""));
    }
}
