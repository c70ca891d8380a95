package io.jettylb.config;

import java.net.URI;
import java.nio.file.Path;

/**
 * One member of a pool.
 *
 * @param id unique in its pool; {@code host:port} unless given
 * @param uri {@code http} or {@code https}, a host, always an explicit port (the scheme's own where none was
 *     written) and a path without a trailing slash that may be empty; nothing else
 * @param weight its share relative to the others, 1 to 1000
 * @param socket the Unix-domain socket to connect to, and then the URI is {@code http://localhost:80} with the path;
 *     null: the URI says where to connect to
 */
public record UpstreamConfig(String id, URI uri, int weight, Path socket) {

    /**
     * An upstream that its URI says how to reach.
     *
     * @param id unique in its pool
     * @param uri with an explicit port
     * @param weight 1 to 1000
     */
    public UpstreamConfig(String id, URI uri, int weight) {
        this(id, uri, weight, null);
    }
}
