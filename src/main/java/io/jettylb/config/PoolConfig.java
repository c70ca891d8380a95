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
 * @param outlier when requests that fail take an upstream out
 * @param limits how much the pool takes on
 * @param drain how an upstream is taken out of service
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
        SharesConfig shares,
        OutlierConfig outlier,
        LimitsConfig limits,
        DrainConfig drain) {

    /**
     * A pool whose upstreams' shares are their weights, with the defaults for all else that is not named.
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
                SharesConfig.PLAIN,
                OutlierConfig.DEFAULT,
                LimitsConfig.NONE,
                DrainConfig.DEFAULT);
    }

    /**
     * The same pool with other members.
     *
     * @param others the members, at least one, with distinct ids
     * @return the pool
     */
    public PoolConfig with(List<UpstreamConfig> others) {
        return copy(others, retry, probe, shares, outlier, limits, drain);
    }

    /**
     * The same pool with other probes.
     *
     * @param other how upstreams are asked for their health; null: not at all
     * @return the pool
     */
    public PoolConfig with(ProbeConfig other) {
        return copy(upstreams, retry, other, shares, outlier, limits, drain);
    }

    /**
     * The same pool with other shares.
     *
     * @param other what else than weights decides
     * @return the pool
     */
    public PoolConfig with(SharesConfig other) {
        return copy(upstreams, retry, probe, other, outlier, limits, drain);
    }

    /**
     * The same pool with other retries.
     *
     * @param other when a failed attempt is repeated
     * @return the pool
     */
    public PoolConfig with(RetryConfig other) {
        return copy(upstreams, other, probe, shares, outlier, limits, drain);
    }

    /**
     * The same pool with another passive detection.
     *
     * @param other when requests that fail take an upstream out
     * @return the pool
     */
    public PoolConfig with(OutlierConfig other) {
        return copy(upstreams, retry, probe, shares, other, limits, drain);
    }

    /**
     * The same pool with other limits.
     *
     * @param other how much it takes on
     * @return the pool
     */
    public PoolConfig with(LimitsConfig other) {
        return copy(upstreams, retry, probe, shares, outlier, other, drain);
    }

    /**
     * The same pool with another drain.
     *
     * @param other how an upstream is taken out of service
     * @return the pool
     */
    public PoolConfig with(DrainConfig other) {
        return copy(upstreams, retry, probe, shares, outlier, limits, other);
    }

    private PoolConfig copy(
            List<UpstreamConfig> newUpstreams,
            RetryConfig newRetry,
            ProbeConfig newProbe,
            SharesConfig newShares,
            OutlierConfig newOutlier,
            LimitsConfig newLimits,
            DrainConfig newDrain) {
        return new PoolConfig(
                name,
                strategy,
                newUpstreams,
                host,
                newRetry,
                timeouts,
                connections,
                protocol,
                newProbe,
                sticky,
                tls,
                proxyProtocol,
                newShares,
                newOutlier,
                newLimits,
                newDrain);
    }
}
