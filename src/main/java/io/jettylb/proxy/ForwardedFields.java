package io.jettylb.proxy;

import io.jettylb.config.ForwardedConfig;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/**
 * Tells the upstream who the client is: {@code X-Forwarded-*} and {@code Forwarded} (RFC 7239). What a trusted proxy
 * says in them is kept and appended to; what anybody else says is dropped, because anybody can say anything. Both
 * families always tell the same story.
 *
 * <p>Who is trusted is decided by the peer of the connection: with the PROXY protocol that is the address which it
 * announces, but never what Jetty's {@code ForwardedRequestCustomizer} or a filter makes of the request. As long as
 * nobody is trusted, these two are believed about the client's address and scheme, for the operator has installed them;
 * once there is a list of trusted proxies, the list alone decides.
 */
final class ForwardedFields {

    /** The origin as the client sees it. */
    record Origin(String proto, String authority) {}

    private static final String X_FORWARDED = "x-forwarded-";

    private final ForwardedConfig config;

    ForwardedFields(ForwardedConfig config) {
        this.config = config;
    }

    /** Whether the fields of this request's sender are kept. */
    boolean trusts(Request request) {
        return !config.trustedProxies().isEmpty()
                && peer(request) instanceof InetSocketAddress inet
                && inet.getAddress() != null
                && ForwardedNode.isIn(inet.getAddress().getAddress(), config.trustedProxies());
    }

    /**
     * Whether a field does not pass as it is, because it claims to speak of the hops before us.
     *
     * @param trusted whether its sender is trusted: then only those fields do not pass that {@link #write} writes anew
     */
    static boolean stops(HttpField field, boolean trusted) {
        HttpHeader header = field.getHeader();
        if (header != null) {
            return switch (header) {
                case FORWARDED, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PORT, X_FORWARDED_PROTO -> true;
                case X_FORWARDED_SERVER -> !trusted;
                default -> false;
            };
        }
        // CGI-like servers make the same variable of a hyphen and an underscore.
        String name = field.getName();
        boolean hyphens = name.length() > X_FORWARDED.length()
                && name.replace('_', '-').regionMatches(true, 0, X_FORWARDED, 0, X_FORWARDED.length());
        return hyphens && (!trusted || name.indexOf('_') >= 0);
    }

    /**
     * Writes the fields.
     *
     * @param request the client's request
     * @param trusted whether its sender is trusted
     * @param authority the host that the client asked for, with its port if it named one; may be null
     * @param to where the fields go
     */
    void write(Request request, boolean trusted, String authority, Consumer<HttpField> to) {
        if (!config.xForwarded() && !config.rfc7239()) {
            return;
        }
        String proto = proto(request);
        ForwardedNode node = ForwardedNode.of(client(request));
        if (!trusted) {
            write(null, node, proto, authority, to);
        } else {
            write(told(request.getHeaders()), node, proto, authority, to);
        }
    }

    /**
     * Where the client believes to be.
     *
     * @param authority the host of the request; may be null
     */
    Origin origin(Request request, boolean trusted, String authority) {
        String proto = proto(request);
        if (!trusted) {
            return new Origin(proto, authority);
        }
        Story story = told(request.getHeaders());
        return new Origin(
                story.proto() == null ? proto : story.proto(), story.host() == null ? authority : story.host());
    }

    /** What both families agree upon; proto, host and port are null where they say nothing. */
    private record Story(
            ForwardedAccount x,
            ForwardedAccount rfc,
            boolean byRfc,
            boolean agreed,
            String proto,
            String host,
            String port) {

        ForwardedAccount believed() {
            return byRfc ? rfc : x;
        }
    }

    private Story told(HttpFields fields) {
        ForwardedAccount x = XForwardedReading.read(fields, config.trustedProxies());
        ForwardedAccount rfc = Rfc7239Reading.read(fields, config.trustedProxies());
        boolean byRfc = rfc.present() && (!x.present() || config.prefer() == ForwardedConfig.Family.RFC7239);
        ForwardedAccount believed = byRfc ? rfc : x;
        ForwardedAccount other = byRfc ? x : rfc;
        boolean agreed = believed.agreesWith(other);
        String proto = believed.proto() == null && agreed ? other.proto() : believed.proto();
        String host = believed.host() == null && agreed ? other.host() : believed.host();
        String port = agreed || !byRfc ? x.port() : null;
        return new Story(x, rfc, byRfc, agreed, proto, host, port);
    }

    private void write(Story story, ForwardedNode peer, String ours, String authority, Consumer<HttpField> to) {
        String proto = story == null || story.proto() == null ? ours : story.proto();
        String host = story == null || story.host() == null ? authority : story.host();
        if (config.xForwarded()) {
            String before = story == null ? "" : xForwardedFor(story);
            if (peer.address() != null) {
                String address = peer.address();
                to.accept(new HttpField(
                        HttpHeader.X_FORWARDED_FOR, before.isEmpty() ? address : before + ", " + address));
            } else if (!before.isEmpty()) {
                to.accept(new HttpField(HttpHeader.X_FORWARDED_FOR, before + ", unknown"));
            }
            to.accept(new HttpField(HttpHeader.X_FORWARDED_PROTO, proto));
            if (host != null) {
                to.accept(new HttpField(HttpHeader.X_FORWARDED_HOST, host));
            }
            String port =
                    story != null && story.port() != null ? story.port() : host == null ? null : port(host, proto);
            if (port != null) {
                to.accept(new HttpField(HttpHeader.X_FORWARDED_PORT, port));
            }
        }
        if (config.rfc7239()) {
            StringBuilder value = new StringBuilder(96);
            boolean alone = story == null || !appendRfc7239(story, value);
            // Whoever reads the first proto and host that come must find the client's.
            append(value, peer, alone ? proto : ours, alone ? host : authority);
            to.accept(new HttpField(HttpHeader.FORWARDED, value.toString()));
        }
    }

    private static String xForwardedFor(Story story) {
        if (!story.byRfc() || story.agreed() && !story.x().nodes().isEmpty()) {
            return story.x().text();
        }
        StringBuilder value = new StringBuilder();
        for (ForwardedNode node : story.rfc().nodes()) {
            value.append(value.length() == 0 ? "" : ", ").append(node.forXForwarded());
        }
        return value.toString();
    }

    /** What came before us; false if there is nothing to say of it. */
    private static boolean appendRfc7239(Story story, StringBuilder value) {
        boolean kept = story.rfc().present()
                && (story.byRfc() || story.agreed() && !story.rfc().nodes().isEmpty())
                && story.rfc().names(story.proto(), story.host());
        if (kept) {
            value.append(story.rfc().text());
            return true;
        }
        ForwardedAccount believed = story.believed();
        List<ForwardedNode> nodes = believed.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            boolean client = i == believed.client();
            append(value, nodes.get(i), client ? story.proto() : null, client ? story.host() : null);
        }
        return !nodes.isEmpty();
    }

    private static void append(StringBuilder value, ForwardedNode node, String proto, String host) {
        value.append(value.length() == 0 ? "for=" : ", for=");
        node.appendTo(value);
        if (proto != null) {
            value.append(";proto=").append(proto);
        }
        if (host != null) {
            value.append(";host=");
            if (isToken(host)) {
                value.append(host);
            } else {
                value.append('"').append(host).append('"');
            }
        }
    }

    private static String port(String authority, String proto) {
        int colon = authority.lastIndexOf(':');
        if (colon > authority.lastIndexOf(']') && colon < authority.length() - 1) {
            return authority.substring(colon + 1);
        }
        return proto.equals("https") || proto.equals("wss") ? "443" : "80";
    }

    /**
     * The address of the client: of the one who sent us the request, or whom a trusted proxy names.
     *
     * @return 4 or 16 bytes, the caller's own; null if it is hidden, or the connection has no addresses
     */
    byte[] clientAddress(Request request) {
        ForwardedAccount believed = trusts(request) ? told(request.getHeaders()).believed() : null;
        if (believed != null && believed.client() >= 0) {
            return believed.nodes().get(believed.client()).bytes();
        }
        SocketAddress client = client(request);
        return client instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getAddress()
                : ForwardedNode.of(client).bytes();
    }

    private String proto(Request request) {
        if (!config.trustedProxies().isEmpty()) {
            return request.getConnectionMetaData().isSecure() ? "https" : "http";
        }
        String scheme = request.getHttpURI().getScheme();
        return scheme != null ? scheme.toLowerCase(Locale.ROOT) : request.isSecure() ? "https" : "http";
    }

    /** The one who sent us the request. */
    private SocketAddress client(Request request) {
        return config.trustedProxies().isEmpty()
                ? request.getConnectionMetaData().getRemoteSocketAddress()
                : peer(request);
    }

    private static SocketAddress peer(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        EndPoint endPoint = connection.getConnection().getEndPoint();
        return endPoint == null ? null : endPoint.getRemoteSocketAddress();
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!Rfc7239Reading.isToken(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
