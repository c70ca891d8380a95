package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the choice of a strategy, in its short form or as a block. */
final class StrategyReader {

    private static final List<String> EVEN = List.of("round-robin", "weighted-round-robin");
    private static final List<String> LEAST = List.of("least-request", "least-connections");
    private static final List<String> ADDRESS = List.of("ip-hash", "ring-hash");
    private static final List<String> HASH = List.of("ring-hash");
    private static final List<String> RENDEZVOUS = List.of("rendezvous", "ring-hash");
    private static final List<String> CHANCE = List.of("random", "weighted-random");
    private static final List<String> TIME = List.of("least-response-time", "peak-ewma");
    private static final List<String> PEAK = List.of("peak-ewma", "least-response-time");
    private static final List<String> TWO = List.of("p2c", "power-of-two", "least-request");

    /** From other balancers' names to what comes nearest here, best first. */
    private static final Map<String, List<String>> PEERS = peers();

    private final StrategyCatalog catalog;

    StrategyReader(StrategyCatalog catalog) {
        this.catalog = catalog;
    }

    StrategyConfig read(Section pool, StrategyConfig fallback) {
        Optional<Setting> found = pool.setting("strategy");
        if (found.isEmpty()) {
            return fallback;
        }
        return read(pool, found.get()).orElse(fallback);
    }

    /** A strategy's name or block; empty if it is not usable, which has been noted then. */
    private Optional<StrategyConfig> read(Section section, Setting setting) {
        if (setting.is(ConfigValueType.OBJECT)) {
            return section.section(setting, "").flatMap(this::block);
        }
        Optional<String> name = section.text(setting, expected(""));
        if (name.isEmpty() || options(section, setting, name.get()).isEmpty()) {
            return Optional.empty();
        }
        StrategyConfig strategy = new StrategyConfig(name.get(), Map.of());
        Optional<String> problem = catalog.problem(strategy);
        problem.ifPresent(p -> section.problems().add(setting.place(), setting.path() + "." + p));
        return problem.isPresent() ? Optional.empty() : Optional.of(strategy);
    }

    private Optional<StrategyConfig> block(Section block) {
        Optional<Setting> setting = block.setting("name");
        if (!block.has("name")) {
            block.problems().missing(block.place(), Display.child(block.path(), "name"), expected(""));
        }
        Optional<String> name = setting.flatMap(s -> block.text(s, expected("")));
        Optional<Set<String>> known = name.flatMap(n -> options(block, setting.get(), n));
        if (known.isEmpty() || !optionsFit(block, known.get()) || !strategiesFit(block, name.get())) {
            return Optional.empty();
        }
        Map<String, Object> options = new HashMap<>(block.plain());
        options.remove("name");
        StrategyConfig strategy = new StrategyConfig(name.get(), Collections.unmodifiableMap(options));
        Optional<String> problem = catalog.problem(strategy);
        problem.ifPresent(p -> report(block, block.path(), p));
        return problem.isPresent() ? Optional.empty() : Optional.of(strategy);
    }

    /** The strategies that a strategy uses are read as it is itself: with their lines, and with what may be meant. */
    private boolean strategiesFit(Section block, String name) {
        boolean fit = true;
        for (String option : catalog.strategyOptionNames(name)) {
            Optional<Setting> nested = block.setting(option);
            fit &= nested.isEmpty() || read(block, nested.get()).isPresent();
        }
        return fit;
    }

    private Optional<Set<String>> options(Section section, Setting setting, String name) {
        Optional<Set<String>> options = catalog.optionNames(name);
        if (options.isEmpty()) {
            section.problems().add(setting, expected(name));
        }
        return options;
    }

    private static boolean optionsFit(Section block, Set<String> known) {
        List<String> keys = known.stream().sorted().toList();
        Vocabulary vocabulary = new Vocabulary(keys, Set.of(), Map.of());
        boolean fit = true;
        for (Setting option : block.settings()) {
            if (option.key().equals("name")) {
                continue;
            }
            if (!known.contains(option.key())) {
                String expected = keys.isEmpty() ? "no options" : vocabulary.expected(option.key());
                block.problems().add(option, "unknown key", expected);
                fit = false;
            } else if (block.setting(option.key()).isEmpty()) {
                fit = false;
            }
        }
        return fit;
    }

    // The strategy knows the option but not its line.
    private static void report(Section block, String path, String problem) {
        String option = problem.substring(0, Math.max(0, problem.indexOf(':')));
        for (Setting setting : block.settings()) {
            String key = setting.key();
            if (key.equals(option)) {
                String text = Problems.secret(key) ? key + ": not usable (its value is hidden)" : problem;
                block.problems().add(setting.place(), path + "." + text);
                return;
            }
            if (option.startsWith(key + ".") && setting.is(ConfigValueType.OBJECT)) {
                String rest = problem.substring(key.length() + 1);
                block.section(setting, "").ifPresent(inner -> report(inner, path + "." + key, rest));
                return;
            }
        }
        block.problems().add(block.place(), path + "." + problem);
    }

    private String expected(String written) {
        Set<String> names = catalog.names();
        String spelling = Suggestion.spelling(written);
        Optional<String> meant = PEERS.getOrDefault(spelling, List.of()).stream()
                .filter(names::contains)
                .findFirst()
                .or(() -> written.isEmpty() ? Optional.empty() : Suggestion.nearest(written, names));
        return Display.names(names)
                + meant.map(m -> "; did you mean " + m + "?").orElse("");
    }

    private static Map<String, List<String>> peers() {
        Map<String, List<String>> peers = new HashMap<>();
        meaning(peers, EVEN, "roundrobin round-robin rr wrr static-rr weighted-round-robin");
        meaning(
                peers,
                LEAST,
                "least-conn leastconn least-connection least-connections least-outstanding-requests least-requests leastrequest bybusyness");
        meaning(peers, ADDRESS, "ip-hash client-ip-hash source source-ip source-hash ip");
        meaning(
                peers,
                HASH,
                "hash consistent-hash consistenthash consistent generic-hash ketama ring ringhash uri uri-hash url-param query hdr header cookie");
        meaning(peers, RENDEZVOUS, "hrw rendezvous-hash highest-random-weight");
        peers.put("maglev-hash", List.of("maglev", "ring-hash"));
        meaning(peers, CHANCE, "random weighted-random");
        meaning(peers, TWO, "random-choose random-two p2c power-of-two-choices");
        meaning(peers, TIME, "least-time leasttime latency fastest response-time least-response");
        meaning(peers, PEAK, "ewma peakewma p2c-ewma p2c-peak-ewma aperture");
        meaning(peers, List.of("prequal"), "probing rif hot-cold");
        meaning(peers, List.of("first"), "pick-first fill-first failover");
        return peers;
    }

    private static void meaning(Map<String, List<String>> peers, List<String> here, String names) {
        for (String name : names.split(" ")) {
            peers.put(name, here);
        }
    }
}
