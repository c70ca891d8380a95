package io.jettylb.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What pools may leave unwritten. {@code reference.conf} says the same to the reader; a test compares them.
 *
 * <p>Probes, sticky sessions, TLS, load reports and limits are here for what their blocks leave out; a pool that has no such block goes without.
 */
record Policies(
        StrategyConfig strategy,
        HostPolicy host,
        RetryConfig retry,
        TimeoutsConfig timeouts,
        ConnectionsConfig connections,
        Protocol protocol,
        ProbeConfig probe,
        StickyConfig sticky,
        TlsConfig tls,
        ProxyProtocol proxyProtocol,
        SharesConfig shares,
        OutlierConfig outlier,
        LimitsConfig limits,
        DrainConfig drain) {

    static final Policies BUILT_IN = new Policies(
            new StrategyConfig("least-request", Map.of()),
            new HostPolicy(HostPolicy.Kind.CLIENT, null),
            RetryConfig.DEFAULT,
            new TimeoutsConfig(
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30),
                    Duration.ZERO,
                    Duration.ofHours(1)),
            new ConnectionsConfig(256, Duration.ofSeconds(4), 100),
            Protocol.HTTP1,
            new ProbeConfig(
                    "/health",
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(2),
                    3,
                    2,
                    Duration.ofSeconds(1),
                    0.1,
                    List.of(new StatusRange(200, 399))),
            new StickyConfig("LB", null, Duration.ZERO, Duration.ZERO, StickyConfig.Fallback.REBALANCE),
            new TlsConfig(null, null, true, true, null, List.of(), List.of(), Duration.ofSeconds(10)),
            ProxyProtocol.OFF,
            new SharesConfig(
                    SlowStartConfig.OFF,
                    ZoneConfig.NONE,
                    new LoadReportConfig(
                            "X-Load-Balancing-Endpoint-Weight",
                            null,
                            true,
                            false,
                            Duration.ofMinutes(3),
                            Duration.ofSeconds(10),
                            1)),
            OutlierConfig.DEFAULT,
            LimitsReader.DEFAULT,
            DrainConfig.DEFAULT);

    static final ForwardedConfig FORWARDED = new ForwardedConfig(true, true);
}
