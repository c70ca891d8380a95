package io.jettylb.config;

import java.time.Duration;
import java.util.Map;

/** What pools may leave unwritten. {@code reference.conf} says the same to the reader; a test compares them. */
record Policies(
        StrategyConfig strategy,
        HostPolicy host,
        RetryConfig retry,
        TimeoutsConfig timeouts,
        ConnectionsConfig connections) {

    static final Policies BUILT_IN = new Policies(
            new StrategyConfig("least-request", Map.of()),
            new HostPolicy(HostPolicy.Kind.CLIENT, null),
            new RetryConfig(3),
            new TimeoutsConfig(Duration.ofSeconds(3), Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ZERO),
            new ConnectionsConfig(256, Duration.ofSeconds(4)));

    static final ForwardedConfig FORWARDED = new ForwardedConfig(true, true);
}
