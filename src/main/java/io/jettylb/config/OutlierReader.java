package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads when upstreams are ejected because of the requests that they fail, and what happens when too few are left. */
final class OutlierReader {

    private static final Map<String, String> PEERS = Map.ofEntries(
            Map.entry("max-fails", "consecutive-failures"),
            Map.entry("fails", "consecutive-failures"),
            Map.entry("unhealthy-fails", "consecutive-failures"),
            Map.entry("error-limit", "consecutive-failures"),
            Map.entry("consecutive-errors", "consecutive-failures"),
            Map.entry("consecutive-5xx", "consecutive-failures"),
            Map.entry("consecutive-5xx-errors", "consecutive-failures"),
            Map.entry("consecutive-gateway-failure", "consecutive-failures"),
            Map.entry("consecutive-gateway-errors", "consecutive-failures"),
            Map.entry("consecutive-local-origin-failure", "consecutive-failures"),
            Map.entry("failure-percentage-threshold", "failure-rate, a part of 1"),
            Map.entry("failure-rate-threshold", "failure-rate, a part of 1"),
            Map.entry("error-rate", "failure-rate"),
            Map.entry("request-volume", "min-requests"),
            Map.entry("request-volume-threshold", "min-requests"),
            Map.entry("failure-percentage-request-volume", "min-requests"),
            Map.entry("minimum-number-of-calls", "min-requests"),
            Map.entry("interval", "window"),
            Map.entry("sliding-window-size", "window"),
            Map.entry("unhealthy-latency", "slow"),
            Map.entry("slow-call-duration-threshold", "slow"),
            Map.entry("success-rate-stdev-factor", "success-rate-factor, 1.9 where Envoy has 1900"),
            Map.entry("success-rate-request-volume", "success-rate-min-requests"),
            Map.entry("fail-timeout", "eject"),
            Map.entry("fail-duration", "eject"),
            Map.entry("retry", "eject"),
            Map.entry("base-ejection-time", "eject"),
            Map.entry("ejection-time", "eject"),
            Map.entry("problem-server-retry", "eject"),
            Map.entry("wait-duration-in-open-state", "eject"),
            Map.entry("max-ejection-time", "max-eject"),
            Map.entry("max-ejection-time-jitter", "jitter, a part of 1"),
            Map.entry("max-ejection-percent", "max-ejected, a part of 1"),
            Map.entry("successful-active-health-check-uneject-host", "probe-ends"));

    private static final Vocabulary KEYS = new Vocabulary(
            List.of(
                    "consecutive-failures",
                    "failure-rate",
                    "min-requests",
                    "window",
                    "slow",
                    "success-rate-factor",
                    "success-rate-min-requests",
                    "eject",
                    "max-eject",
                    "jitter",
                    "max-ejected",
                    "probe-ends"),
            Set.of(),
            PEERS);

    private static final String BLOCK = "a block in braces, on or off";
    private static final String MODES = "ignore-health or fail";
    private static final Map<String, String> PEERS_MODES = Map.of(
            "open", "ignore-health", "closed", "fail", "fail-traffic-on-panic", "fail", "fail-open", "ignore-health");

    private OutlierReader() {}

    /** Reads {@code outlier}, {@code panic-threshold} and {@code panic-mode} of a pool or of the defaults. */
    static OutlierConfig read(Section section, OutlierConfig fallback) {
        OutlierConfig read = section.setting("outlier")
                .map(setting -> outlier(section, setting, fallback))
                .orElse(fallback);
        PanicConfig panic = fallback.panic();
        return read.with(new PanicConfig(
                section.decimal("panic-threshold", 0, 1, panic.threshold()), mode(section, panic.mode())));
    }

    private static OutlierConfig outlier(Section section, Setting setting, OutlierConfig fallback) {
        if (setting.is(ConfigValueType.OBJECT)) {
            return block(section.section(setting, BLOCK).orElseThrow(), fallback);
        }
        Optional<Boolean> on = Scalars.bool(setting.value());
        if (on.isEmpty()) {
            section.problems().add(setting, BLOCK);
        }
        return fallback.on(on.orElse(fallback.on()));
    }

    /** Whoever writes a block wants what is in it. */
    private static OutlierConfig block(Section block, OutlierConfig fallback) {
        block.checkKeys(KEYS);
        return new OutlierConfig(
                true,
                block.integer("consecutive-failures", 0, 1_000, fallback.consecutiveFailures()),
                block.decimal("failure-rate", 0, 1, fallback.failureRate()),
                block.integer("min-requests", 1, 1_000_000, fallback.minRequests()),
                block.duration("window", fallback.window()),
                block.off("slow", fallback.slow()),
                block.decimal("success-rate-factor", 0, 10, fallback.successRateFactor()),
                block.integer("success-rate-min-requests", 1, 1_000_000, fallback.successRateMinRequests()),
                eject(block, fallback.eject()),
                fallback.panic());
    }

    private static EjectConfig eject(Section block, EjectConfig fallback) {
        Duration time = block.duration("eject", fallback.time());
        // Who writes a long time alone must not be told that a default is now too short.
        Duration inherited = fallback.max().compareTo(time) < 0 ? time : fallback.max();
        Duration max = block.duration("max-eject", inherited);
        if (max.compareTo(time) < 0) {
            block.setting("max-eject")
                    .ifPresent(s -> block.problems().add(s, "at least eject, " + time.toMillis() + "ms"));
        }
        return new EjectConfig(
                time,
                max,
                block.decimal("jitter", 0, 1, fallback.jitter()),
                block.decimal("max-ejected", 0, 1, fallback.maxEjected()),
                block.bool("probe-ends", fallback.probeEnds()));
    }

    private static PanicConfig.Mode mode(Section section, PanicConfig.Mode fallback) {
        Optional<Setting> setting = section.setting("panic-mode");
        Optional<String> text = setting.flatMap(s -> section.text(s, MODES));
        for (PanicConfig.Mode mode : PanicConfig.Mode.values()) {
            if (text.isPresent() && mode.text().equals(text.get())) {
                return mode;
            }
        }
        text.ifPresent(other -> {
            String meant = PEERS_MODES.get(Suggestion.spelling(other));
            section.problems().add(setting.get(), MODES + (meant == null ? "" : "; did you mean " + meant + "?"));
        });
        return fallback;
    }
}
