package io.jettylb.proxy;

import io.jettylb.config.AddressRange;
import java.util.List;
import java.util.Objects;

/**
 * What one family of fields says of the way of a request before it came to us. Read from the right, because every proxy
 * appends what it has seen itself: from a member that cannot be read on, all is replaced by one that says {@code
 * unknown}. So nobody can hide behind the address of a proxy by making it send something unreadable.
 *
 * @param present whether there is any field of the family's way
 * @param text the family's way as it is to be kept; empty if nothing is
 * @param nodes the members, the farthest first
 * @param client which of them the client is: the nearest one that is not trusted; -1 if there are none
 * @param proto the scheme that the client used, or null
 * @param host the host that the client asked for, or null
 * @param port the port that the client asked for, or null
 */
record ForwardedAccount(
        boolean present, String text, List<ForwardedNode> nodes, int client, String proto, String host, String port) {

    /** How many members are kept. */
    static final int MAX_NODES = 32;

    private static final int LONGEST_HOST = 261;

    /** Whether both name the same way, or one of them none. */
    boolean agreesWith(ForwardedAccount other) {
        if (nodes.isEmpty() || other.nodes.isEmpty()) {
            return true;
        }
        if (nodes.size() != other.nodes.size()) {
            return false;
        }
        for (int i = 0; i < nodes.size(); i++) {
            String mine = nodes.get(i).address();
            String its = other.nodes.get(i).address();
            if (mine == null ? its != null : !mine.equalsIgnoreCase(its)) {
                return false;
            }
        }
        return true;
    }

    boolean names(String otherProto, String otherHost) {
        return Objects.equals(proto, otherProto) && Objects.equals(host, otherHost);
    }

    /** Whether a text can be a scheme. */
    static boolean isProto(String text) {
        if (text.isEmpty() || text.length() > 16) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '.' && c != '-')) {
                return false;
            }
        }
        return true;
    }

    /** Whether a text can be a host with or without a port. */
    static boolean isHost(String text) {
        if (text.isEmpty() || text.length() > LONGEST_HOST) {
            return false;
        }
        int colon = text.lastIndexOf(':');
        int end = colon > text.lastIndexOf(']') ? colon : text.length();
        for (int i = end + 1; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9' || i > end + 5) {
                return false;
            }
        }
        if (text.charAt(0) == '[') {
            String inner = text.charAt(end - 1) == ']' ? text.substring(1, end - 1) : "";
            return inner.indexOf(':') >= 0 && AddressRange.address(inner) != null;
        }
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!plain && ".-_~".indexOf(c) < 0) {
                return false;
            }
        }
        return end > 0;
    }
}
