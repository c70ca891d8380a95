package io.jettylb.proxy;

import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the pools of one server sign their sticky cookies with: each its own secret, or all one key that nobody knows. */
final class StickyKeys {

    private static final Logger LOG = LoggerFactory.getLogger(StickyKeys.class);
    private static final int KEY_BYTES = 32;

    private final byte[] unknown = new byte[KEY_BYTES];
    private final LongSupplier epochMillis;

    /**
     * Draws the key for the pools without a secret, and says once which those are.
     *
     * @param config all pools
     * @param random a source that cannot be foreseen
     * @param epochMillis the time of day, in milliseconds since 1970
     */
    StickyKeys(LbConfig config, RandomGenerator random, LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
        List<String> pools = config.pools().values().stream()
                .filter(pool -> pool.sticky() != null && !hasSecret(pool))
                .map(PoolConfig::name)
                .toList();
        if (!pools.isEmpty()) {
            random.nextBytes(unknown);
            LOG.warn(
                    "{}: sticky without secret: a restart forgets every client's upstream, and so does another server",
                    String.join(", ", pools));
        }
    }

    private static boolean hasSecret(PoolConfig pool) {
        String secret = pool.sticky().secret();
        return secret != null && !secret.isEmpty();
    }

    /**
     * The tokens of a pool.
     *
     * @return null if the pool is not sticky
     */
    StickyTokens tokens(PoolConfig pool) {
        if (pool.sticky() == null) {
            return null;
        }
        byte[] key = hasSecret(pool) ? pool.sticky().secret().getBytes(StandardCharsets.UTF_8) : unknown;
        return new StickyTokens(pool, key, epochMillis);
    }
}
