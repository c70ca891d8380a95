package io.jettylb.proxy;

import io.jettylb.config.ForwardedConfig;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.HostPort;

/**
 * Tells the upstream who the client is: {@code X-Forwarded-*} and {@code Forwarded} (RFC 7239), written freshly. What
 * the client itself says in such fields is dropped by {@link #isForwarding}, because anybody can say anything.
 */
final class ForwardedFields {

    private static final String X_FORWARDED = "x-forwarded-";

    private final ForwardedConfig config;

    ForwardedFields(ForwardedConfig config) {
        this.config = config;
    }

    /** Whether a field claims to speak of the hops before us. */
    static boolean isForwarding(HttpField field) {
        HttpHeader header = field.getHeader();
        if (header != null) {
            return switch (header) {
                case FORWARDED,
                        X_FORWARDED_FOR,
                        X_FORWARDED_HOST,
                        X_FORWARDED_PORT,
                        X_FORWARDED_PROTO,
                        X_FORWARDED_SERVER -> true;
                default -> false;
            };
        }
        // CGI-like servers make the same variable of a hyphen and an underscore.
        String name = field.getName();
        return name.length() > X_FORWARDED.length()
                && name.replace('_', '-').regionMatches(true, 0, X_FORWARDED, 0, X_FORWARDED.length());
    }

    /**
     * Writes the fields.
     *
     * @param request the client's request
     * @param authority the host that the client asked for, with its port if it named one; may be null
     * @param to where the fields go
     */
    void write(Request request, String authority, Consumer<HttpField> to) {
        if (!config.xForwarded() && !config.rfc7239()) {
            return;
        }
        String address = address(request);
        String scheme = request.getHttpURI().getScheme();
        String proto = scheme != null ? scheme.toLowerCase(Locale.ROOT) : request.isSecure() ? "https" : "http";
        if (config.xForwarded()) {
            if (address != null) {
                to.accept(new HttpField(HttpHeader.X_FORWARDED_FOR, address));
            }
            to.accept(new HttpField(HttpHeader.X_FORWARDED_PROTO, proto));
            if (authority != null) {
                to.accept(new HttpField(HttpHeader.X_FORWARDED_HOST, authority));
                to.accept(new HttpField(HttpHeader.X_FORWARDED_PORT, port(authority, proto)));
            }
        }
        if (config.rfc7239()) {
            to.accept(new HttpField(HttpHeader.FORWARDED, rfc7239(address, authority, proto)));
        }
    }

    private static String rfc7239(String address, String authority, String proto) {
        StringBuilder value = new StringBuilder(64).append("for=");
        if (address == null) {
            value.append("unknown");
        } else if (address.indexOf(':') >= 0) {
            value.append("\"[").append(address).append("]\"");
        } else {
            value.append(address);
        }
        value.append(";proto=").append(proto);
        if (authority != null) {
            value.append(";host=");
            if (isToken(authority)) {
                value.append(authority);
            } else {
                value.append('"').append(authority).append('"');
            }
        }
        return value.toString();
    }

    private static String port(String authority, String proto) {
        int colon = authority.lastIndexOf(':');
        if (colon > authority.lastIndexOf(']') && colon < authority.length() - 1) {
            return authority.substring(colon + 1);
        }
        return proto.equals("https") ? "443" : "80";
    }

    /** The client's address without brackets and zone, or null where the connection has none (a Unix socket). */
    private static String address(Request request) {
        SocketAddress remote = request.getConnectionMetaData().getRemoteSocketAddress();
        if (!(remote instanceof InetSocketAddress inet)) {
            return null;
        }
        InetAddress address = inet.getAddress();
        // An unresolved one comes from a customizer that put in what another proxy said.
        String text = address == null ? HostPort.normalizeHost(inet.getHostString()) : address.getHostAddress();
        if (address instanceof Inet6Address || address == null) {
            int zone = text.indexOf('%');
            text = zone < 0 ? text : text.substring(0, zone);
            if (text.startsWith("[") && text.endsWith("]")) {
                text = text.substring(1, text.length() - 1);
            }
        }
        return text;
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letter && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
