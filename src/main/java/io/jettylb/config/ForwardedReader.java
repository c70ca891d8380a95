package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what upstreams are told about the way of a request. */
final class ForwardedReader {

    private static final String RANGES = "a list of addresses and ranges such as [\"10.0.0.0/8\", \"fd00::/8\"]";
    private static final String RANGE = "an IP address, or a range such as 10.0.0.0/8 or fd00::/8";
    private static final String FAMILY = "x-forwarded or rfc7239";
    private static final String FIELD = "the name of a field such as X-Request-ID, or off";
    private static final String PSEUDONYM = "a name of at most 64 letters, digits, '.', '_' and '-', or off";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern FIELD_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,63}");
    private static final Set<String> OFF = Set.of("off", "none", "false", "");

    /** Fields with a meaning that an id would destroy. */
    private static final Set<String> TAKEN = Set.of(
            "authorization",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "keep-alive",
            "proxy",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via");

    private ForwardedReader() {}

    static ForwardedConfig read(Section section, ForwardedConfig fallback) {
        section.checkKeys(Vocabulary.FORWARDED);
        return new ForwardedConfig(
                section.bool("x-forwarded", fallback.xForwarded()),
                section.bool("rfc7239", fallback.rfc7239()),
                trustedProxies(section).orElse(fallback.trustedProxies()),
                prefer(section).orElse(fallback.prefer()),
                requestId(section, fallback.requestId()),
                via(section, fallback.via()));
    }

    private static Optional<List<AddressRange>> trustedProxies(Section section) {
        Optional<List<Setting>> members = section.list("trusted-proxies", RANGES);
        if (members.isEmpty()) {
            return Optional.empty();
        }
        List<AddressRange> ranges = new ArrayList<>();
        for (Setting member : members.get()) {
            Optional<String> text = section.text(member, RANGE);
            if (text.isEmpty()) {
                continue;
            }
            AddressRange range = AddressRange.parse(text.get());
            if (range == null) {
                section.problems().add(member, RANGE);
            } else if (!beginsThere(range, text.get())) {
                // Half of those who write 10.0.0.1/8 mean the one address: better asked than trusted.
                section.problems().add(member, "the first address of the range, " + range + ", or one address alone");
            } else {
                ranges.add(range);
            }
        }
        return Optional.of(List.copyOf(ranges));
    }

    private static boolean beginsThere(AddressRange range, String text) {
        AddressRange alone = AddressRange.parse(text.split("/")[0]);
        return alone.high() == range.high() && alone.low() == range.low();
    }

    private static Optional<ForwardedConfig.Family> prefer(Section section) {
        Optional<Setting> setting = section.setting("prefer");
        if (setting.isEmpty()) {
            return Optional.empty();
        }
        String text = section.text(setting.get(), FAMILY).orElse("x-forwarded");
        switch (text) {
            case "x-forwarded" -> {
                return Optional.of(ForwardedConfig.Family.X_FORWARDED);
            }
            case "rfc7239" -> {
                return Optional.of(ForwardedConfig.Family.RFC7239);
            }
            default -> {
                section.problems().add(setting.get(), FAMILY);
                return Optional.empty();
            }
        }
    }

    private static String requestId(Section section, String fallback) {
        Optional<Setting> setting = section.setting("request-id");
        if (setting.isEmpty()) {
            return fallback;
        }
        Optional<String> name = name(section, setting.get(), FIELD);
        if (name.isEmpty()) {
            return fallback;
        }
        String lower = name.get().toLowerCase(Locale.ROOT);
        if (OFF.contains(lower)) {
            return null;
        }
        if (lower.equals("true") || lower.equals("on")) {
            return ForwardedConfig.COMMON_REQUEST_ID;
        }
        if (!FIELD_NAME.matcher(lower).matches() || TAKEN.contains(lower) || lower.startsWith("x-forwarded-")) {
            section.problems().add(setting.get(), FIELD);
        }
        return name.get();
    }

    private static String via(Section section, String fallback) {
        Optional<Setting> setting = section.setting("via");
        Optional<String> name = setting.flatMap(s -> name(section, s, PSEUDONYM));
        if (name.isEmpty()) {
            return fallback;
        }
        if (OFF.contains(name.get().toLowerCase(Locale.ROOT))) {
            return null;
        }
        if (!NAME.matcher(name.get()).matches()) {
            section.problems().add(setting.get(), PSEUDONYM);
        }
        return name.get();
    }

    /** A text that may be empty. */
    private static Optional<String> name(Section section, Setting setting, String expected) {
        if (setting.is(ConfigValueType.STRING) && ((String) setting.value().unwrapped()).isEmpty()) {
            return Optional.of("");
        }
        if (setting.is(ConfigValueType.BOOLEAN)) {
            return Optional.of(setting.value().unwrapped().toString());
        }
        return section.text(setting, expected);
    }
}
