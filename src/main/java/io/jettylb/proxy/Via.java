package io.jettylb.proxy;

import io.jettylb.config.ForwardedConfig;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;

/**
 * Adds this hop to {@code Via} (RFC 9110, 7.6.3) under a pseudonym, never under the name of a host, and so notices
 * requests that go round. Immutable.
 *
 * <p>A pseudonym that was chosen is taken for this balancer's alone: who has met it already is in a loop. The default
 * one is everybody's, so that several balancers in a row, or mounts of one server behind each other, are no loop yet.
 */
final class Via {

    /** How often a request may have met the pseudonym that many share. */
    private static final int COMMON_PASSES = 8;

    private final String pseudonym;
    private final int passes;
    private final HttpField http10;
    private final HttpField http11;
    private final HttpField http2;
    private final HttpField http3;

    /**
     * Creates the hop's entry.
     *
     * @param pseudonym a token; null: the field is left alone
     */
    Via(String pseudonym) {
        this.pseudonym = pseudonym;
        this.passes = ForwardedConfig.COMMON_VIA.equals(pseudonym) ? COMMON_PASSES : 1;
        this.http10 = entry("1.0");
        this.http11 = entry("1.1");
        this.http2 = entry("2.0");
        this.http3 = entry("3.0");
    }

    private HttpField entry(String version) {
        return new HttpField(HttpHeader.VIA, version + " " + pseudonym);
    }

    /** Whether it is ours to write the field, earlier entries included. */
    boolean writes() {
        return pseudonym != null;
    }

    /**
     * Writes the field.
     *
     * @param received the protocol version of the message that came in
     * @param earlier the entries of the hops before; null: there are none
     * @param to where the field goes
     */
    void write(HttpVersion received, String earlier, Consumer<HttpField> to) {
        if (pseudonym != null) {
            HttpField own = own(received);
            boolean alone = earlier == null || earlier.isEmpty();
            to.accept(alone ? own : new HttpField(HttpHeader.VIA, earlier + ", " + own.getValue()));
        }
    }

    /** Our own entry for a message that came in with a version. */
    HttpField own(HttpVersion received) {
        return switch (received) {
            case HTTP_0_9, HTTP_1_0 -> http10;
            case HTTP_1_1 -> http11;
            case HTTP_2 -> http2;
            case HTTP_3 -> http3;
        };
    }

    /** The entries that a message has met. */
    static String earlier(String soFar, HttpField field) {
        String value = field.getValue();
        return soFar == null || soFar.isEmpty() ? value : value == null ? soFar : soFar + ", " + value;
    }

    /** Whether a request has been here too often. */
    boolean loops(HttpFields fields) {
        if (pseudonym == null || !fields.contains(HttpHeader.VIA)) {
            return false;
        }
        int met = 0;
        for (HttpField field : fields) {
            String value = field.getHeader() == HttpHeader.VIA ? field.getValue() : null;
            if (value != null) {
                for (String entry : value.split(",")) {
                    met += isOwn(entry.trim()) ? 1 : 0;
                }
            }
        }
        return met >= passes;
    }

    /** Whether an entry, a version and a name and perhaps a comment, names us. */
    private boolean isOwn(String entry) {
        int name = 0;
        while (name < entry.length() && !isBlank(entry.charAt(name))) {
            name++;
        }
        while (name < entry.length() && isBlank(entry.charAt(name))) {
            name++;
        }
        int end = name + pseudonym.length();
        return entry.regionMatches(true, name, pseudonym, 0, pseudonym.length())
                && (end == entry.length() || isBlank(entry.charAt(end)) || entry.charAt(end) == '(');
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
