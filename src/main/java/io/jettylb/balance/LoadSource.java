package io.jettylb.balance;

/**
 * Where an upstream says how busy it is. Immutable.
 *
 * @param header the response field with the number of requests that it is serving, a decimal number
 * @param path the path of a cheap request whose response has the field; null if none is to be sent
 * @param timeoutNanos after this time an answer is of no use any more
 */
public record LoadSource(String header, String path, long timeoutNanos) {}
