package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether the probes of a pool fit to its upstreams and to what is spoken with them. */
final class ProbeCombinations {

    private static final Set<String> HTTP = Set.of(
            "path",
            "method",
            "body",
            "expect-status",
            "expect-body",
            "expect-body-regex",
            "expect-header",
            "scheme",
            "drain-on-404");

    private static final Set<String> HTTP_OR_GRPC = Set.of("headers", "host", "state-header");

    private ProbeCombinations() {}

    static void check(Section pool, Protocol protocol, ProbeCheck check, List<UpstreamConfig> upstreams) {
        Optional<Section> block = block(pool);
        block.ifPresent(probe -> checkKeys(probe, check.type()));
        checkProtocol(pool, protocol, check);
        checkAddresses(pool, check, upstreams);
    }

    /** Only of what stands in this very block: what it inherits may be for others. */
    private static void checkKeys(Section probe, ProbeType type) {
        boolean known = probe.setting("type")
                .map(s -> Scalars.isText(s.value()) && type.text().equals(Scalars.text(s.value())))
                .orElse(true);
        if (!known) {
            // The type is wrong, so who knows about the keys.
            return;
        }
        for (Setting setting : probe.settings()) {
            String wanted = wanted(setting.key(), type);
            if (wanted != null) {
                probe.problems().add(setting, "type = " + wanted + ", or no such key; type is " + type.text());
            }
        }
    }

    private static String wanted(String key, ProbeType type) {
        if (HTTP.contains(key)) {
            return type == ProbeType.HTTP ? null : "http";
        }
        if (HTTP_OR_GRPC.contains(key)) {
            return type == ProbeType.HTTP || type == ProbeType.GRPC ? null : "http or grpc";
        }
        return key.equals("service") && type != ProbeType.GRPC ? "grpc" : null;
    }

    private static void checkProtocol(Section pool, Protocol protocol, ProbeCheck check) {
        boolean http2 = protocol == Protocol.H2C || protocol == Protocol.H2;
        if (check.type() == ProbeType.GRPC && !http2) {
            complain(pool, "type", "grpc with protocol " + protocol.text(), "protocol = h2c or h2, which gRPC is over");
        }
        if (check.type() == ProbeType.HTTP && check.scheme() != null && http2) {
            complain(
                    pool,
                    "scheme",
                    check.scheme() + " with protocol " + protocol.text(),
                    "no such key: the protocol has one");
        }
    }

    private static void checkAddresses(Section pool, ProbeCheck check, List<UpstreamConfig> upstreams) {
        for (UpstreamConfig upstream : upstreams) {
            if (check.port() != 0 && upstream.socket() != null) {
                complain(
                        pool,
                        "port",
                        check.port() + " with unix:" + upstream.socket(),
                        "no such key, or upstreams that have a host");
                return;
            }
            if (check.type() == ProbeType.TLS
                    && check.port() == 0
                    && !upstream.uri().getScheme().equals("https")) {
                complain(pool, "type", "tls with " + upstream.uri(), "https URIs, or a port for probes alone");
                return;
            }
        }
    }

    /** Whether probes connect with TLS, whatever else does. */
    static boolean needTls(ProbeConfig probe) {
        return probe != null
                && (probe.check().type() == ProbeType.TLS
                        || probe.check().type() == ProbeType.HTTP
                                && "https".equals(probe.check().scheme()));
    }

    /** At the key where it stands, or at the pool's block if it is inherited. */
    private static void complain(Section pool, String key, String actual, String expected) {
        Place place = block(pool)
                .flatMap(probe -> probe.setting(key))
                .or(() -> pool.setting("probe"))
                .map(Setting::place)
                .orElse(pool.place());
        pool.problems().add(place, Display.child(Display.child(pool.path(), "probe"), key), actual, expected);
    }

    /** That of the pool itself, if it is one. */
    private static Optional<Section> block(Section pool) {
        return pool.setting("probe").filter(s -> s.is(ConfigValueType.OBJECT)).flatMap(s -> pool.section(s, ""));
    }
}
