package io.jettylb.config;

/**
 * How many retries there may be beside the other traffic, so that they never multiply an outage.
 *
 * @param share of the requests, 0 to 1
 * @param min how many there may be at once in any case, 0 to 100,000
 */
public record RetryBudgetConfig(double share, int min) {}
