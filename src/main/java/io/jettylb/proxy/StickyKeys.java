package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the pools of one server sign their sticky cookies with: each its own secret, or all one key that nobody knows. */
final class StickyKeys {

    private static final Logger LOG = LoggerFactory.getLogger(StickyKeys.class);
    private static final int KEY_BYTES = 32;

    private final byte[] unknown = new byte[KEY_BYTES];
    private final LongSupplier epochMillis;

    /**
     * Draws the key for the pools without a secret.
     *
     * @param random a source that cannot be foreseen
     * @param epochMillis the time of day, in milliseconds since 1970
     */
    StickyKeys(RandomGenerator random, LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
        random.nextBytes(unknown);
    }

    /**
     * Says which pools have no secret.
     *
     * @param pools some or all
     */
    void warn(Collection<PoolConfig> pools) {
        String without = pools.stream()
                .filter(pool -> pool.sticky() != null && !hasSecret(pool))
                .map(PoolConfig::name)
                .collect(Collectors.joining(", "));
        if (!without.isEmpty()) {
            LOG.warn(
                    "{}: sticky without secret: a restart forgets every client's upstream, and so does another server",
                    without);
        }
    }

    private static boolean hasSecret(PoolConfig pool) {
        String secret = pool.sticky().secret();
        return secret != null && !secret.isEmpty();
    }

    /**
     * The tokens of a pool.
     *
     * @param pool its configuration
     * @param upstreams to which clients may be bound
     * @return null if the pool is not sticky
     */
    StickyTokens tokens(PoolConfig pool, List<UpstreamConfig> upstreams) {
        if (pool.sticky() == null) {
            return null;
        }
        byte[] key = hasSecret(pool) ? pool.sticky().secret().getBytes(StandardCharsets.UTF_8) : unknown;
        return new StickyTokens(pool, upstreams, key, epochMillis);
    }
}
