package io.jettylb.config;

/**
 * How upstreams are told who the client is. What clients send in these fields is always dropped first.
 *
 * @param xForwarded whether {@code X-Forwarded-For}, {@code -Proto}, {@code -Host} and {@code -Port} are written
 * @param rfc7239 whether {@code Forwarded} (RFC 7239) is written
 */
public record ForwardedConfig(boolean xForwarded, boolean rfc7239) {}
