package io.jettylb.proxy;

import io.jettylb.config.AddressRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** Reads {@code X-Forwarded-For}, {@code -Proto}, {@code -Host} and {@code -Port} of a trusted proxy. */
final class XForwardedReading {

    private XForwardedReading() {}

    static ForwardedAccount read(HttpFields fields, List<AddressRange> trusted) {
        List<String> members = members(fields, HttpHeader.X_FORWARDED_FOR);
        List<ForwardedNode> nodes = new ArrayList<>();
        for (int i = members.size() - 1; i >= 0; i--) {
            ForwardedNode node =
                    nodes.size() == ForwardedAccount.MAX_NODES ? null : ForwardedNode.parse(members.get(i));
            if (node == null) {
                nodes.add(ForwardedNode.UNKNOWN);
                break;
            }
            nodes.add(node);
        }
        Collections.reverse(nodes);
        int client = nodes.size() - 1;
        while (client > 0 && nodes.get(client).isIn(trusted)) {
            client--;
        }
        StringBuilder text = new StringBuilder();
        for (ForwardedNode node : nodes) {
            text.append(text.length() == 0 ? "" : ", ").append(node.text());
        }
        String proto = said(fields, HttpHeader.X_FORWARDED_PROTO, nodes.size(), client, ForwardedAccount::isProto);
        return new ForwardedAccount(
                !nodes.isEmpty(),
                text.toString(),
                nodes,
                client,
                proto == null ? null : proto.toLowerCase(Locale.ROOT),
                said(fields, HttpHeader.X_FORWARDED_HOST, nodes.size(), client, ForwardedAccount::isHost),
                said(fields, HttpHeader.X_FORWARDED_PORT, nodes.size(), client, XForwardedReading::isPort));
    }

    /**
     * What is said once for all, or else for the client: where each proxy appends, members belong to each other. If they
     * do not, the last one is what the trusted proxy itself has said.
     */
    private static String said(
            HttpFields fields, HttpHeader header, int nodes, int client, Predicate<String> readable) {
        List<String> members = members(fields, header);
        if (members.isEmpty()) {
            return null;
        }
        String value = members.get(members.size() == nodes ? client : members.size() - 1);
        return readable.test(value) ? value : null;
    }

    /** The members of a list over all its fields, without empty ones. */
    private static List<String> members(HttpFields fields, HttpHeader header) {
        List<String> members = new ArrayList<>();
        for (var field : fields) {
            if (field.getHeader() == header && field.getValue() != null) {
                for (String member : field.getValue().split(",")) {
                    if (!member.isBlank()) {
                        members.add(member.trim());
                    }
                }
            }
        }
        return members;
    }

    private static boolean isPort(String text) {
        return text.length() <= 5
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && Integer.parseInt(text) <= 65_535;
    }
}
