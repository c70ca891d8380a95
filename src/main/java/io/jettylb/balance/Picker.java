package io.jettylb.balance;

/** Picks from one fixed list of candidates. Used by many threads at once; must not lock, block or allocate. */
public interface Picker {

    /** The hash of a request that has no key. */
    long NO_KEY = 0;

    /**
     * Picks a candidate.
     *
     * @param hash the hash of the request's key for strategies that use one, {@value #NO_KEY} if it has none
     * @param attempt how many of the candidates the request has tried: 0 for its first attempt; larger if it is asked
     *     again at once because it named one that was tried
     * @return an index into the list that the picker was made for
     */
    int pick(long hash, int attempt);
}
