package io.jettylb.config;

import java.util.List;

/**
 * A context path of this server that is balanced.
 *
 * @param contextPath starts with a slash and does not end with one, except for {@code "/"} itself
 * @param virtualHosts the host names to which this mount is limited, as Jetty writes them; empty: all
 * @param stripContextPath whether the context path is taken off before the path goes upstream
 * @param pool the name of the pool that answers
 * @param timeouts how long to wait for an upstream; {@code connect} is always the pool's. Null: all as the pool says
 */
public record MountConfig(
        String contextPath, List<String> virtualHosts, boolean stripContextPath, String pool, TimeoutsConfig timeouts) {

    /**
     * A mount with the timeouts of its pool.
     *
     * @param contextPath see above
     * @param virtualHosts see above
     * @param stripContextPath see above
     * @param pool see above
     */
    public MountConfig(String contextPath, List<String> virtualHosts, boolean stripContextPath, String pool) {
        this(contextPath, virtualHosts, stripContextPath, pool, null);
    }
}
