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
    private UpstreamNode forgiven;

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

    /**
     * Allows the upstream of the latest attempt once more, if no other one is left: its connection was stale, which is
     * nobody's fault.
     */
    public void forgive() {
        forgiven = tried.length > 0 ? tried[tried.length - 1] : null;
    }

    /** The upstream that may be tried again; only once. */
    UpstreamNode takeForgiven() {
        UpstreamNode node = forgiven;
        forgiven = null;
        return node;
    }

    void trying(UpstreamNode node) {
        tried = Arrays.copyOf(tried, tried.length + 1);
        tried[tried.length - 1] = node;
    }
}
