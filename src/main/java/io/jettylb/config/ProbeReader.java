package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads how the upstreams of a pool are asked for their health. */
final class ProbeReader {

    private static final String PATH = "a path such as /health, without white space and '#'";
    private static final String INITIAL = "down, up or until-first-probe";
    private static final String STATUSES = "statuses of 100..599, such as \"200-399\" or [200, 204]";
    private static final Pattern RANGE = Pattern.compile("\\s*([1-5]\\d\\d)(?:\\s*-\\s*([1-5]\\d\\d))?\\s*");

    private ProbeReader() {}

    static ProbeConfig read(Section probe, ProbeConfig fallback) {
        probe.checkKeys(Vocabulary.PROBE);
        Duration interval = probe.duration("interval", fallback.interval());
        Duration down = probe.setting("down-interval").isPresent()
                ? probe.duration("down-interval", fallback.interval())
                : fallback.downInterval();
        return new ProbeConfig(
                path(probe, fallback.path()),
                interval,
                probe.duration("timeout", fallback.timeout()),
                probe.integer("fall", 1, 100, fallback.fall()),
                probe.integer("rise", 1, 100, fallback.rise()),
                fastInterval(probe, interval, fallback.fastInterval()),
                probe.decimal("jitter", 0, 1, fallback.jitter()),
                probe.setting("expect-status")
                        .map(s -> statuses(probe, s))
                        .filter(ranges -> !ranges.isEmpty())
                        .orElse(fallback.expectStatus()),
                down,
                initial(probe, fallback.initial()),
                ProbeCheckReader.read(probe, fallback.check()));
    }

    private static InitialHealth initial(Section probe, InitialHealth fallback) {
        Optional<Setting> setting = probe.setting("initial");
        Optional<String> text = setting.flatMap(s -> probe.text(s, INITIAL));
        for (InitialHealth initial : InitialHealth.values()) {
            if (text.isPresent() && initial.text().equals(text.get())) {
                return initial;
            }
        }
        text.ifPresent(other -> probe.problems().add(setting.get(), INITIAL));
        return fallback;
    }

    private static String path(Section probe, String fallback) {
        return probe.setting("path")
                .flatMap(setting -> {
                    Optional<String> path = probe.text(setting, PATH);
                    if (path.isPresent() && !RequestPath.isUsable(path.get())) {
                        probe.problems().add(setting, PATH);
                        return Optional.empty();
                    }
                    return path;
                })
                .orElse(fallback);
    }

    // Who shortens the interval alone must not be told that a default is now too long.
    private static Duration fastInterval(Section probe, Duration interval, Duration fallback) {
        Duration inherited = fallback.compareTo(interval) > 0 ? interval : fallback;
        Duration fast = probe.duration("fast-interval", inherited);
        if (fast.compareTo(interval) > 0) {
            probe.setting("fast-interval")
                    .ifPresent(s -> probe.problems().add(s, "at most interval, " + interval.toMillis() + "ms"));
        }
        return fast;
    }

    /** A range, several with commas between them, or a list of such; none if there was a problem. */
    private static List<StatusRange> statuses(Section probe, Setting setting) {
        List<StatusRange> ranges = new ArrayList<>();
        List<Setting> members = setting.is(ConfigValueType.LIST) ? probe.members(setting) : List.of(setting);
        if (members.isEmpty()) {
            probe.problems().add(setting, STATUSES);
        }
        boolean good = true;
        for (Setting member : members) {
            Optional<List<StatusRange>> read =
                    Scalars.isText(member.value()) ? ranges(Scalars.text(member.value())) : Optional.empty();
            if (read.isEmpty()) {
                probe.problems().add(member, STATUSES);
                good = false;
            }
            read.ifPresent(ranges::addAll);
        }
        return good ? List.copyOf(ranges) : List.of();
    }

    private static Optional<List<StatusRange>> ranges(String text) {
        List<StatusRange> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                return Optional.empty();
            }
            int from = Integer.parseInt(range.group(1));
            int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
            if (to < from) {
                return Optional.empty();
            }
            ranges.add(new StatusRange(from, to));
        }
        return Optional.of(ranges);
    }
}
