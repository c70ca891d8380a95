package io.jettylb.proxy;

import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import java.util.Set;
import java.util.function.Consumer;

/** How an upstream is asked for its health. Hides the client from what decides when to ask. */
interface Prober {

    /**
     * Sends one probe. Returns at once.
     *
     * @param upstream whom to ask
     * @param answer gets the result exactly once, within the probe's timeout and the moment that judging
     *     takes, on any thread, possibly before this returns; not if this throws
     */
    void probe(UpstreamConfig upstream, Consumer<ProbeResult> answer);

    /**
     * Forgets what it knows of others.
     *
     * @param upstreams those that are there
     */
    default void retain(Set<UpstreamConfig> upstreams) {}
}
