package io.jettylb.config;

import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Optional;

/** Whether the probes of a pool fit to its upstreams and to what is spoken with them. */
final class ProbeCombinations {

    private ProbeCombinations() {}

    static void check(Section pool, Protocol protocol, ProbeCheck check, List<UpstreamConfig> upstreams) {
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
        Optional<Setting> block = pool.setting("probe");
        Place place = block.filter(s -> s.is(ConfigValueType.OBJECT))
                .flatMap(s -> pool.section(s, ""))
                .flatMap(s -> s.setting(key))
                .or(() -> block)
                .map(Setting::place)
                .orElse(pool.place());
        pool.problems().add(place, Display.child(Display.child(pool.path(), "probe"), key), actual, expected);
    }
}
