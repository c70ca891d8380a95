package io.jettylb.proxy;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Which fields belong to one hop and are not passed on (RFC 9110, 7.6.1): the known ones, and those that
 * {@code Connection} nominates.
 */
final class HopFields {

    private static final EnumSet<HttpHeader> HOP = EnumSet.of(
            HttpHeader.CONNECTION,
            HttpHeader.KEEP_ALIVE,
            HttpHeader.PROXY_CONNECTION,
            HttpHeader.TE,
            HttpHeader.TRANSFER_ENCODING,
            HttpHeader.UPGRADE,
            HttpHeader.HTTP2_SETTINGS);

    /**
     * Fields that a sender cannot take away from the message by nominating them: no hop owns them, and without them
     * the next one would see another message.
     */
    private static final Set<String> PROTECTED = protectedNames();

    private HopFields() {}

    private static Set<String> protectedNames() {
        Set<String> names = new TreeSet<>();
        for (HttpHeader header : EnumSet.of(
                HttpHeader.HOST,
                HttpHeader.COOKIE,
                HttpHeader.SET_COOKIE,
                HttpHeader.AUTHORIZATION,
                HttpHeader.CONTENT_LENGTH,
                HttpHeader.CONTENT_TYPE,
                HttpHeader.CONTENT_ENCODING,
                HttpHeader.CONTENT_RANGE,
                HttpHeader.CACHE_CONTROL,
                HttpHeader.LOCATION,
                HttpHeader.DATE)) {
            names.add(header.lowerCaseName());
        }
        return names;
    }

    static boolean isHop(HttpHeader header) {
        return header != null && HOP.contains(header);
    }

    /**
     * The names that the {@code Connection} fields of a message nominate.
     *
     * @return lower-case names, or null if there are none: the usual case
     */
    static Set<String> nominated(HttpFields fields) {
        Set<String> names = null;
        for (HttpField field : fields) {
            if (field.getHeader() != HttpHeader.CONNECTION) {
                continue;
            }
            String value = field.getValue();
            if (value == null || value.equalsIgnoreCase("keep-alive") || value.equalsIgnoreCase("close")) {
                continue;
            }
            for (String option : value.split(",")) {
                String name = option.trim().toLowerCase(Locale.ROOT);
                if (!name.isEmpty() && !PROTECTED.contains(name)) {
                    if (names == null) {
                        names = new TreeSet<>();
                    }
                    names.add(name);
                }
            }
        }
        return names;
    }
}
