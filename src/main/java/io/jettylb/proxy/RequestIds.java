package io.jettylb.proxy;

import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;

/**
 * Gives every request an id by which logs of all hops can be joined. One that came with the request is kept, whoever
 * sent it: that is what the field is for, and it proves nothing. But it must be one field of a harmless form, because
 * ids end up in logs, file names and pages.
 */
final class RequestIds {

    private static final int LONGEST = 128;
    private static final String MARKS = "-_.~+/=:@";

    private final String name;
    private final Supplier<RandomGenerator> random;

    /**
     * Creates the source of ids.
     *
     * @param name the name of the field; null: there are no ids
     * @param random for ids of 128 bits, which need not be hard to guess
     */
    RequestIds(String name, Supplier<RandomGenerator> random) {
        this.name = name;
        this.random = random;
    }

    /** Whether a field carries an id: it is written by {@link #write}, and does not pass by itself. */
    boolean isId(HttpField field) {
        return name != null && name.equalsIgnoreCase(field.getName());
    }

    /** Writes the field: the same id for all attempts of a request. Leaves it as a request attribute, too. */
    void write(Request request, Consumer<HttpField> to) {
        if (name == null) {
            return;
        }
        HttpField sent = sent(request.getHeaders());
        String earlier = (String) request.getAttribute(LoadBalancer.REQUEST_ID_ATTRIBUTE);
        String id = sent != null ? sent.getValue() : earlier != null ? earlier : fresh();
        if (earlier == null) {
            request.setAttribute(LoadBalancer.REQUEST_ID_ATTRIBUTE, id);
        }
        to.accept(sent != null ? sent : new HttpField(name, id));
    }

    private HttpField sent(HttpFields fields) {
        HttpField found = null;
        for (HttpField field : fields) {
            if (isId(field)) {
                if (found != null || !isHarmless(field.getValue())) {
                    return null;
                }
                found = field;
            }
        }
        return found;
    }

    private String fresh() {
        RandomGenerator generator = random.get();
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(generator.nextLong()) + hex.toHexDigits(generator.nextLong());
    }

    static boolean isHarmless(String id) {
        if (id == null || id.isEmpty() || id.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!plain && MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
