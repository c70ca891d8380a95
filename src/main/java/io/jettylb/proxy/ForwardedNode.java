package io.jettylb.proxy;

import io.jettylb.config.AddressRange;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.eclipse.jetty.util.HostPort;

/**
 * One member of the way of a request, as {@code X-Forwarded-For} and {@code Forwarded} name it: an address, with or
 * without a port, or a name that hides it.
 *
 * @param text as the member was written, without quotes
 * @param address without brackets, port and zone; null if it is hidden
 */
record ForwardedNode(String text, String address) {

    /** Nobody knows who it was. */
    static final ForwardedNode UNKNOWN = new ForwardedNode("unknown", null);

    private static final int LONGEST = 64;

    /** Null if the text is no node: neither an address nor {@code unknown} nor a name that begins with {@code _}. */
    static ForwardedNode parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            return null;
        }
        if (text.equalsIgnoreCase("unknown")) {
            return UNKNOWN;
        }
        char first = text.charAt(0);
        if (first == '_') {
            return isHidden(text) ? new ForwardedNode(text, null) : null;
        }
        int end = text.length();
        int start = 0;
        if (first == '[') {
            end = text.indexOf(']');
            start = 1;
            if (end < 0 || end + 1 < text.length() && !isPort(text, end + 1)) {
                return null;
            }
        } else {
            int colon = text.indexOf(':');
            if (colon >= 0 && text.indexOf(':', colon + 1) < 0) {
                if (!isPort(text, colon)) {
                    return null;
                }
                end = colon;
            }
        }
        String address = text.substring(start, end);
        boolean bracketsAroundIpv4 = start == 1 && address.indexOf(':') < 0;
        return bracketsAroundIpv4 || AddressRange.address(address) == null ? null : new ForwardedNode(text, address);
    }

    /** A peer of a connection; unknown if the connection has no addresses (a Unix socket). */
    static ForwardedNode of(SocketAddress peer) {
        if (!(peer instanceof InetSocketAddress inet)) {
            return UNKNOWN;
        }
        InetAddress address = inet.getAddress();
        // An unresolved one comes from a customizer or a filter that put in what another proxy said.
        String text = address == null ? HostPort.normalizeHost(inet.getHostString()) : address.getHostAddress();
        if (address instanceof Inet6Address || address == null) {
            int zone = text.indexOf('%');
            text = zone < 0 ? text : text.substring(0, zone);
            if (text.startsWith("[") && text.endsWith("]")) {
                text = text.substring(1, text.length() - 1);
            }
        }
        return new ForwardedNode(text, text);
    }

    /** The address as 4 or 16 bytes; null if it is hidden. */
    byte[] bytes() {
        return address == null ? null : AddressRange.address(address);
    }

    boolean isIn(List<AddressRange> ranges) {
        byte[] bytes = bytes();
        return bytes != null && isIn(bytes, ranges);
    }

    static boolean isIn(byte[] address, List<AddressRange> ranges) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** As {@code X-Forwarded-For} has it: the address alone. */
    String forXForwarded() {
        return address == null ? UNKNOWN.text : address;
    }

    /** As a value of {@code for=}: IPv6 in brackets, and quoted where there are colons (RFC 7239, 6). */
    void appendTo(StringBuilder value) {
        if (address != null && address.indexOf(':') >= 0 && text.charAt(0) != '[') {
            value.append("\"[").append(text).append("]\"");
        } else if (text.indexOf(':') >= 0 || text.charAt(0) == '[') {
            value.append('"').append(text).append('"');
        } else {
            value.append(text);
        }
    }

    private static boolean isHidden(String text) {
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!plain && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return text.length() > 1;
    }

    /** Whether the rest of a text, from its colon, is a port, or a name that hides one. */
    private static boolean isPort(String text, int colon) {
        if (text.charAt(colon) != ':') {
            return false;
        }
        String port = text.substring(colon + 1);
        return port.startsWith("_")
                ? isHidden(port)
                : !port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
