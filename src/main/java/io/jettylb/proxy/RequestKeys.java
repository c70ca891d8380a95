package io.jettylb.proxy;

import io.jettylb.balance.HashKey;
import io.jettylb.balance.KeyHash;
import io.jettylb.balance.Picker;
import java.security.Principal;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Session;

/**
 * Finds in requests what a strategy wants to pick by. What is empty counts as absent: else all who have nothing to say
 * would meet at one upstream. Immutable.
 */
final class RequestKeys {

    private final HashKey[] keys;
    private final ForwardedFields forwarded;

    RequestKeys(List<HashKey> keys, ForwardedFields forwarded) {
        this.keys = keys.toArray(HashKey[]::new);
        this.forwarded = forwarded;
    }

    /** The hash of the first key that a request has; {@link Picker#NO_KEY} if it has none. */
    long hash(Request request) {
        for (HashKey key : keys) {
            long hash = key.kind() == HashKey.Kind.IP ? address(key, request) : hash(text(key, request));
            if (hash != Picker.NO_KEY) {
                return hash;
            }
        }
        return Picker.NO_KEY;
    }

    private static long hash(String text) {
        return text == null || text.isEmpty() ? Picker.NO_KEY : KeyHash.of(text);
    }

    private static String text(HashKey key, Request request) {
        return switch (key.kind()) {
            case IP -> throw new IllegalArgumentException("no text");
            case URI -> request.getHttpURI().getPathQuery();
            case PATH -> request.getHttpURI().getPath();
            case QUERY -> value(request.getHttpURI().getQuery(), '&', key.name());
            case HEADER -> request.getHeaders().get(key.name());
            case COOKIE -> cookie(request, key.name());
            case HOST -> host(request);
            case PRINCIPAL -> principal(request);
            case SESSION -> session(request);
        };
    }

    private long address(HashKey key, Request request) {
        byte[] address = forwarded.clientAddress(request);
        if (address == null) {
            return Picker.NO_KEY;
        }
        int prefix = address.length == 4 ? key.v4Prefix() : key.v6Prefix();
        for (int i = prefix / 8; i < address.length; i++) {
            int bits = Math.max(0, prefix - i * 8);
            address[i] &= (byte) (0xFF00 >> bits);
        }
        return KeyHash.of(address);
    }

    /** Not by Jetty's parser, which refuses the whole request for one bad cookie of somebody else. */
    private static String cookie(Request request, String name) {
        for (HttpField field : request.getHeaders()) {
            String value = field.getHeader() == HttpHeader.COOKIE ? value(field.getValue(), ';', name) : null;
            if (value != null && !value.isEmpty()) {
                return value;
            }
        }
        return null;
    }

    /** The value of the first pair of a name; null if there is none. */
    private static String value(String pairs, char separator, String name) {
        int start = 0;
        while (pairs != null && start < pairs.length()) {
            int next = pairs.indexOf(separator, start);
            int end = next < 0 ? pairs.length() : next;
            while (start < end && pairs.charAt(start) == ' ') {
                start++;
            }
            int equals = start + name.length();
            if (equals < end && pairs.charAt(equals) == '=' && pairs.startsWith(name, start)) {
                return pairs.substring(equals + 1, end).trim();
            }
            start = end + 1;
        }
        return null;
    }

    private static String host(Request request) {
        String host = Request.getServerName(request);
        return host == null ? null : host.toLowerCase(Locale.ROOT);
    }

    private static String principal(Request request) {
        Request.AuthenticationState state = Request.getAuthenticationState(request);
        Principal user = state == null ? null : state.getUserPrincipal();
        return user == null ? null : user.getName();
    }

    private static String session(Request request) {
        Session session = request.getSession(false);
        return session == null ? null : session.getId();
    }
}
