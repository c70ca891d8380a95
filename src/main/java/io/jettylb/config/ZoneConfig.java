package io.jettylb.config;

/**
 * Whether upstreams of the own zone come first.
 *
 * @param own where this balancer stands; empty: nobody comes first
 * @param minUpstreams how many upstreams there must be for that, 1 or more: with few, shares of zones say little
 * @param share the part of all requests that the balancers of the own zone get, above 0 to 1; NaN: one part for each zone
 *     that there is
 */
public record ZoneConfig(String own, int minUpstreams, double share) {

    /** Zones do not matter. */
    public static final ZoneConfig NONE = new ZoneConfig("", 6, Double.NaN);

    /**
     * The same in another place.
     *
     * @param name where this balancer stands
     * @return the zone's configuration
     */
    public ZoneConfig at(String name) {
        return new ZoneConfig(name, minUpstreams, share);
    }
}
