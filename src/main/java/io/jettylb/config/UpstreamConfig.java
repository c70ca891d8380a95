package io.jettylb.config;

import java.net.URI;

/**
 * One member of a pool.
 *
 * @param id unique in its pool; {@code host:port} unless given
 * @param uri {@code http} or {@code https}, a host, always an explicit port (the scheme's own where none was
 *     written) and a path without a trailing slash that may be empty; nothing else
 * @param weight its share relative to the others, 1 to 1000
 */
public record UpstreamConfig(String id, URI uri, int weight) {}
