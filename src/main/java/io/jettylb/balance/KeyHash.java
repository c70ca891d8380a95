package io.jettylb.balance;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * The hash of keys and ids: XXH3 (Y. Collet) with 64 bits and without a seed. It is the same in every process, on every
 * platform and in every version of this library, so that several balancers choose the same upstream for a key; tests hold
 * fixed values. It is no defence against clients that choose their keys in order to meet.
 *
 * <p>Safe for use by any thread; allocates nothing.
 */
public final class KeyHash {

    private static final Hasher64 XXH3 = Hashing.xxh3_64();

    private KeyHash() {}

    /**
     * Hashes a text: its characters as UTF-16, each with the lower byte first.
     *
     * @param text the key
     * @return never {@link Picker#NO_KEY}
     */
    public static long of(CharSequence text) {
        return present(XXH3.hashCharsToLong(text));
    }

    /**
     * Hashes bytes.
     *
     * @param bytes the key
     * @return never {@link Picker#NO_KEY}
     */
    public static long of(byte[] bytes) {
        return present(XXH3.hashBytesToLong(bytes));
    }

    /** The hash of the sixteen bytes of two numbers, each with the lowest byte first. */
    static long of(long first, long second) {
        return XXH3.hashLongLongToLong(first, second);
    }

    private static long present(long hash) {
        return hash == Picker.NO_KEY ? 1 : hash;
    }
}
