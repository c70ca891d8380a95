package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.UpstreamConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Writes and reads the values of one pool's sticky cookie. Immutable and thread-safe.
 *
 * <p>A token is 57 bytes, base64url (RFC 4648, 5) without padding, of which there is none to add:
 *
 * <pre>
 * version 1 | upstream 16 | assigned 4 | used 4 | signature 32
 * </pre>
 *
 * The times are seconds since 1970, unsigned. The upstream is a keyed hash of pool, branch and id, so that a token tells
 * nothing about the network behind the balancer, and nobody who lacks the key can name another upstream. The signature
 * is HMAC-SHA-256 (RFC 2104) over all bytes before it, the pool and the branch. It is compared in constant time, and
 * nothing else of a token is looked at before it is found right.
 *
 * <p>The same secret, pool and ids give tokens that other servers and later starts understand.
 */
final class StickyTokens {

    /** The layout above. A change of it, or of what is hashed, needs another number. */
    private static final byte VERSION = 1;

    private static final int HASH = 16;
    private static final int SIGNED = 1 + HASH + 4 + 4;
    private static final int SIZE = SIGNED + 32;
    /** A multiple of three bytes: each text is that of one token only, no bit of it is without meaning. */
    static final int LENGTH = SIZE / 3 * 4;

    /** Routes are not split yet: all of a pool is one branch. */
    private static final String BRANCH = "";

    /** How much of max-idle may pass before a token in use is renewed: the cookie need not be set with each response. */
    private static final int RENEWALS = 8;
    /** How far ahead another server's clock may be. A token from beyond was made by a clock gone wrong. */
    private static final long MAX_AHEAD = Duration.ofDays(1).toSeconds();

    private final StickyConfig config;
    private final SecretKeySpec key;
    private final LongSupplier epochMillis;
    private final byte[] scope;
    private final long maxIdle;
    private final long maxLife;
    private final Map<String, byte[]> hashes = new HashMap<>();
    private final Map<ByteBuffer, String> ids = new HashMap<>();

    /**
     * What a valid token says.
     *
     * @param upstreamId an upstream of the pool
     * @param assigned when the client got it, in seconds since 1970
     * @param renew whether the token has to be replaced, so that it is not taken for unused
     */
    record Binding(String upstreamId, long assigned, boolean renew) {}

    /**
     * Prepares the tokens of a pool.
     *
     * @param pool a pool whose {@code sticky} is not null
     * @param upstreams to which clients may be bound
     * @param key what is signed with; at least one byte
     * @param epochMillis the time of day, in milliseconds since 1970
     */
    StickyTokens(PoolConfig pool, List<UpstreamConfig> upstreams, byte[] key, LongSupplier epochMillis) {
        this.config = pool.sticky();
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.epochMillis = epochMillis;
        this.scope = scope(pool.name());
        this.maxIdle = wholeSeconds(config.maxIdle());
        this.maxLife = wholeSeconds(config.maxLife());
        for (UpstreamConfig upstream : upstreams) {
            byte[] hash = hash(upstream.id());
            hashes.put(upstream.id(), hash);
            ids.put(ByteBuffer.wrap(hash), upstream.id());
        }
    }

    private byte[] hash(String upstreamId) {
        byte[] id = upstreamId.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(hmac('u', id, id.length), HASH);
    }

    /** Pool and branch, each with its length, so that no two pairs read the same. */
    private static byte[] scope(String pool) {
        byte[] name = pool.getBytes(StandardCharsets.UTF_8);
        byte[] branch = BRANCH.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + name.length + branch.length)
                .putInt(name.length)
                .put(name)
                .putInt(branch.length)
                .put(branch)
                .array();
    }

    /** Rounded up: zero means something else. */
    private static long wholeSeconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }

    StickyConfig config() {
        return config;
    }

    /**
     * Reads what a client sent.
     *
     * @param token anything
     * @return what it says, or null if it is not a token of ours for this pool, too old, or its upstream is no more
     */
    Binding read(String token) {
        if (token.length() != LENGTH) {
            return null;
        }
        byte[] bytes = decoded(token);
        if (bytes.length != SIZE || bytes[0] != VERSION) {
            return null;
        }
        byte[] signature = Arrays.copyOfRange(bytes, SIGNED, SIZE);
        if (!MessageDigest.isEqual(signature, hmac('t', bytes, SIGNED))) {
            return null;
        }
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        String upstreamId = ids.get(fields.slice(1, HASH));
        long assigned = Integer.toUnsignedLong(fields.getInt(1 + HASH));
        long used = Integer.toUnsignedLong(fields.getInt(1 + HASH + 4));
        long now = now();
        if (upstreamId == null || over(maxLife, now - assigned) || over(maxIdle, now - used)) {
            return null;
        }
        return new Binding(upstreamId, assigned, maxIdle > 0 && now - used > maxIdle / RENEWALS);
    }

    private static byte[] decoded(String token) {
        try {
            return Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException noBase64) {
            return new byte[0];
        }
    }

    private static boolean over(long limit, long age) {
        return limit > 0 && (age > limit || age < -MAX_AHEAD);
    }

    /**
     * Writes a token for a client that is new at an upstream.
     *
     * @param upstreamId an upstream of the pool
     * @return {@value #LENGTH} characters
     */
    String issue(String upstreamId) {
        return issue(upstreamId, now());
    }

    /**
     * Writes a token that is used now.
     *
     * @param upstreamId an upstream of the pool
     * @param assigned when the client got it, in seconds since 1970
     * @return {@value #LENGTH} characters
     */
    String issue(String upstreamId, long assigned) {
        byte[] known = hashes.get(upstreamId);
        ByteBuffer token = ByteBuffer.allocate(SIZE)
                .put(VERSION)
                // The pool may have got others since the request came.
                .put(known == null ? hash(upstreamId) : known)
                .putInt((int) assigned)
                .putInt((int) now());
        token.put(hmac('t', token.array(), SIGNED));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
    }

    private long now() {
        return Math.floorDiv(epochMillis.getAsLong(), 1000L);
    }

    /** Each use of the key has a letter of its own, so that what is made for one is never good for another. */
    private byte[] hmac(char use, byte[] content, int length) {
        try {
            // One for each time: it is cheaper than it looks, and kept ones would have to be kept apart by thread.
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            mac.update((byte) use);
            mac.update(scope);
            mac.update(content, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }
}
