package io.jettylb.route;

import io.jettylb.config.MountConfig;
import io.jettylb.config.TimeoutsConfig;

/**
 * A mount's way to its pool. Immutable.
 *
 * <p>The raw path goes upstream byte for byte, with two exceptions. Characters that RFC 3986 allows nowhere in a path or
 * query are percent-encoded, because the next parser may read them in its own way. A path whose dot segments leave the
 * mount at any point is refused, even where it would come back: what the mount protects must not depend on how somebody
 * else resolves dots.
 */
public final class Route {

    private final String pool;
    private final boolean strip;
    private final String stripped;
    private final TimeoutsConfig timeouts;
    private final int mountSegments;

    /**
     * Creates the route of a mount.
     *
     * @param mount the mount
     */
    public Route(MountConfig mount) {
        this.pool = mount.pool();
        this.strip = mount.stripContextPath();
        String path = mount.contextPath();
        this.stripped = strip && !path.equals("/") ? UriEncoding.path(path) : "";
        this.timeouts = mount.timeouts();
        this.mountSegments =
                path.equals("/") ? 0 : (int) path.chars().filter(c -> c == '/').count();
    }

    /**
     * The pool that answers.
     *
     * @return its name
     */
    public String pool() {
        return pool;
    }

    /**
     * How long to wait for an upstream.
     *
     * @return null if the pool decides that
     */
    public TimeoutsConfig timeouts() {
        return timeouts;
    }

    /**
     * Whether the context path is taken off the path before that goes upstream.
     *
     * @return as configured
     */
    public boolean strips() {
        return strip;
    }

    /**
     * What is taken off the path before it goes upstream.
     *
     * @return the context path as it stands in a URI; empty if nothing is taken off
     */
    public String stripped() {
        return stripped;
    }

    /**
     * Whether a path is that of the mount itself, without a slash at its end: taken off, nothing is left of it.
     *
     * @param rawPath the path as the client sent it
     * @return false also for the root
     */
    public boolean isMount(String rawPath) {
        return mountSegments > 0 && afterMount(rawPath) == rawPath.length();
    }

    /**
     * Computes what an upstream is asked for, apart from the upstream's own base path.
     *
     * @param rawPath the path as the client sent it, known to lie in the mount once its dots are resolved
     * @param rawQuery the query as the client sent it, or null
     * @return path and query, starting with a slash; null if the path leaves the mount, or if bytes in it were no UTF-8 so
     *     that the server could not keep them
     */
    public String target(String rawPath, String rawQuery) {
        int afterMount = afterMount(rawPath);
        if (afterMount < 0 || unreadable(rawPath) || rawQuery != null && unreadable(rawQuery)) {
            return null;
        }
        String path = strip ? rawPath.substring(afterMount) : rawPath;
        if (path.isEmpty() || path.charAt(0) != '/') {
            path = "/" + path;
        }
        path = UriEncoding.path(path);
        return rawQuery == null ? path : path + '?' + UriEncoding.query(rawQuery);
    }

    private static boolean unreadable(String text) {
        return text.indexOf('\ufffd') >= 0;
    }

    /**
     * Walks over the segments and counts the depth.
     *
     * @return the index behind the mount's own segments, or -1 if some prefix of the path is outside the mount
     */
    private int afterMount(String path) {
        int afterMount = mountSegments == 0 ? 0 : -1;
        int depth = 0;
        int segments = 0;
        int start = 1;
        while (start <= path.length()) {
            int end = path.indexOf('/', start);
            if (end < 0) {
                end = path.length();
            }
            int dots = dots(path, start, end);
            if (dots > 0 && segments < mountSegments) {
                return -1;
            }
            if (dots == 0) {
                segments++;
                // An empty segment is no depth: a server behind us may merge slashes before it resolves dots.
                depth += end > start ? 1 : 0;
            } else if (dots == 2 && --depth < mountSegments) {
                return -1;
            }
            if (segments == mountSegments && afterMount < 0) {
                afterMount = end;
            }
            start = end + 1;
        }
        return afterMount;
    }

    /**
     * Whether a segment is a dot segment, also where dots are percent-encoded or followed by parameters.
     *
     * @return 1 or 2 for {@code .} and {@code ..}, otherwise 0
     */
    private static int dots(String path, int start, int end) {
        int dots = 0;
        int i = start;
        while (i < end && path.charAt(i) != ';') {
            if (path.charAt(i) == '.') {
                i++;
            } else if (path.regionMatches(true, i, "%2e", 0, 3)) {
                i += 3;
            } else {
                return 0;
            }
            dots++;
        }
        return dots <= 2 ? dots : 0;
    }
}
