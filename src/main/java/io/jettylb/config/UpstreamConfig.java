package io.jettylb.config;

import java.net.URI;
import java.nio.file.Path;

/**
 * One member of a pool.
 *
 * @param id unique in its pool; {@code host:port} unless given
 * @param uri {@code http} or {@code https}, a host, always an explicit port (the scheme's own where none was
 *     written) and a path without a trailing slash that may be empty; nothing else
 * @param weight its share relative to the others, 0 to 1000; 0: no new requests, but those of clients bound to it
 * @param socket the Unix-domain socket to connect to, and then the URI is {@code http://localhost:80} with the path;
 *     null: the URI says where to connect to
 * @param maxRequests how many requests it may be serving at once, 1 or more; {@link #UNLIMITED}: any number
 * @param tier 0 for those that serve; 1 and more for backups, which serve when nobody of a lower tier can
 * @param zone where it stands; empty if that was not said
 */
public record UpstreamConfig(String id, URI uri, int weight, Path socket, int maxRequests, int tier, String zone) {

    /** Stands for no limit of requests. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** The largest weight. */
    public static final int MAX_WEIGHT = 1000;

    /**
     * An upstream without limits that is no backup.
     *
     * @param id unique in its pool
     * @param uri with an explicit port
     * @param weight 0 to 1000
     * @param socket the Unix-domain socket, or null
     */
    public UpstreamConfig(String id, URI uri, int weight, Path socket) {
        this(id, uri, weight, socket, UNLIMITED, 0, "");
    }

    /**
     * An upstream that its URI says how to reach.
     *
     * @param id unique in its pool
     * @param uri with an explicit port
     * @param weight 0 to 1000
     */
    public UpstreamConfig(String id, URI uri, int weight) {
        this(id, uri, weight, null);
    }
}
