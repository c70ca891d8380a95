package io.jettylb.proxy;

import io.jettylb.config.ProxyProtocol;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.eclipse.jetty.client.ProxyProtocolClientConnectionFactory.V1;
import org.eclipse.jetty.client.ProxyProtocolClientConnectionFactory.V2;
import org.eclipse.jetty.server.ConnectionMetaData;

/**
 * What connections begin with, in HAProxy's PROXY protocol. The client library keeps the connections of different tags
 * apart, so that a connection serves only the client that it has named.
 */
abstract class ProxyTags {

    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[^\\]]*)?]?");

    private ProxyTags() {}

    /**
     * The tags of a version.
     *
     * @return null for no version
     */
    static ProxyTags of(ProxyProtocol version) {
        return switch (version) {
            case OFF -> null;
            case V1 -> new Text();
            case V2 -> new Binary();
        };
    }

    /** For a client: where it comes from, and where it has connected to. */
    final Object client(ConnectionMetaData connection) {
        InetSocketAddress source = address(connection.getRemoteSocketAddress());
        if (source == null) {
            return ourselves();
        }
        boolean four = source.getAddress() instanceof Inet4Address;
        InetSocketAddress local = address(connection.getLocalSocketAddress());
        int port = local == null ? 0 : local.getPort();
        // Both addresses are of one family. Behind another proxy, which has told us who the client is, they may differ.
        boolean fits = local != null && local.getAddress() instanceof Inet4Address == four;
        String destination = fits ? text(local) : four ? "0.0.0.0" : "::";
        return tag(four, text(source), source.getPort(), destination, port);
    }

    /** For a connection that no client has asked for. */
    abstract Object ourselves();

    abstract Object tag(boolean four, String source, int sourcePort, String destination, int destinationPort);

    private static InetSocketAddress address(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return null;
        }
        if (!inet.isUnresolved()) {
            return inet;
        }
        // A customizer of the server has put in what another proxy says. A name must not be looked up here.
        if (!LITERAL.matcher(inet.getHostString()).matches()) {
            return null;
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(inet.getHostString()), inet.getPort());
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static String text(InetSocketAddress address) {
        String text = address.getAddress().getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    private static final class Text extends ProxyTags {
        @Override
        Object ourselves() {
            return V1.Tag.UNKNOWN;
        }

        @Override
        Object tag(boolean four, String source, int sourcePort, String destination, int destinationPort) {
            return new V1.Tag(four ? "TCP4" : "TCP6", source, sourcePort, destination, destinationPort);
        }
    }

    private static final class Binary extends ProxyTags {
        @Override
        Object ourselves() {
            return V2.Tag.LOCAL;
        }

        @Override
        Object tag(boolean four, String source, int sourcePort, String destination, int destinationPort) {
            return new V2.Tag(
                    V2.Tag.Command.PROXY,
                    four ? V2.Tag.Family.INET4 : V2.Tag.Family.INET6,
                    V2.Tag.Protocol.STREAM,
                    source,
                    sourcePort,
                    destination,
                    destinationPort,
                    null);
        }
    }
}
