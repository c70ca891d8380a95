package io.jettylb.sim;

/**
 * A part of an upstream's life.
 *
 * @param from when it begins, in nanoseconds; it lasts until the next one
 * @param condition how requests are treated in it
 */
record Phase(long from, Condition condition) {}
