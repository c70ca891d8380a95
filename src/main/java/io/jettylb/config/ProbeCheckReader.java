package io.jettylb.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads what a probe does, and what passes. */
final class ProbeCheckReader {

    private static final String TYPES = "http, tcp, tls or grpc";
    private static final String METHOD = "a method in capitals, such as GET or POST, but not CONNECT";
    private static final String HEADERS = "a block such as { X-Name = value }";
    private static final String NAME = "a header name of letters, digits and '-'";
    private static final String VALUE = "letters, digits, signs and spaces of ASCII";
    private static final String SERVICE = "the name of a gRPC service, such as shop.Orders";
    private static final int LONGEST_REGEX = 1000;
    private static final Pattern CAPITALS = Pattern.compile("[A-Z][A-Z-]{0,19}");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final Pattern VISIBLE = Pattern.compile("[!-~]([ -~]{0,4094}[!-~])?");
    private static final Pattern SERVICE_NAME = Pattern.compile("[A-Za-z0-9_./-]{0,300}");
    private static final Set<String> WITHOUT_CONTENT = Set.of("GET", "HEAD");
    /** They say how the message is sent, which is not for an operator to say. */
    private static final Set<String> OURS = Set.of(
            "connection",
            "content-length",
            "expect",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private ProbeCheckReader() {}

    static ProbeCheck read(Section probe, ProbeCheck fallback) {
        ProbeRequest request = request(probe, fallback.request());
        return new ProbeCheck(
                type(probe).orElse(fallback.type()),
                scheme(probe, fallback.scheme()),
                probe.integer("port", 1, 65_535, fallback.port()),
                request,
                expectation(probe, request, fallback.expectation()),
                service(probe, fallback.service()),
                probe.bool("state-header", fallback.stateHeader()),
                probe.bool("drain-on-404", fallback.drainOn404()));
    }

    private static Optional<ProbeType> type(Section probe) {
        Optional<Setting> setting = probe.setting("type");
        if (setting.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> text = probe.text(setting.get(), TYPES);
        for (ProbeType type : ProbeType.values()) {
            if (text.isPresent() && type.text().equals(text.get())) {
                return Optional.of(type);
            }
        }
        text.ifPresent(other -> {
            String meant = switch (Suggestion.spelling(other)) {
                case "https", "http1", "httpchk" -> "; did you mean http?";
                case "connect", "layer4", "l4" -> "; did you mean tcp?";
                case "ssl", "ssl-hello-chk" -> "; did you mean tls?";
                default -> "";
            };
            probe.problems().add(setting.get(), TYPES + meant);
        });
        return Optional.empty();
    }

    private static ProbeRequest request(Section probe, ProbeRequest fallback) {
        String method = probe.setting("method")
                .flatMap(s -> checked(probe, s, METHOD, t -> CAPITALS.matcher(t).matches() && !t.equals("CONNECT")))
                .orElse(fallback.method());
        String body = probe.setting("body")
                .flatMap(s -> probe.text(s, "some text, or no such key"))
                .orElse(fallback.body());
        if (WITHOUT_CONTENT.contains(method)) {
            probe.setting("body")
                    .ifPresent(
                            s -> probe.problems().add(s, "a method with content, such as POST; method is " + method));
            body = null;
        }
        return new ProbeRequest(
                method,
                probe.setting("host")
                        .flatMap(s -> checked(probe, s, "a host name with an optional port", UpstreamUri::isAuthority))
                        .orElse(fallback.host()),
                fields(probe, "headers", fallback.headers(), true),
                body);
    }

    private static ProbeExpectation expectation(Section probe, ProbeRequest request, ProbeExpectation fallback) {
        Optional<Setting> text = probe.setting("expect-body");
        Optional<Setting> regex = probe.setting("expect-body-regex");
        boolean bodiless = request.method().equals("HEAD");
        // What is inherited is for other methods.
        boolean own = text.isPresent() || regex.isPresent() || bodiless;
        if (text.isPresent() && regex.isPresent()) {
            probe.problems().add(regex.get(), "no such key beside expect-body");
        } else if (bodiless) {
            text.or(() -> regex)
                    .ifPresent(s -> probe.problems().add(s, "another method than HEAD, whose responses have no body"));
        }
        String pattern = regex.flatMap(s -> regex(probe, s)).orElse(null);
        String part = text.flatMap(s -> probe.text(s, "some text that is to be found in the body"))
                .orElse(null);
        return new ProbeExpectation(
                own ? part : fallback.body(),
                own ? pattern : fallback.bodyRegex(),
                fields(probe, "expect-header", fallback.headers(), false));
    }

    private static Optional<String> regex(Section probe, Setting setting) {
        Optional<String> text = checked(
                probe,
                setting,
                "a regular expression of at most " + LONGEST_REGEX + " characters",
                t -> t.length() <= LONGEST_REGEX);
        try {
            text.ifPresent(Pattern::compile);
            return text;
        } catch (PatternSyntaxException e) {
            probe.problems().add(setting, "a regular expression of Java: " + e.getDescription());
            return Optional.empty();
        }
    }

    private static String scheme(Section probe, String fallback) {
        String expected = "http or https";
        return probe.setting("scheme")
                .flatMap(s -> checked(probe, s, expected, t -> t.equals("http") || t.equals("https")))
                .orElse(fallback);
    }

    private static String service(Section probe, String fallback) {
        Optional<Setting> setting = probe.setting("service");
        if (setting.isEmpty()) {
            return fallback;
        }
        if (Scalars.isText(setting.get().value())) {
            String name = Scalars.text(setting.get().value());
            // The empty name is that of the whole server.
            if (SERVICE_NAME.matcher(name).matches()) {
                return name;
            }
        }
        probe.problems().add(setting.get(), SERVICE);
        return fallback;
    }

    private static Optional<String> checked(Section probe, Setting setting, String expected, Predicate<String> right) {
        Optional<String> text = probe.text(setting, expected);
        if (text.isPresent() && !right.test(text.get())) {
            probe.problems().add(setting, expected);
            return Optional.empty();
        }
        return text;
    }

    /** Names with one value each; values are never shown, because some are passwords. */
    private static Map<String, String> fields(Section probe, String key, Map<String, String> fallback, boolean sent) {
        Optional<Section> block = probe.setting(key).flatMap(s -> probe.section(s, HEADERS));
        if (block.isEmpty()) {
            return fallback;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (Setting setting : block.get().settings()) {
            if (field(block.get(), setting, sent)) {
                fields.put(setting.key(), Scalars.text(setting.value()));
            }
        }
        return Map.copyOf(fields);
    }

    private static boolean field(Section block, Setting setting, boolean sent) {
        String name = setting.key().toLowerCase(Locale.ROOT);
        if (!TOKEN.matcher(name).matches()) {
            block.problems().add(setting, "not usable as a name", NAME);
        } else if (sent && name.equals("host")) {
            block.problems().add(setting, "not for this block", "probe.host");
        } else if (sent && OURS.contains(name)) {
            block.problems().add(setting, "not for this block", "no such key: it is set as the message needs it");
        } else if (!Scalars.isText(setting.value())
                || !VISIBLE.matcher(Scalars.text(setting.value())).matches()) {
            block.problems().add(setting, "not usable as a value", VALUE);
        } else {
            return true;
        }
        return false;
    }
}
