package io.jettylb.balance;

import io.jettylb.config.FieldName;
import java.util.Locale;

/**
 * The part of a request by which requests belong together: all with the same key go to the same upstream. Strategies name
 * it, and whoever knows the request finds it there.
 *
 * @param kind which part of the request
 * @param name the name of the parameter, field or cookie; empty for the other kinds
 * @param v4Prefix how many leading bits of an IPv4 address count, 1 to 32
 * @param v6Prefix how many leading bits of an IPv6 address count, 1 to 128
 */
public record HashKey(Kind kind, String name, int v4Prefix, int v6Prefix) {

    /** The parts of a request. */
    public enum Kind {
        /** The client's address. */
        IP,
        /** The raw path with the raw query. */
        URI,
        /** The raw path. */
        PATH,
        /** The raw value of the first query parameter of a name. */
        QUERY,
        /** The value of the first request field of a name. */
        HEADER,
        /** The value of the first cookie of a name. */
        COOKIE,
        /** The host that the client asked for, without its port. */
        HOST,
        /** The name of the authenticated user. */
        PRINCIPAL,
        /** The id of the session on this server. */
        SESSION
    }

    /** The client's whole address. */
    public static final HashKey IP = address(32, 128);

    private static final String EXPECTED =
            "ip, uri, path, host, principal, session, query:NAME, header:NAME or cookie:NAME";

    /** The client's address, or the network that it is in. */
    static HashKey address(int v4Prefix, int v6Prefix) {
        return new HashKey(Kind.IP, "", v4Prefix, v6Prefix);
    }

    /**
     * Reads a key.
     *
     * @param option as configured: {@code ip}, {@code cookie:NAME}, …
     * @throws IllegalArgumentException if it is none
     */
    static HashKey parse(Object option) {
        String text = String.valueOf(option);
        int colon = text.indexOf(':');
        String word = colon < 0 ? text : text.substring(0, colon);
        String name = colon < 0 ? "" : text.substring(colon + 1);
        for (Kind kind : Kind.values()) {
            boolean named = kind == Kind.QUERY || kind == Kind.HEADER || kind == Kind.COOKIE;
            if (kind.name().toLowerCase(Locale.ROOT).equals(word)
                    && named == (colon >= 0)
                    && (!named || fits(kind, name))) {
                return new HashKey(kind, name, 32, 128);
            }
        }
        throw new IllegalArgumentException("key: \"" + text + "\" (expected: " + EXPECTED + ")");
    }

    /** Whether a request can have such a part: a name that none has would never be a key. */
    private static boolean fits(Kind kind, String name) {
        return kind == Kind.QUERY
                ? !name.isEmpty() && name.chars().noneMatch(c -> c <= ' ' || c == 0x7F || "&=#".indexOf(c) >= 0)
                : FieldName.isToken(name);
    }
}
