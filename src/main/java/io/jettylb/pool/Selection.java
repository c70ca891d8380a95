package io.jettylb.pool;

import io.jettylb.config.UpstreamConfig;
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
    private boolean forgivenAtOnce;
    private String preferred;
    private boolean only;
    private boolean passedOver;
    private boolean wasTrial;
    private Refusal refusal = Refusal.UNAVAILABLE;
    private UpstreamConfig beside;

    /**
     * Creates a selection.
     *
     * @param hash the hash of the request's key for strategies that use one,
     *     {@link io.jettylb.balance.Picker#NO_KEY} if it has none
     */
    public Selection(long hash) {
        this.hash = hash;
    }

    long hash() {
        return hash;
    }

    /** How many of the upstreams that a strategy chooses from were tried; those that are out by now are not among them. */
    int triedEligible() {
        int count = 0;
        for (UpstreamNode node : tried) {
            count += node.standing() == Standing.OPEN ? 1 : 0;
        }
        return count;
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
     * Names the upstream to which the client is bound. It comes before all others while it is eligible, but each attempt
     * asks another upstream all the same.
     *
     * @param upstreamId its id in the pool
     * @param noOther whether there is to be no attempt rather than one at another upstream
     */
    public void prefer(String upstreamId, boolean noOther) {
        preferred = upstreamId;
        only = noOther;
    }

    /**
     * Whether the client is bound to an upstream.
     *
     * @return true if one is {@link #prefer preferred}
     */
    public boolean isBound() {
        return preferred != null;
    }

    /**
     * Says that the next choice is for an attempt beside another one: only eligible upstreams that are no more of a backup
     * than that one's will do, no trials and nobody in a panic.
     *
     * @param other where the other attempt is under way; null: as usual
     */
    public void beside(UpstreamConfig other) {
        beside = other;
    }

    /** The upstream of the other attempt; null if there is none. */
    UpstreamConfig beside() {
        return beside;
    }

    /** The id of the upstream to which the client is bound; null if it is to none. */
    String preferred() {
        return preferred;
    }

    /** Whether no other upstream than the preferred one will do. */
    boolean only() {
        return only;
    }

    /**
     * Whether the latest attempt went elsewhere only because the upstream to which the client is bound has no room for
     * another request: no reason to bind it anew.
     *
     * @return true if the client is to stay bound as it is
     */
    public boolean keepsBond() {
        return passedOver;
    }

    void passOver(boolean full) {
        passedOver = full;
    }

    /**
     * Allows the upstream of an attempt once more, if no other one is left: its connection was stale, which is nobody's
     * fault.
     *
     * @param upstream the upstream; it was tried
     * @param atOnce whether it may even come before the others if the client is bound to it, which would else lose its
     *     session to a closed connection; not to be said for the last attempt, since the upstream may be gone
     */
    public void forgive(UpstreamConfig upstream, boolean atOnce) {
        forgiven = null;
        for (UpstreamNode node : tried) {
            forgiven = node.upstream() == upstream ? node : forgiven;
        }
        forgivenAtOnce = atOnce;
    }

    /**
     * Why the latest attempt to get an upstream had no success.
     *
     * @return of no meaning if it had
     */
    public Refusal refusal() {
        return refusal;
    }

    void refused(Refusal why) {
        refusal = why;
    }

    /** Whether it may be served where others may not: by the one that it is bound to, or those that it has not tried. */
    boolean choosy() {
        return preferred != null || tried.length > 0;
    }

    /**
     * Allows all upstreams once more: each one that there is was tried.
     *
     * @param butLatest whether the one of the latest attempt is left out, if there was another one
     */
    public void startOver(boolean butLatest) {
        boolean others = butLatest && tried.length > 1;
        tried = others ? new UpstreamNode[] {tried[tried.length - 1]} : NOTHING;
        forgiven = null;
    }

    /** Whether a preferred upstream may be asked: for the first time, or again because it was forgiven. */
    boolean takePreferred(UpstreamNode node) {
        if (!tried(node)) {
            return true;
        }
        return forgiven == node && (forgivenAtOnce || only) && takeForgiven() != null;
    }

    /** The upstream that may be tried again; only once. */
    UpstreamNode takeForgiven() {
        UpstreamNode node = forgiven;
        forgiven = null;
        return node;
    }

    /** It was full, and may have room later. */
    void stillForgiven(UpstreamNode node) {
        forgiven = node;
    }

    /** Whether an attempt may go there. */
    boolean wants(UpstreamNode node) {
        return node == forgiven || !tried(node);
    }

    /** Whether one of its attempts was the trial of an ejected upstream. */
    boolean wasTrial() {
        return wasTrial;
    }

    void trying(UpstreamNode node, boolean trial) {
        wasTrial |= trial;
        tried = Arrays.copyOf(tried, tried.length + 1);
        tried[tried.length - 1] = node;
    }
}
