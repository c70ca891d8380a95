package io.jettylb.route;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Percent-encodes what RFC 3986 forbids, and nothing else: what is already encoded, reserved or merely unusual stays as
 * it is.
 */
final class UriEncoding {

    private static final BitSet PATH = allowed("/");
    private static final BitSet QUERY = allowed("/?");
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private UriEncoding() {}

    static String path(String raw) {
        return encode(raw, PATH);
    }

    static String query(String raw) {
        return encode(raw, QUERY);
    }

    private static BitSet allowed(String more) {
        BitSet set = new BitSet(128);
        set.set('a', 'z' + 1);
        set.set('A', 'Z' + 1);
        set.set('0', '9' + 1);
        ("-._~!$&'()*+,;=:@" + more).chars().forEach(set::set);
        return set;
    }

    private static String encode(String raw, BitSet allowed) {
        int length = raw.length();
        for (int i = 0; i < length; i++) {
            char c = raw.charAt(i);
            if (!allowed.get(c) && !escape(raw, i)) {
                return encodeFrom(raw, i, allowed);
            }
        }
        return raw;
    }

    private static String encodeFrom(String raw, int from, BitSet allowed) {
        StringBuilder out = new StringBuilder(raw.length() + 16).append(raw, 0, from);
        int i = from;
        while (i < raw.length()) {
            int c = raw.codePointAt(i);
            if (allowed.get(c) || c == '%' && escape(raw, i)) {
                out.append((char) c);
            } else {
                for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                    HEX.toHexDigits(out.append('%'), b);
                }
            }
            i += Character.charCount(c);
        }
        return out.toString();
    }

    private static boolean escape(String raw, int i) {
        return raw.charAt(i) == '%'
                && i + 2 < raw.length()
                && HexFormat.isHexDigit(raw.charAt(i + 1))
                && HexFormat.isHexDigit(raw.charAt(i + 2));
    }
}
