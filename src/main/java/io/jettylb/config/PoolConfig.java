package io.jettylb.config;

import java.util.List;

/**
 * A named group of interchangeable upstreams with one strategy and one set of policies.
 *
 * @param name how mounts, logs and metrics call it
 * @param strategy who gets the next request
 * @param upstreams the members, at least one, with distinct ids
 * @param host the {@code Host} that upstreams see
 * @param retry when a failed attempt is repeated elsewhere
 * @param timeouts how long to wait for an upstream
 * @param connections the connections kept to each upstream
 * @param protocol what is spoken with the upstreams
 * @param probe how upstreams are asked for their health; null: not at all
 * @param sticky how clients are kept with their upstream; null: not at all
 * @param tls how to speak with {@code https} upstreams; null: there are none, and no settings for them
 * @param proxyProtocol whether connections begin with the client's address
 * @param shares what else than weights decides about the upstreams' shares
 */
public record PoolConfig(
        String name,
        StrategyConfig strategy,
        List<UpstreamConfig> upstreams,
        HostPolicy host,
        RetryConfig retry,
        TimeoutsConfig timeouts,
        ConnectionsConfig connections,
        Protocol protocol,
        ProbeConfig probe,
        StickyConfig sticky,
        TlsConfig tls,
        ProxyProtocol proxyProtocol,
        SharesConfig shares) {

    /**
     * A pool whose upstreams' shares are their weights.
     *
     * @param name its name
     * @param strategy who gets the next request
     * @param upstreams the members
     * @param host the {@code Host} that upstreams see
     * @param retry when a failed attempt is repeated
     * @param timeouts how long to wait for an upstream
     * @param connections the connections kept to each upstream
     * @param protocol what is spoken with the upstreams
     * @param probe how upstreams are asked for their health, or null
     * @param sticky how clients are kept with their upstream, or null
     * @param tls how to speak with {@code https} upstreams, or null
     * @param proxyProtocol whether connections begin with the client's address
     */
    public PoolConfig(
            String name,
            StrategyConfig strategy,
            List<UpstreamConfig> upstreams,
            HostPolicy host,
            RetryConfig retry,
            TimeoutsConfig timeouts,
            ConnectionsConfig connections,
            Protocol protocol,
            ProbeConfig probe,
            StickyConfig sticky,
            TlsConfig tls,
            ProxyProtocol proxyProtocol) {
        this(
                name,
                strategy,
                upstreams,
                host,
                retry,
                timeouts,
                connections,
                protocol,
                probe,
                sticky,
                tls,
                proxyProtocol,
                SharesConfig.PLAIN);
    }

    /**
     * The same pool with other shares.
     *
     * @param others what else than weights decides
     * @return the pool
     */
    public PoolConfig with(SharesConfig others) {
        return new PoolConfig(
                name,
                strategy,
                upstreams,
                host,
                retry,
                timeouts,
                connections,
                protocol,
                probe,
                sticky,
                tls,
                proxyProtocol,
                others);
    }
}
