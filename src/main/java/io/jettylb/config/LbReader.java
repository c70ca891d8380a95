package io.jettylb.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a file from beginning to end: text, tree, substitutions, records. */
final class LbReader {

    private static final int MAX_UNRESOLVED = 100;
    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{([^}]*)}");

    private final Sources sources = new Sources();
    private final Problems problems = new Problems(sources);
    private final PoliciesReader policies;

    LbReader(StrategyCatalog strategies, Set<Protocol> protocols) {
        this(strategies, protocols, System::getenv);
    }

    LbReader(StrategyCatalog strategies, Set<Protocol> protocols, UnaryOperator<String> environment) {
        policies = new PoliciesReader(strategies, protocols, environment);
    }

    LbConfig read(Path file) throws ConfigException {
        Path absolute = file.toAbsolutePath().normalize();
        LbConfig config;
        try {
            Config parsed = new SourceParser(absolute.getParent(), sources, problems).parse(absolute);
            config = config(resolve(parsed));
        } catch (StackOverflowError e) {
            // Braces are counted before parsing, but chains of substitutions and of dots in keys nest as well.
            throw new ConfigException(List.of(absolute.getFileName() + ": nested too deeply (expected: at most "
                    + SourceParser.MAX_DEPTH + " levels)"));
        }
        if (!problems.isEmpty()) {
            throw problems.toException();
        }
        return config;
    }

    // The library stops at the first substitution without a value. So that all are found, each gets a made-up value.
    private Config resolve(Config parsed) {
        Set<String> unresolved = new HashSet<>();
        while (true) {
            try {
                return parsed.resolve(ConfigResolveOptions.defaults().appendResolver(madeUp(unresolved)));
            } catch (com.typesafe.config.ConfigException e) {
                Place origin = e.origin() == null ? null : sources.place(e.origin());
                Place place = origin == null ? Place.of(0, 0) : origin;
                Matcher name = SUBSTITUTION.matcher(String.valueOf(e.getMessage()));
                boolean plain = e instanceof com.typesafe.config.ConfigException.UnresolvedSubstitution
                        && !e.getMessage().contains("cycle");
                if (!plain || !name.find() || unresolved.size() >= MAX_UNRESOLVED || !unresolved.add(name.group(1))) {
                    boolean secret = Problems.secret(sources.file(place.file()).line(place.line()));
                    problems.add(
                            place, secret ? SourceParser.HIDDEN : "not HOCON: " + SourceParser.libraryText(e, sources));
                    problems.incomplete();
                    return ConfigFactory.empty();
                }
                problems.missing(
                        place,
                        name.group(),
                        "a value in this file or in the environment, or ${?…} if it may be absent");
            }
        }
    }

    private static ConfigResolver madeUp(Set<String> unresolved) {
        return new ConfigResolver() {
            @Override
            public ConfigValue lookup(String path) {
                return unresolved.contains(path) ? ConfigValueFactory.fromAnyRef("", Problems.UNRESOLVED) : null;
            }

            @Override
            public ConfigResolver withFallback(ConfigResolver fallback) {
                return this;
            }
        };
    }

    private LbConfig config(Config config) {
        Section root = new Section(sources, problems, config.root(), "", Place.of(0, 0));
        Optional<Section> lb = root.section("lb").map(s -> s.at(""));
        root.settings().forEach(setting -> misplaced(setting, lb));
        lb.ifPresent(s -> s.checkKeys(Vocabulary.LB));
        Policies defaults =
                lb.flatMap(s -> s.section("defaults")).map(this::defaults).orElse(Policies.BUILT_IN);
        String zone = lb.map(s -> SharesReader.zoneName(s, "zone")).orElse("");
        Map<String, PoolConfig> pools = new LinkedHashMap<>();
        PoolReader poolReader = new PoolReader(policies, defaults, zone);
        lb.flatMap(s -> s.section("pools"))
                .ifPresent(s -> s.settings().forEach(pool -> poolReader.read(s, pool, pools)));
        MountReader mountReader = new MountReader(pools);
        List<MountConfig> mounts = lb.flatMap(s -> s.section("mounts"))
                .map(s -> s.settings().stream()
                        .flatMap(mount -> mountReader.read(s, mount).stream())
                        .toList())
                .orElse(List.of());
        ForwardedConfig forwarded = lb.flatMap(s -> s.section("forwarded"))
                .map(s -> ForwardedReader.read(s, Policies.FORWARDED))
                .orElse(Policies.FORWARDED);
        ShedConfig shed =
                lb.flatMap(s -> s.section("shed")).map(LimitsReader::shed).orElse(null);
        return new LbConfig(mounts, Collections.unmodifiableMap(pools), forwarded, shed);
    }

    private Policies defaults(Section section) {
        section.checkKeys(Vocabulary.DEFAULTS);
        return policies.read(section, Policies.BUILT_IN);
    }

    // Beside lb, the file may hold whatever is used in substitutions; but what looks like ours is ours, misplaced.
    private void misplaced(Setting setting, Optional<Section> lb) {
        if (setting.key().equals("lb") || !setting.is(ConfigValueType.OBJECT)) {
            return;
        }
        String meant = null;
        for (String block : List.of("mounts", "pools")) {
            boolean near = Suggestion.distance(block, setting.key()) == 1
                    && lb.filter(s -> s.has(block)).isEmpty();
            if (near || setting.key().equals(block)) {
                meant = "lb." + block;
            } else if (lb.isEmpty() && ((ConfigObject) setting.value()).containsKey(block)) {
                meant = "lb";
            }
        }
        if (meant != null) {
            problems.add(setting, "outside of lb", "only values for substitutions here; did you mean " + meant + "?");
        }
    }
}
