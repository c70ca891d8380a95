package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what decides about the shares of upstreams beside their weights. */
final class SharesReader {

    private static final String ZONE = "a name of at most 100 letters, digits, '.', '_' and '-'";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");
    private static final String FIELD =
            "the name of a field such as X-Load-Balancing-Endpoint-Weight, and of no standard one, or off";
    private static final Set<String> OFF = Set.of("off", "none", "false");

    private SharesReader() {}

    static SharesConfig read(Section section, SharesConfig fallback) {
        return new SharesConfig(
                slowStart(section, fallback.slowStart()),
                section.section("zone")
                        .map(block -> zone(block, fallback.zone()))
                        .orElse(fallback.zone()),
                section.section("load-report")
                        .map(block -> loadReport(block, fallback.loadReport()))
                        .orElse(fallback.loadReport()));
    }

    /** A name of a zone; empty if none is written, or a wrong one. */
    static String zoneName(Section section, String key) {
        Optional<Setting> setting = section.setting(key);
        Optional<String> name = setting.flatMap(s -> section.text(s, ZONE));
        if (name.isPresent() && !NAME.matcher(name.get()).matches()) {
            section.problems().add(setting.get(), ZONE);
            return "";
        }
        return name.orElse("");
    }

    private static SlowStartConfig slowStart(Section section, SlowStartConfig fallback) {
        Optional<Setting> setting = section.setting("slow-start");
        if (setting.isEmpty()) {
            return fallback;
        }
        if (!setting.get().is(ConfigValueType.OBJECT)) {
            Duration window = section.off("slow-start", fallback.window());
            return new SlowStartConfig(window, fallback.aggression(), fallback.minWeight());
        }
        Section block = section.section(setting.get(), "").orElseThrow();
        block.checkKeys(Vocabulary.SLOW_START);
        if (!block.has("window") && fallback.window().isZero()) {
            block.problems().missing(block.place(), Display.child(block.path(), "window"), "a duration such as 30s");
        }
        return new SlowStartConfig(
                block.off("window", fallback.window()),
                positive(block, "aggression", 100, fallback.aggression()),
                block.integer("min-weight", 1, 100, fallback.minWeight()));
    }

    private static ZoneConfig zone(Section block, ZoneConfig fallback) {
        block.checkKeys(Vocabulary.ZONE);
        return new ZoneConfig(
                fallback.own(),
                block.integer("min-upstreams", 1, 100_000, fallback.minUpstreams()),
                positive(block, "share", 1, fallback.share()));
    }

    private static LoadReportConfig loadReport(Section block, LoadReportConfig fallback) {
        block.checkKeys(Vocabulary.LOAD_REPORT);
        return new LoadReportConfig(
                field(block, "weight-header", fallback.weightHeader()),
                field(block, "in-flight-header", fallback.inFlightHeader()),
                block.bool("orca", fallback.orca()),
                block.bool("agent", fallback.agent()),
                block.duration("expiry", fallback.expiry()),
                block.off("blackout", fallback.blackout()),
                block.decimal("error-penalty", 0, 100, fallback.errorPenalty()));
    }

    private static String field(Section block, String key, String fallback) {
        Optional<Setting> setting = block.setting(key);
        Optional<String> name = setting.flatMap(s -> block.text(s, FIELD));
        if (name.isEmpty()) {
            return fallback;
        }
        if (OFF.contains(name.get())) {
            return null;
        }
        if (!FieldName.isFree(name.get())) {
            block.problems().add(setting.get(), FIELD);
            return fallback;
        }
        return name.get();
    }

    private static double positive(Section block, String key, int max, double fallback) {
        Optional<Setting> setting = block.setting(key);
        if (setting.isEmpty()) {
            return fallback;
        }
        Optional<Double> number = Scalars.decimal(setting.get().value(), 0, max).filter(read -> read > 0);
        if (number.isEmpty()) {
            block.problems().add(setting.get(), "above 0, at most " + max);
        }
        return number.orElse(fallback);
    }
}
