package io.jettylb.route;

import java.net.URI;
import java.util.Locale;

/**
 * The way back: what an upstream says about places in its own space is said to the client about the same places in the
 * client's. The inverse of {@link Route#target} and of the base path; pure functions, which return the very same string
 * where nothing is to be changed. Immutable.
 *
 * <p>An absolute URI is the upstream's own if it names the authority of the upstream's URI, the {@code Host} that the
 * upstream got, or the client's; all others are foreign and stay as they are, and so does a path that is not below the
 * upstream's base path. Relative references mean the same on both sides, because both paths are equally deep, except
 * where the client asked for the mount itself without a slash.
 *
 * @param mount what was taken off the client's path; empty if nothing was
 * @param upstream the URI of the upstream; its path is the base path
 * @param hostSent the {@code Host} that the upstream got; null if there was none
 * @param proto the scheme of the client's origin
 * @param authority the authority of the client's origin; null if it named none
 * @param bare whether the client asked for the mount itself, without a slash
 */
public record Rewriting(String mount, URI upstream, String hostSent, String proto, String authority, boolean bare) {

    private static final String HTTP = "http";
    private static final String HTTPS = "https";

    /**
     * Rewrites a URI reference, as in {@code Location} and {@code Content-Location}.
     *
     * @param value the reference
     * @return the reference for the client
     */
    public String location(String value) {
        if (value.startsWith("//")) {
            return absolute(value, null, 2);
        }
        if (value.startsWith("/")) {
            return path(value, 0, "");
        }
        for (String scheme : new String[] {HTTP, HTTPS}) {
            String start = scheme + "://";
            if (value.regionMatches(true, 0, start, 0, start.length())) {
                return absolute(value, scheme, start.length());
            }
        }
        boolean relative = !value.isEmpty() && "?#".indexOf(value.charAt(0)) < 0 && !hasScheme(value);
        return relative && bare && !mount.isEmpty() ? mount + "/" + value : value;
    }

    /**
     * Rewrites the reference in {@code Refresh: 5; url=…}.
     *
     * @param value the field's value
     * @return the value for the client
     */
    public String refresh(String value) {
        int at = value.toLowerCase(Locale.ROOT).indexOf("url");
        int equals = at < 0 ? -1 : skipBlanks(value, at + 3);
        if (equals < 0 || equals == value.length() || value.charAt(equals) != '=') {
            return value;
        }
        int start = skipBlanks(value, equals + 1);
        int end = value.length();
        if (start < end && (value.charAt(start) == '"' || value.charAt(start) == '\'')) {
            int quote = value.indexOf(value.charAt(start), start + 1);
            start++;
            end = quote < 0 ? end : quote;
        }
        String reference = value.substring(start, end);
        String rewritten = location(reference);
        return rewritten.equals(reference) ? value : value.substring(0, start) + rewritten + value.substring(end);
    }

    /**
     * Rewrites {@code Path} and {@code Domain} of a {@code Set-Cookie}. A path becomes the mount's; a domain that is the
     * upstream's own goes away, so that the cookie is the client's host's. {@code __Host-} cookies must have the path
     * {@code /}, and keep it.
     *
     * @param value the field's value
     * @return the value for the client
     */
    public String cookie(String value) {
        int next = value.indexOf(';');
        StringBuilder out = null;
        int copied = 0;
        boolean fixedPath = value.stripLeading().regionMatches(true, 0, "__Host-", 0, 7);
        while (next >= 0) {
            int begin = next;
            next = value.indexOf(';', begin + 1);
            int end = next < 0 ? value.length() : next;
            int equals = value.indexOf('=', begin);
            if (equals < 0 || equals >= end) {
                continue;
            }
            String name = value.substring(begin + 1, equals).trim();
            String said = value.substring(equals + 1, end).trim();
            if (name.equalsIgnoreCase("Path") && !fixedPath) {
                String path = cookiePath(said);
                if (!path.equals(said)) {
                    out = out == null ? new StringBuilder(value.length() + 32) : out;
                    out.append(value, copied, equals + 1).append(path);
                    copied = end;
                }
            } else if (name.equalsIgnoreCase("Domain") && isUpstreams(said)) {
                out = out == null ? new StringBuilder(value.length() + 32) : out;
                out.append(value, copied, begin);
                copied = end;
            }
        }
        return out == null ? value : out.append(value, copied, value.length()).toString();
    }

    private String cookiePath(String path) {
        String base = upstream.getRawPath();
        String rest;
        if (path.equals("/") || path.startsWith("/") && base.startsWith(path.endsWith("/") ? path : path + "/")) {
            // It covers all of the upstream's base path, and perhaps more, which the client has not.
            rest = "/";
        } else if (path.startsWith("/") && isBelow(path, base)) {
            rest = path.substring(base.length());
        } else {
            return path;
        }
        if (rest.isEmpty() || rest.equals("/")) {
            return !mount.isEmpty() ? mount : base.isEmpty() ? path : "/";
        }
        // Many applications behind a proxy are told the client's path for their cookies. Left alone, it is right for
        // these,
        // and merely wider than need be for one that has such a path itself.
        return base.isEmpty() && isBelow(path, mount) ? path : mount + rest;
    }

    /** Whether a domain is the upstream's own name, and not the client's as well. */
    private boolean isUpstreams(String domain) {
        String name = domain.startsWith(".") ? domain.substring(1) : domain;
        boolean its = name.equalsIgnoreCase(upstream.getHost())
                || hostSent != null && name.equalsIgnoreCase(hostSent.substring(0, portColon(hostSent)));
        return its && (authority == null || !name.equalsIgnoreCase(authority.substring(0, portColon(authority))));
    }

    /** A reference with an authority, from an index on; the scheme is null if it has none. */
    private String absolute(String value, String scheme, int start) {
        int end = start;
        while (end < value.length() && "/?#\\".indexOf(value.charAt(end)) < 0) {
            end++;
        }
        String named = value.substring(start, end);
        String own = scheme == null ? upstream.getScheme() : scheme;
        boolean upstreams = own.equals(upstream.getScheme()) && names(named, own, upstream.getRawAuthority());
        boolean clients = authority != null && names(named, own, authority);
        if (!upstreams && !clients && (hostSent == null || !names(named, own, hostSent))) {
            return value;
        }
        if (clients && mount.isEmpty() && upstream.getRawPath().isEmpty()) {
            return value;
        }
        if (authority == null) {
            return path(value, end, "");
        }
        // Who is told to go from http to https by the name it knows must get there.
        boolean upgrade = !upstreams && HTTPS.equals(scheme) && HTTP.equals(proto);
        String origin = upgrade
                ? scheme + "://" + (clients ? named : authority)
                : (scheme == null ? "" : proto + ":") + "//" + authority;
        return path(value, end, origin);
    }

    /** Puts the mapped path behind an origin; the whole value as it was if the path lies elsewhere. */
    private String path(String value, int start, String origin) {
        int end = start;
        while (end < value.length() && "?#".indexOf(value.charAt(end)) < 0) {
            end++;
        }
        String path = end == start ? "/" : value.substring(start, end);
        String base = upstream.getRawPath();
        if (path.charAt(0) != '/' || !isBelow(path, base)) {
            return value;
        }
        String rest = path.substring(base.length());
        String mapped = mount + rest;
        if (mapped.startsWith("//") && origin.isEmpty()) {
            // Would be another host.
            return value;
        }
        if (origin.isEmpty() && start == 0 && mount.isEmpty() && base.isEmpty()) {
            return value;
        }
        return origin + (mapped.isEmpty() ? "/" : mapped) + value.substring(end);
    }

    private static boolean isBelow(String path, String base) {
        return path.startsWith(base)
                && (path.length() == base.length() || base.isEmpty() || path.charAt(base.length()) == '/');
    }

    /** Whether two authorities are the same for a scheme, with its port written or not. */
    private static boolean names(String named, String scheme, String authority) {
        int itsColon = portColon(authority);
        int colon = portColon(named);
        return colon == itsColon
                && named.regionMatches(true, 0, authority, 0, colon)
                && port(named, colon, scheme).equals(port(authority, itsColon, scheme));
    }

    private static String port(String authority, int colon, String scheme) {
        return colon + 1 < authority.length() ? authority.substring(colon + 1) : scheme.equals(HTTPS) ? "443" : "80";
    }

    /** Where the host ends. */
    private static int portColon(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? colon : authority.length();
    }

    private static boolean hasScheme(String value) {
        int colon = value.indexOf(':');
        if (colon < 0) {
            return false;
        }
        for (int i = 0; i < colon; i++) {
            if ("/?#".indexOf(value.charAt(i)) >= 0) {
                return false;
            }
        }
        return true;
    }

    private static int skipBlanks(String value, int from) {
        int at = from;
        while (at < value.length() && (value.charAt(at) == ' ' || value.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }
}
