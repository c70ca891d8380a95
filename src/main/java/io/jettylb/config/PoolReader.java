package io.jettylb.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads one pool with its upstreams. */
final class PoolReader {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,300}");
    private static final String URI_FORM = "a URI such as http://10.0.0.1:8080";
    private static final int MAX_TIER = 100;
    private static final String UPSTREAMS = "a list of at least one upstream";

    private final PoliciesReader policies;
    private final Policies defaults;
    private final String zone;

    /**
     * A reader.
     *
     * @param zone where this balancer stands; empty if that was not said
     */
    PoolReader(PoliciesReader policies, Policies defaults, String zone) {
        this.policies = policies;
        this.defaults = defaults;
        this.zone = zone;
    }

    /** Reads what stands under a name in {@code pools}: one pool, or several if dots have split the name. */
    void read(Section pools, Setting setting, Map<String, PoolConfig> read) {
        Optional<Section> found = pools.section(setting, "a block such as { upstreams = [\"http://10.0.0.1:8080\"] }");
        if (found.isEmpty()) {
            return;
        }
        Section pool = found.get();
        if (!NAME.matcher(setting.key()).matches()) {
            pools.problems().add(setting, "not usable as a name", "letters, digits, '.', '_' and '-'");
        }
        boolean split = false;
        boolean own = pool.settings().isEmpty();
        for (Setting child : pool.settings()) {
            if (Vocabulary.POOL.keys().contains(child.key())) {
                own = true;
            } else if (looksLikePool(child.value(), 0)) {
                split = true;
                dotted(pool, child, setting.key() + "." + child.key(), read);
            } else {
                own = true;
                pool.unknown(Vocabulary.POOL, child);
            }
        }
        if (own || !split) {
            read.put(setting.key(), pool(pool, setting.key()));
        }
    }

    // The parts are put together again, so that the mounts that use the name raise no problems of their own.
    private void dotted(Section parent, Setting setting, String name, Map<String, PoolConfig> read) {
        Optional<Section> found = parent.section(setting, "");
        if (found.isEmpty()) {
            return;
        }
        Section section = found.get();
        if (!isPool((ConfigObject) setting.value())) {
            for (Setting child : section.settings()) {
                if (looksLikePool(child.value(), 0)) {
                    dotted(section, child, name + "." + child.key(), read);
                } else {
                    section.unknown(Vocabulary.POOL, child);
                }
            }
            return;
        }
        parent.problems()
                .add(setting, "a name with a dot but without quotes", "pools." + Display.key(name) + ", in quotes");
        section.checkKeys(Vocabulary.POOL);
        read.put(name, pool(section, name));
    }

    private static boolean looksLikePool(ConfigValue value, int depth) {
        return value.valueType() == ConfigValueType.OBJECT
                && (isPool((ConfigObject) value)
                        || depth < SourceParser.MAX_DEPTH
                                && ((ConfigObject) value).values().stream().anyMatch(v -> looksLikePool(v, depth + 1)));
    }

    private static boolean isPool(ConfigObject object) {
        return Vocabulary.POOL.keys().stream().anyMatch(object::containsKey);
    }

    private PoolConfig pool(Section pool, String name) {
        Policies read = policies.read(pool, defaults);
        List<UpstreamConfig> upstreams = upstreams(pool);
        boolean secure = upstreams.stream()
                .anyMatch(upstream -> upstream.uri().getScheme().equals("https"));
        checkSchemes(pool, read.protocol(), upstreams);
        ProbeConfig probe = pool.has("probe") ? read.probe() : null;
        if (probe != null) {
            ProbeCombinations.check(pool, read.protocol(), probe.check(), upstreams);
        }
        return new PoolConfig(
                name,
                read.strategy(),
                upstreams,
                read.host(),
                read.retry(),
                read.timeouts(),
                read.connections(),
                read.protocol(),
                probe,
                pool.has("sticky") ? read.sticky() : null,
                secure || pool.has("tls") || ProbeCombinations.needTls(probe) ? read.tls() : null,
                read.proxyProtocol(),
                shares(pool, read),
                read.outlier(),
                LimitsReader.of(pool, read.limits()),
                read.drain());
    }

    private SharesConfig shares(Section pool, Policies read) {
        SharesConfig shares = read.shares();
        LoadReportConfig report = pool.has("load-report") ? shares.loadReport() : null;
        if (report != null && report.agent()) {
            boolean probed = pool.has("probe");
            ProbeType type = read.probe().check().type();
            if (!probed || type != ProbeType.HTTP) {
                pool.problems()
                        .add(
                                pool.setting("load-report").map(Setting::place).orElse(pool.place()),
                                Display.child(Display.child(pool.path(), "load-report"), "agent"),
                                probed ? "true with probe.type " + type.text() : "true without probe",
                                probed
                                        ? "probe.type = http: the content of its answers is what agents speak in"
                                        : "a block probe, too: its answers are what agents speak in");
            }
        }
        return new SharesConfig(shares.slowStart(), shares.zone().at(zone), report);
    }

    private static void checkSchemes(Section pool, Protocol protocol, List<UpstreamConfig> upstreams) {
        if (protocol != Protocol.H2C && protocol != Protocol.H2) {
            return;
        }
        boolean tls = protocol == Protocol.H2;
        for (UpstreamConfig upstream : upstreams) {
            if (!upstream.uri().getScheme().equals(tls ? "https" : "http")) {
                pool.problems()
                        .add(
                                pool.setting("protocol").map(Setting::place).orElse(pool.place()),
                                Display.child(pool.path(), "protocol"),
                                protocol.text() + " with " + upstream.uri(),
                                tls ? "https URIs: h2 is over TLS, h2c without" : "http URIs: h2c has no TLS");
                return;
            }
        }
    }

    private static List<UpstreamConfig> upstreams(Section pool) {
        if (!pool.has("upstreams")) {
            pool.problems().missing(pool.place(), Display.child(pool.path(), "upstreams"), UPSTREAMS);
            return List.of();
        }
        Optional<List<Setting>> members = pool.list("upstreams", UPSTREAMS);
        if (members.isPresent() && members.get().isEmpty()) {
            pool.setting("upstreams").ifPresent(s -> pool.problems().add(s, UPSTREAMS));
        }
        List<UpstreamConfig> upstreams = new ArrayList<>();
        Map<String, String> ids = new HashMap<>();
        for (Setting member : members.orElse(List.of())) {
            upstream(pool, member, ids).ifPresent(upstreams::add);
        }
        return List.copyOf(upstreams);
    }

    private static Optional<UpstreamConfig> upstream(Section pool, Setting member, Map<String, String> ids) {
        if (!member.is(ConfigValueType.OBJECT)) {
            Optional<UpstreamUri> uri = pool.text(
                            member, "a URI, or a block such as { uri = \"http://10.0.0.1:8080\" }")
                    .flatMap(text -> uri(pool, member, text));
            uri.ifPresent(u -> unique(pool, member, u.id(), ids));
            return uri.map(u -> new UpstreamConfig(u.id(), u.uri(), 1, u.socket()));
        }
        return pool.section(member, "").flatMap(block -> block(block, member, ids));
    }

    private static Optional<UpstreamConfig> block(Section block, Setting member, Map<String, String> ids) {
        block.checkKeys(Vocabulary.UPSTREAM);
        int weight = block.integer("weight", 0, UpstreamConfig.MAX_WEIGHT, 1);
        int maxRequests = block.integer("max-requests", 1, 1_000_000, UpstreamConfig.UNLIMITED);
        int tier = tier(block);
        String zone = SharesReader.zoneName(block, "zone");
        if (!block.has("uri")) {
            block.problems().missing(block.place(), Display.child(block.path(), "uri"), URI_FORM);
        }
        Optional<Setting> written = block.setting("id");
        Optional<String> id = written.flatMap(s -> id(block, s));
        Optional<UpstreamUri> uri =
                block.setting("uri").flatMap(s -> block.text(s, URI_FORM).flatMap(t -> uri(block, s, t)));
        // An id that is wrong has been reported; the default would only confuse.
        Optional<String> called = written.isPresent() ? id : uri.map(UpstreamUri::id);
        called.ifPresent(name -> unique(block, written.orElse(member), name, ids));
        return uri.map(
                u -> new UpstreamConfig(called.orElse(""), u.uri(), weight, u.socket(), maxRequests, tier, zone));
    }

    private static int tier(Section block) {
        Optional<Setting> setting = block.setting("backup");
        if (setting.isEmpty()) {
            return 0;
        }
        Optional<Integer> tier = Scalars.bool(setting.get().value())
                .map(backup -> backup ? 1 : 0)
                .or(() -> Scalars.integer(setting.get().value(), 0, MAX_TIER));
        if (tier.isEmpty()) {
            block.problems().add(setting.get(), "true, false, or the number of a tier, 0.." + MAX_TIER);
        }
        return tier.orElse(0);
    }

    private static void unique(Section section, Setting setting, String id, Map<String, String> ids) {
        String earlier = ids.putIfAbsent(id, setting.path());
        if (earlier != null) {
            section.problems()
                    .add(
                            setting,
                            "the id " + Display.quoted(id) + " again",
                            "an id of its own; this one is taken by " + earlier);
        }
    }

    private static Optional<String> id(Section block, Setting setting) {
        String expected = "letters, digits, '.', '_', ':' and '-'";
        Optional<String> id = block.text(setting, expected);
        if (id.isPresent() && !ID.matcher(id.get()).matches()) {
            block.problems().add(setting, expected);
            return Optional.empty();
        }
        return id;
    }

    private static Optional<UpstreamUri> uri(Section section, Setting setting, String text) {
        try {
            return Optional.of(UpstreamUri.parse(text));
        } catch (UpstreamUri.UnusableException e) {
            section.problems().add(setting, e.expected());
            return Optional.empty();
        }
    }
}
