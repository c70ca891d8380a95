package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be configured stands in the manual and in the reference, be it in a comment. */
class DocumentedKeysTest {

    private static final Pattern CELL = Pattern.compile("(?m)^\\| (`[^|]*?) \\|");
    private static final Pattern WORD = Pattern.compile("`([^` {]+)[^`]*`");

    /**
     * Where a block is described.
     *
     * @param heading how the heading of its section in the manual begins
     * @param prefix what its keys have in front there
     * @param from how its first line in the reference begins
     * @param to how the line after the last one begins
     */
    private record Place(String heading, String prefix, String from, String to) {

        static Place of(String heading, String prefix, String block) {
            return new Place(heading, prefix, "    " + block + " {", "    }");
        }
    }

    private static final Place POOL = new Place("### Pools:", "", "  defaults {", "  }");

    private static final Map<String, Place> PLACES = Map.ofEntries(
            Map.entry("Vocabulary.LB", new Place("## Configuration", "", "lb {", "}")),
            Map.entry("Vocabulary.MOUNT", new Place("### Mounts:", "", "  # Which context", "  mounts {}")),
            Map.entry("Vocabulary.MOUNT_TIMEOUTS", new Place("### Mounts:", "", "  # Which context", "  mounts {}")),
            Map.entry("Vocabulary.POOL", POOL),
            Map.entry("Vocabulary.DEFAULTS", POOL),
            Map.entry("Vocabulary.UPSTREAM", new Place("### Pools:", "upstreams[].", "  # Groups of", "  pools {}")),
            Map.entry(
                    "Vocabulary.SLOW_START",
                    new Place("### Pools:", "slow-start.", "    # Or a block:", "    slow-start")),
            Map.entry("Vocabulary.ZONE", Place.of("### Zones:", "zone.", "zone")),
            Map.entry("Vocabulary.LOAD_REPORT", Place.of("### What upstreams say:", "", "load-report")),
            Map.entry("Vocabulary.TIMEOUTS", Place.of("### Pools:", "timeouts.", "timeouts")),
            Map.entry("Vocabulary.CONNECTIONS", Place.of("### Pools:", "connections.", "connections")),
            Map.entry("Vocabulary.PROBE", Place.of("### Probes:", "", "probe")),
            Map.entry("Vocabulary.STICKY", Place.of("### Sticky sessions:", "", "sticky")),
            Map.entry("Vocabulary.TLS", Place.of("### TLS to upstreams:", "", "tls")),
            Map.entry("Vocabulary.FORWARDED", new Place("### Forwarding:", "", "  forwarded {", "  }")),
            Map.entry("RetryReader.KEYS", Place.of("### Retries:", "", "retry")),
            Map.entry("OutlierReader.KEYS", Place.of("### Outliers:", "", "outlier")),
            Map.entry("DrainReader.KEYS", Place.of("### Pools:", "drain.", "drain")),
            Map.entry("LimitsReader.QUEUE", Place.of("### Limits,", "queue.", "queue")),
            Map.entry(
                    "LimitsReader.ADAPTIVE", Place.of("### Limits,", "adaptive-concurrency.", "adaptive-concurrency")),
            Map.entry("LimitsReader.BREAKER", Place.of("### Limits,", "breaker.", "breaker")),
            Map.entry("LimitsReader.SHED", new Place("### Limits,", "", "  shed {", "  }")));

    /** Keys that the manual names elsewhere than in the first column of a table of that section, and where. */
    private static final Map<String, List<String>> IN_WORDS = Map.of(
            "Vocabulary.LB",
            List.of(
                    "### Mounts: `lb.mounts.",
                    "### Pools: `lb.pools.",
                    "`defaults`",
                    "`lb.forwarded",
                    "`lb.zone`",
                    "`shed {"),
            "Vocabulary.MOUNT_TIMEOUTS",
            List.of("| `timeouts { … }` | `first-byte`, `idle`, `total` and `tunnel` for this mount;"));

    @Test
    void everyBlockHasAPlace() throws Exception {
        assertThat(vocabularies().keySet()).isEqualTo(new TreeMap<>(PLACES).keySet());
    }

    @Test
    void everyKeyIsInTheManual() throws Exception {
        String readme = Files.readString(Path.of("README.md"), StandardCharsets.UTF_8);
        for (Map.Entry<String, Vocabulary> block : vocabularies().entrySet()) {
            List<String> words = IN_WORDS.get(block.getKey());
            List<String> keys = block.getValue().keys();
            if (words != null) {
                assertThat(readme).contains(words);
                assertThat(keys)
                        .allSatisfy(key -> assertThat(String.join(" ", words)).contains(key));
                continue;
            }
            Place place = PLACES.get(block.getKey());
            assertThat(words(section(readme, place.heading())))
                    .as("keys in the tables of %s for %s", place.heading(), block.getKey())
                    .containsAll(keys.stream().map(key -> place.prefix() + key).toList());
        }
    }

    @Test
    void everyKeyIsInTheReference() throws Exception {
        Path file = Path.of(LbConfig.class.getResource("/reference.conf").toURI());
        List<String> reference = Files.readAllLines(file, StandardCharsets.UTF_8);
        for (Map.Entry<String, Vocabulary> block : vocabularies().entrySet()) {
            Place place = PLACES.get(block.getKey());
            String lines = lines(reference, place);
            for (String key : block.getValue().keys()) {
                boolean poolsOnly = block.getKey().equals("Vocabulary.POOL") && key.equals("upstreams");
                boolean listed = block.getKey().equals("Vocabulary.MOUNT_TIMEOUTS");
                assertThat(poolsOnly ? String.join("\n", reference) : lines)
                        .as("%s of %s", key, block.getKey())
                        .containsPattern("(?m)(^|[\\s#{,])" + Pattern.quote(key) + (listed ? "[, ]" : "\\s*[={]"));
            }
        }
    }

    /** All of them, by the class and the name of the constant. */
    private static Map<String, Vocabulary> vocabularies() throws Exception {
        URI classes = Vocabulary.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        Map<String, Vocabulary> all = new TreeMap<>();
        try (Stream<Path> files = Files.list(Path.of(classes).resolve("io/jettylb/config"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".class") && !name.startsWith("package-info")) {
                    Class<?> type = Class.forName("io.jettylb.config." + name.substring(0, name.length() - 6));
                    for (Field field : type.getDeclaredFields()) {
                        if (field.getType() == Vocabulary.class && Modifier.isStatic(field.getModifiers())) {
                            field.setAccessible(true);
                            all.put(type.getSimpleName() + "." + field.getName(), (Vocabulary) field.get(null));
                        }
                    }
                }
            }
        }
        return all;
    }

    private static String section(String readme, String heading) throws IOException {
        int from = readme.indexOf("\n" + heading);
        assertThat(from).as(heading).isPositive();
        Matcher next = Pattern.compile("(?m)^##").matcher(readme);
        return readme.substring(from, next.find(from + 3) ? next.start() : readme.length());
    }

    /** What the first cells of its tables name; {@code `a.b`, `c`} is a, a.b and a.c. */
    private static Set<String> words(String section) {
        Set<String> words = new HashSet<>();
        Matcher cells = CELL.matcher(section);
        while (cells.find()) {
            String prefix = "";
            Matcher word = WORD.matcher(cells.group(1));
            while (word.find()) {
                String key = word.group(1);
                int dot = key.lastIndexOf('.');
                prefix = dot < 0 ? prefix : key.substring(0, dot + 1);
                words.add(dot < 0 ? prefix + key : key);
                words.add(dot < 0 ? key : key.substring(0, dot).replace("[]", ""));
            }
        }
        return words;
    }

    private static String lines(List<String> reference, Place place) {
        StringBuilder lines = new StringBuilder();
        boolean inside = false;
        for (String line : reference) {
            if (inside && line.startsWith(place.to())) {
                return lines.toString();
            }
            inside |= line.startsWith(place.from());
            if (inside) {
                lines.append(line).append('\n');
            }
        }
        throw new AssertionError(place + ": not in the reference");
    }
}
