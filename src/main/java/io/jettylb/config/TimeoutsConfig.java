package io.jettylb.config;

import java.time.Duration;

/**
 * How long to wait for an upstream. A duration of zero means without limit.
 *
 * @param connect until a connection is established
 * @param firstByte from the last byte of the request to the head of the response
 * @param idle without a byte from the upstream while its response is being read
 * @param total for the whole exchange, from the first byte of the request to the last of the response
 * @param tunnel without a byte in either direction, after client and upstream have switched to another protocol
 */
public record TimeoutsConfig(Duration connect, Duration firstByte, Duration idle, Duration total, Duration tunnel) {}
