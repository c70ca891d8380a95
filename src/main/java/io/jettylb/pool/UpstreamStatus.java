package io.jettylb.pool;

/**
 * What is known about an upstream at one moment.
 *
 * @param id its id
 * @param inFlight the attempts that it is serving
 * @param eligible whether it may get requests of any client
 * @param up what its probes say; true if it is not probed
 * @param ejections for the how-many-th time it is ejected, 0 if it is not
 * @param weight what it is set to, 0 to 1000
 * @param effectiveWeight what the strategy sees since the latest request that found a change due, 1 to 100,000; in proportion
 *     to that of the others in its tier only
 * @param ejection why and until when it is ejected; null if it is not
 */
public record UpstreamStatus(
        String id,
        int inFlight,
        boolean eligible,
        boolean up,
        int ejections,
        int weight,
        int effectiveWeight,
        EjectionStatus ejection) {}
