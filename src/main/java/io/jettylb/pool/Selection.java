package io.jettylb.pool;

import java.util.Arrays;

/**
 * What a request asks of a pool, over all its attempts: it remembers the upstreams that were tried. One per request; not
 * thread-safe, since attempts follow each other.
 */
public final class Selection {

    private static final UpstreamNode[] NOTHING = {};

    private final long hash;
    private UpstreamNode[] tried = NOTHING;

    /**
     * Creates a selection.
     *
     * @param hash the hash of the request's key for strategies that use one, otherwise any value
     */
    public Selection(long hash) {
        this.hash = hash;
    }

    long hash() {
        return hash;
    }

    int attempt() {
        return tried.length;
    }

    boolean tried(UpstreamNode node) {
        for (UpstreamNode other : tried) {
            if (other == node) {
                return true;
            }
        }
        return false;
    }

    void trying(UpstreamNode node) {
        tried = Arrays.copyOf(tried, tried.length + 1);
        tried[tried.length - 1] = node;
    }
}
