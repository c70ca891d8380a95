package io.jettylb.testing;

import io.jettylb.testing.LegalExchange.Field;
import io.jettylb.testing.LegalExchange.Framing;
import io.jettylb.testing.LegalExchange.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.eclipse.jetty.http.HttpHeader;

/** Draws exchanges that HTTP allows and Jetty takes with its defaults. The same seed draws the same one. */
public final class LegalExchanges {

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    /** RFC 9110, 5.6.2. */
    private static final String TCHAR = LETTERS + "!#$%&'*+-.^_`|~";
    /** RFC 3986, 3.3, without the semicolon, which begins a path parameter. */
    private static final String PCHAR = LETTERS + "-._~!$&'()*+,=:@";

    /** More than Jetty's 8 KiB would be refused, and we add fields of our own. */
    private static final int MAX_HEAD = 6000;

    private static final int MAX_CONTENT = 200_000;
    private static final List<String> METHODS =
            List.of("GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PROPFIND", "X-odd.one");
    private static final List<Integer> STATUSES =
            List.of(200, 200, 200, 201, 203, 204, 206, 207, 299, 301, 304, 307, 400, 401, 404, 407, 418, 451, 500);

    private static final List<String> REQUEST_NAMES = List.of(
            "Accept",
            "Accept-Language",
            "Accept-Encoding",
            "Authorization",
            "Cache-Control",
            "Content-Type",
            "Content-Encoding",
            "Cookie",
            "If-None-Match",
            "If-Modified-Since",
            "Origin",
            "Pragma",
            "Range",
            "Referer",
            "User-Agent",
            "Max-Forwards",
            "X-Powered-By");
    private static final List<String> RESPONSE_NAMES = List.of(
            "Accept-Ranges",
            "Age",
            "Allow",
            "Cache-Control",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Language",
            "Content-Location",
            "Content-Type",
            "ETag",
            "Expires",
            "Last-Modified",
            "Link",
            "Location",
            "Proxy-Authenticate",
            "Retry-After",
            "Set-Cookie",
            "Strict-Transport-Security",
            "Vary",
            "WWW-Authenticate");
    /** Names with a meaning for one hop, or that we write ourselves. */
    private static final Set<String> NOT_DRAWN = Set.of("proxy", "x-forwarded-server", "x-request-id", "priority");

    private final RandomGenerator random;

    private LegalExchanges(long seed) {
        random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    public static LegalExchange draw(long seed) {
        return new LegalExchanges(seed).exchange();
    }

    private LegalExchange exchange() {
        String method = any(METHODS);
        boolean bodiless = (method.equals("GET") || method.equals("HEAD")) && !chance(5);
        Message request = message(REQUEST_NAMES, bodiless ? Framing.NONE : framing(2));
        int status = any(STATUSES);
        boolean empty = status == 204 || status == 304;
        Message response = message(RESPONSE_NAMES, empty ? Framing.NONE : framing(3));
        return new LegalExchange(method, target(), request, status, response, random.nextLong());
    }

    private Framing framing(int kinds) {
        return switch (random.nextInt(kinds)) {
            case 0 -> Framing.LENGTH;
            case 1 -> Framing.CHUNKS;
            default -> Framing.CLOSE;
        };
    }

    private Message message(List<String> known, Framing framing) {
        String content = framing == Framing.NONE ? "" : content();
        return new Message(fields(known), framing, content, framing == Framing.CHUNKS ? chunks(content) : "");
    }

    private List<Field> fields(List<String> known) {
        List<Field> fields = new ArrayList<>();
        int left = MAX_HEAD;
        int count = random.nextInt(25);
        while (fields.size() < count) {
            String name = !fields.isEmpty() && chance(5) ? any(fields).name() : name(known);
            String value = value();
            // HPACK takes up to four bytes for one that is not ASCII.
            left -= name.length() + value.length() + 40;
            left -= 3 * (int) value.chars().filter(c -> c > 0x7F).count();
            if (left < 0) {
                return fields;
            }
            fields.add(new Field(name, value, chance(3) ? space(3) : " ", chance(5) ? space(3) : ""));
        }
        return fields;
    }

    private String name(List<String> known) {
        if (chance(2)) {
            String name = any(known);
            return chance(4) ? name.toLowerCase(Locale.ROOT) : name;
        }
        String name = text(TCHAR, 1 + random.nextInt(chance(10) ? 200 : 15));
        boolean taken = NOT_DRAWN.contains(name.toLowerCase(Locale.ROOT)) || HttpHeader.CACHE.get(name) != null;
        return taken ? "x-" + name : name;
    }

    /** VCHAR and obs-text, with spaces and tabs inside (RFC 9110, 5.5). */
    private String value() {
        int length = chance(20) ? random.nextInt(4000) : random.nextInt(40);
        int kind = random.nextInt(6);
        StringBuilder value = new StringBuilder();
        switch (kind) {
            case 0 -> value.append("");
            case 1 -> value.append(text(LETTERS, length));
            case 2 -> value.append(text("\",;=\\'{}[]()<>: \t", length));
            default -> {
                for (int i = 0; i < length; i++) {
                    boolean obsolete = kind == 3 && chance(2);
                    value.append((char) (obsolete ? 0x80 + random.nextInt(0x80) : ' ' + random.nextInt(95)));
                }
            }
        }
        // Unicode spaces are no white space here: NEL and NBSP of Latin-1 belong to the value.
        int from = 0;
        int to = value.length();
        while (from < to && isSpace(value.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(value.charAt(to - 1))) {
            to--;
        }
        return value.substring(from, to);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private String target() {
        StringBuilder target = new StringBuilder();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            // A letter first: no dot segments, no empty ones.
            target.append('/').append(text(LETTERS, 1));
            for (int n = random.nextInt(chance(10) ? 300 : 10); n > 0; n--) {
                target.append(chance(4) ? escape() : text(PCHAR, 1));
            }
            if (chance(8)) {
                target.append(';').append(text(LETTERS, 3)).append('=').append(text(LETTERS, 2));
            }
        }
        if (chance(6)) {
            target.append('/');
        }
        if (chance(2)) {
            target.append('?');
            for (int n = random.nextInt(chance(10) ? 1000 : 30); n > 0; n--) {
                target.append(chance(4) ? hex(random.nextInt(256)) : text(PCHAR + ";/?", 1));
            }
        }
        return target.toString();
    }

    /** An escape that no server reads in two ways: no slash, percent, dot or semicolon, no control, whole UTF-8. */
    private String escape() {
        if (chance(3)) {
            StringBuilder escape = new StringBuilder();
            for (byte b : any(List.of("\u00e9", "\u20ac", "\ud83d\ude00"))
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
                escape.append(hex(b & 0xFF));
            }
            return escape.toString();
        }
        int c = ' ' + random.nextInt(95);
        return "/%.;\\".indexOf(c) < 0 ? hex(c) : hex('x');
    }

    private String hex(int b) {
        return String.format(random.nextBoolean() ? "%%%02x" : "%%%02X", b);
    }

    private String content() {
        int length = switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> random.nextInt(10);
            case 2, 3 -> random.nextInt(10_000);
            default -> random.nextInt(MAX_CONTENT + 1);
        };
        StringBuilder content = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            content.append((char) random.nextInt(256));
        }
        return content.toString();
    }

    private String chunks(String content) {
        StringBuilder out = new StringBuilder(content.length() + 1000);
        int most = content.length() < 5000 && chance(3) ? 5 : any(List.of(500, 5000, 40_000, MAX_CONTENT));
        // Jetty 12.1 refuses content that is mostly chunk headers.
        boolean extended = most > 5 && chance(3);
        int at = 0;
        while (at < content.length()) {
            int size = Math.min(content.length() - at, 1 + random.nextInt(most));
            out.append(chance(5) ? "0" : "").append(String.format(random.nextBoolean() ? "%x" : "%X", size));
            out.append(extended ? any(List.of(";a", ";a=b", ";a=\"b;c d\"", ";a=b;c=d", "")) : "");
            out.append("\r\n").append(content, at, at + size).append("\r\n");
            at += size;
        }
        return out.append(extended ? "0;last\r\n\r\n" : "0\r\n\r\n").toString();
    }

    private String space(int most) {
        return text(" \t", random.nextInt(most + 1));
    }

    private String text(String alphabet, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private boolean chance(int oneOf) {
        return random.nextInt(oneOf) == 0;
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
