package io.jettylb.pool;

/**
 * What is known about an upstream at one moment.
 *
 * @param id its id
 * @param inFlight the attempts that it is serving
 * @param eligible whether it may get requests
 * @param up what its probes say; true if it is not probed
 * @param ejections how often in a row it was ejected, 0 if it is not
 */
public record UpstreamStatus(String id, int inFlight, boolean eligible, boolean up, int ejections) {}
