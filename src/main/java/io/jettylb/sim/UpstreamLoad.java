package io.jettylb.sim;

/**
 * What one upstream had to bear.
 *
 * @param id its id
 * @param attempts how many attempts came to it, those before the measured time left out
 * @param maxInFlight how many it had at once at most, those of all balancers together
 * @param meanInFlight how many it had on average over the whole experiment
 */
public record UpstreamLoad(String id, long attempts, int maxInFlight, double meanInFlight) {}
