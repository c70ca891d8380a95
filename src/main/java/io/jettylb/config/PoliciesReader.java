package io.jettylb.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Reads the keys that a pool and the common defaults share. */
final class PoliciesReader {

    private static final String HOST = "client, upstream, or a host name with an optional port";

    private static final String PROXY_PROTOCOL = "off, v1 or v2";
    private static final String PROTOCOLS = "http1, h2, h2c or auto";
    /** The words of others, in our spelling. */
    private static final Map<String, String> PEERS_PROTOCOLS = Map.of(
            "http", "http1",
            "http-1.1", "http1",
            "http/1.1", "http1",
            "h1", "http1",
            "http2", "h2 or h2c",
            "http-2", "h2 or h2c",
            "http/2", "h2 or h2c",
            "grpc", "h2 or h2c",
            "alpn", "auto");

    private static final String HTTP2_MODULE =
            "module lb-http2 to be enabled: java -jar $JETTY_HOME/start.jar --add-modules=lb-http2";

    private final StrategyReader strategies;
    private final StickyReader sticky;
    private final Set<Protocol> spoken;

    PoliciesReader(StrategyCatalog catalog, Set<Protocol> spoken, UnaryOperator<String> environment) {
        strategies = new StrategyReader(catalog);
        sticky = new StickyReader(environment);
        this.spoken = spoken;
    }

    Policies read(Section section, Policies fallback) {
        return new Policies(
                strategies.read(section, fallback.strategy()),
                host(section, fallback.host()),
                section.section("retry")
                        .map(retry -> RetryReader.read(retry, fallback.retry()))
                        .orElse(fallback.retry()),
                timeouts(section, fallback.timeouts()),
                connections(section, fallback.connections()),
                protocol(section, fallback.protocol()),
                section.section("probe")
                        .map(probe -> ProbeReader.read(probe, fallback.probe()))
                        .orElse(fallback.probe()),
                section.section("sticky")
                        .map(block -> sticky.read(block, fallback.sticky()))
                        .orElse(fallback.sticky()),
                section.section("tls")
                        .map(block -> TlsReader.read(block, fallback.tls()))
                        .orElse(fallback.tls()),
                proxyProtocol(section, fallback.proxyProtocol()),
                SharesReader.read(section, fallback.shares()),
                OutlierReader.read(section, fallback.outlier()),
                LimitsReader.read(section, fallback.limits()),
                DrainReader.read(section, fallback.drain()));
    }

    private static HostPolicy host(Section section, HostPolicy fallback) {
        Optional<Setting> setting = section.setting("host");
        Optional<String> text = setting.flatMap(s -> section.text(s, HOST));
        if (text.isEmpty()) {
            return fallback;
        }
        String name = text.get();
        switch (name) {
            case "client" -> {
                return new HostPolicy(HostPolicy.Kind.CLIENT, null);
            }
            case "upstream" -> {
                return new HostPolicy(HostPolicy.Kind.UPSTREAM, null);
            }
            default -> {
                // A single word may be a host, but one that is nearly a keyword is more likely a slip.
                Optional<String> meant = name.contains(".") || name.contains(":")
                        ? Optional.empty()
                        : Suggestion.nearest(name, List.of("client", "upstream"));
                if (meant.isPresent() || !UpstreamUri.isAuthority(name)) {
                    section.problems()
                            .add(
                                    setting.get(),
                                    HOST
                                            + meant.map(m -> "; did you mean " + m + "?")
                                                    .orElse(""));
                    return fallback;
                }
                return new HostPolicy(HostPolicy.Kind.NAME, name);
            }
        }
    }

    private static ProxyProtocol proxyProtocol(Section section, ProxyProtocol fallback) {
        return section.setting("proxy-protocol")
                .flatMap(setting -> section.text(setting, PROXY_PROTOCOL).flatMap(name -> switch (name) {
                    case "off", "false", "no" -> Optional.of(ProxyProtocol.OFF);
                    case "v1" -> Optional.of(ProxyProtocol.V1);
                    case "v2" -> Optional.of(ProxyProtocol.V2);
                    default -> {
                        section.problems().add(setting, PROXY_PROTOCOL);
                        yield Optional.empty();
                    }
                }))
                .orElse(fallback);
    }

    private Protocol protocol(Section section, Protocol fallback) {
        Optional<Setting> setting = section.setting("protocol");
        Optional<String> text = setting.flatMap(s -> section.text(s, PROTOCOLS));
        if (text.isEmpty()) {
            return fallback;
        }
        String name = text.get();
        for (Protocol protocol : Protocol.values()) {
            if (protocol.text().equals(name)) {
                if (!spoken.contains(protocol)) {
                    section.problems().add(setting.get(), name, HTTP2_MODULE);
                }
                return protocol;
            }
        }
        String meant = PEERS_PROTOCOLS.get(Suggestion.spelling(name));
        section.problems().add(setting.get(), PROTOCOLS + (meant == null ? "" : "; did you mean " + meant + "?"));
        return fallback;
    }

    private static TimeoutsConfig timeouts(Section section, TimeoutsConfig fallback) {
        return section.section("timeouts")
                .map(timeouts -> {
                    timeouts.checkKeys(Vocabulary.TIMEOUTS);
                    return new TimeoutsConfig(
                            timeouts.duration("connect", fallback.connect()),
                            timeouts.limit("first-byte", fallback.firstByte()),
                            timeouts.limit("idle", fallback.idle()),
                            timeouts.limit("total", fallback.total()),
                            timeouts.limit("tunnel", fallback.tunnel()));
                })
                .orElse(fallback);
    }

    private static ConnectionsConfig connections(Section section, ConnectionsConfig fallback) {
        return section.section("connections")
                .map(connections -> {
                    connections.checkKeys(Vocabulary.CONNECTIONS);
                    return new ConnectionsConfig(
                            connections.integer("max", 1, 100_000, fallback.max()),
                            connections.duration("idle", fallback.idle()),
                            connections.integer("streams", 1, 100_000, fallback.streams()),
                            connections.integer("connecting", 1, 100_000, fallback.connecting()));
                })
                .orElse(fallback);
    }
}
