package io.jettylb.proxy;

import io.jettylb.config.AddressRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** Reads {@code Forwarded} (RFC 7239) of a trusted proxy. A field line that is not well-formed cannot be kept in part. */
final class Rfc7239Reading {

    private static final int LONGEST_LINE = 4096;
    private static final String TOKEN = "!#$%&'*+-.^_`|~";
    /** What many write without the quotes that it needs. */
    private static final String LENIENT = ":[]";

    /** One proxy's word about its own client. */
    private record Element(ForwardedNode node, String proto, String host) {}

    private final String line;
    private final List<Element> elements = new ArrayList<>();
    private int at;
    private ForwardedNode node;
    private String proto;
    private String host;

    private Rfc7239Reading(String line) {
        this.line = line;
    }

    static ForwardedAccount read(HttpFields fields, List<AddressRange> trusted) {
        List<String> lines = new ArrayList<>();
        for (HttpField field : fields) {
            if (field.getHeader() == HttpHeader.FORWARDED && field.getValue() != null) {
                lines.add(field.getValue().trim());
            }
        }
        List<Element> elements = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = lines.size() - 1; i >= 0; i--) {
            Rfc7239Reading reading = new Rfc7239Reading(lines.get(i));
            if (!reading.read() || elements.size() + reading.elements.size() > ForwardedAccount.MAX_NODES) {
                elements.add(0, new Element(ForwardedNode.UNKNOWN, null, null));
                text.insert(0, text.length() == 0 ? "for=unknown" : "for=unknown, ");
                break;
            }
            elements.addAll(0, reading.elements);
            if (!reading.elements.isEmpty()) {
                text.insert(0, text.length() == 0 ? "" : ", ").insert(0, reading.line);
            }
        }
        return account(elements, text.toString(), trusted);
    }

    private static ForwardedAccount account(List<Element> elements, String text, List<AddressRange> trusted) {
        int from = elements.size() - 1;
        while (from > 0
                && elements.get(from).node() != null
                && elements.get(from).node().isIn(trusted)) {
            from--;
        }
        List<ForwardedNode> nodes = new ArrayList<>();
        int client = -1;
        String proto = null;
        String host = null;
        for (int i = 0; i < elements.size(); i++) {
            Element element = elements.get(i);
            if (element.node() != null) {
                nodes.add(element.node());
            }
            if (i == from) {
                client = nodes.size() - 1;
            }
            if (i >= from) {
                proto = proto == null ? element.proto() : proto;
                host = host == null ? element.host() : host;
            }
        }
        return new ForwardedAccount(!elements.isEmpty(), text, nodes, client, proto, host, null);
    }

    /** Reads the line; false if it is not well-formed, or says the same thing twice. */
    private boolean read() {
        if (line.length() > LONGEST_LINE) {
            return false;
        }
        boolean more = true;
        while (more) {
            skipBlanks();
            boolean empty = at == line.length() || line.charAt(at) == ',';
            if (!empty && !element()) {
                return false;
            }
            more = at < line.length();
            if (more && line.charAt(at++) != ',') {
                return false;
            }
        }
        return true;
    }

    private boolean element() {
        node = null;
        proto = null;
        host = null;
        boolean more = true;
        while (more) {
            skipBlanks();
            if (!pair()) {
                return false;
            }
            skipBlanks();
            more = at < line.length() && line.charAt(at) == ';';
            at += more ? 1 : 0;
        }
        elements.add(new Element(node, proto, host));
        return true;
    }

    private boolean pair() {
        int start = at;
        while (at < line.length() && isToken(line.charAt(at))) {
            at++;
        }
        String name = line.substring(start, at).toLowerCase(Locale.ROOT);
        if (name.isEmpty() || at == line.length() || line.charAt(at++) != '=') {
            return false;
        }
        String value = value();
        return value != null && take(name, value);
    }

    private boolean take(String name, String value) {
        switch (name) {
            case "for" -> {
                boolean twice = node != null;
                node = ForwardedNode.parse(value);
                return !twice && node != null;
            }
            case "proto" -> {
                boolean twice = proto != null;
                proto = value.toLowerCase(Locale.ROOT);
                return !twice && ForwardedAccount.isProto(value);
            }
            case "host" -> {
                boolean twice = host != null;
                host = value;
                return !twice && ForwardedAccount.isHost(value);
            }
            default -> {
                return true;
            }
        }
    }

    /** A token or a quoted string; null if it is neither. */
    private String value() {
        if (at < line.length() && line.charAt(at) == '"') {
            return quoted();
        }
        int start = at;
        while (at < line.length() && (isToken(line.charAt(at)) || LENIENT.indexOf(line.charAt(at)) >= 0)) {
            at++;
        }
        return at == start ? null : line.substring(start, at);
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == '"') {
                return value.toString();
            }
            if (c == '\\') {
                if (at == line.length()) {
                    return null;
                }
                c = line.charAt(at++);
            }
            value.append(c);
        }
        return null;
    }

    private void skipBlanks() {
        while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
            at++;
        }
    }

    static boolean isToken(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || TOKEN.indexOf(c) >= 0;
    }
}
