package io.jettylb.balance;

/**
 * What an upstream says about its own load. Immutable.
 *
 * @param inFlight the requests that it is serving, from whomever; {@value #UNKNOWN} if it did not say
 * @param utilization the used part of its capacity, 0 or more, 1 is full; NaN if it did not say
 * @param weight the share that it asks for, 0 or more, relative to its configured weight: 1 is all of it; NaN if it did
 *     not say
 */
public record LoadReport(int inFlight, double utilization, double weight) {

    /** Stands for a number of requests that was not told. */
    public static final int UNKNOWN = -1;
}
