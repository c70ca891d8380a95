package io.jettylb.proxy;

import io.jettylb.pool.Lease;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * A client's wish to go on in another protocol than HTTP: on its connection (RFC 9110, 7.8), or on its stream of HTTP/2
 * (RFC 8441, for WebSocket), which becomes a wish of the first kind for the upstream. Immutable.
 */
final class Upgrade {

    private static final HttpField CONNECTION = new PreEncodedHttpField(HttpHeader.CONNECTION, "Upgrade");

    private static final String WEBSOCKET = "websocket";
    private static final String KEY = "Sec-WebSocket-Key";
    private static final String ACCEPT = "Sec-WebSocket-Accept";

    /**
     * Names that are never passed on: beneath another HTTP or TLS, requests would get past this hop unseen (known as h2c
     * smuggling). Who asks for them is served as if it had not.
     */
    private static final Set<String> REFUSED = Set.of("h2c", "h2", "http", "tls");

    private final Request request;
    private final HttpField field;
    private final Set<String> protocols;
    /** Null if the client has one of its own, or needs none. */
    private final WebSocketKey key;

    private Upgrade(Request request, Set<String> protocols, String value, WebSocketKey key) {
        this.request = request;
        this.key = key;
        this.field = new HttpField(HttpHeader.UPGRADE, value);
        this.protocols = protocols;
    }

    /**
     * What a request asks for.
     *
     * @param request the client's request
     * @param random for what has to be made up
     * @return the protocols that may be passed on, or null if there are none: the usual case
     */
    static Upgrade asked(Request request, Supplier<RandomGenerator> random) {
        if (isExtendedConnect(request)) {
            return new Upgrade(request, Set.of(WEBSOCKET), WEBSOCKET, WebSocketKey.create(random.get()));
        }
        HttpFields fields = request.getHeaders();
        if (!fields.contains(HttpHeader.UPGRADE)
                || request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1
                || !fields.contains(HttpHeader.CONNECTION, "upgrade")) {
            return null;
        }
        Set<String> spellings = protocols(fields);
        spellings.removeIf(Upgrade::isRefused);
        if (spellings.isEmpty()) {
            return null;
        }
        return new Upgrade(request, lowerCase(spellings), String.join(", ", spellings), null);
    }

    /** Whether a request is a CONNECT to a resource of ours and not a tunnel to anywhere (RFC 8441). */
    static boolean isExtendedConnect(Request request) {
        return HttpMethod.CONNECT.is(request.getMethod())
                && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2
                && request.getTunnelSupport() != null
                && WEBSOCKET.equals(request.getTunnelSupport().getProtocol());
    }

    /** The method that upstreams see. */
    static String method(Request request) {
        return isExtendedConnect(request) ? HttpMethod.GET.asString() : request.getMethod();
    }

    /** Those that a message names, in its own spelling. */
    private static Set<String> protocols(HttpFields fields) {
        Set<String> protocols = new LinkedHashSet<>();
        for (HttpField field : fields) {
            if (field.getHeader() != HttpHeader.UPGRADE || field.getValue() == null) {
                continue;
            }
            for (String element : field.getValue().split(",")) {
                String protocol = element.trim();
                if (!protocol.isEmpty()) {
                    protocols.add(protocol);
                }
            }
        }
        return protocols;
    }

    private static boolean isRefused(String protocol) {
        int version = protocol.indexOf('/');
        String name = version < 0 ? protocol : protocol.substring(0, version);
        return REFUSED.contains(name.toLowerCase(Locale.ROOT));
    }

    private static Set<String> lowerCase(Set<String> spellings) {
        Set<String> all = new LinkedHashSet<>();
        spellings.forEach(spelling -> all.add(spelling.toLowerCase(Locale.ROOT)));
        return all;
    }

    /** Passes the wish on. */
    void write(Consumer<HttpField> to) {
        to.accept(CONNECTION);
        to.accept(field);
        if (key != null) {
            to.accept(new HttpField(KEY, key.value()));
        }
    }

    /** Where the other fields of the request go: a key of a client that needs none would be one too many. */
    Consumer<HttpField> others(Consumer<HttpField> to) {
        return key == null
                ? to
                : other -> {
                    if (!other.is(KEY)) {
                        to.accept(other);
                    }
                };
    }

    /**
     * Whether an upstream switches protocols (101).
     *
     * @param status the status of its response
     * @param fields the fields of its response
     * @throws IllegalStateException if it does something else than it was asked to, so that nobody knows what the bytes
     *     mean
     */
    boolean isDoneBy(int status, HttpFields fields) {
        if (status != HttpStatus.SWITCHING_PROTOCOLS_101) {
            if (key != null && HttpStatus.isSuccess(status)) {
                // To a CONNECT it would say that the tunnel is there.
                throw new IllegalStateException(status + " to an upgrade");
            }
            return false;
        }
        if (key != null && !key.accept().equals(fields.get(ACCEPT))) {
            throw new IllegalStateException(ACCEPT + " " + fields.get(ACCEPT));
        }
        Set<String> chosen = lowerCase(protocols(fields));
        if (chosen.isEmpty() || !protocols.containsAll(chosen)) {
            throw new IllegalStateException(
                    "101 to " + fields.getValuesList(HttpHeader.UPGRADE) + " (asked for: " + field.getValue() + ")");
        }
        return true;
    }

    /** The status by which the client learns of it. */
    int status() {
        return key == null ? HttpStatus.SWITCHING_PROTOCOLS_101 : HttpStatus.OK_200;
    }

    /** The upstream's fields, as far as they are for the client. */
    HttpFields answer(HttpFields fields) {
        return key == null ? fields : HttpFields.build(fields).remove(ACCEPT).asImmutable();
    }

    /** The two connections, as one from now on; nothing is read from them yet. */
    Tunnel tunnel(Tunnels tunnels, EndPoint upstream, Lease lease, Duration idle) {
        return new Tunnel(tunnels, request, upstream, lease, idle);
    }

    /**
     * Adds the fields by which an upstream switches protocols, or says that it must be asked to (426). In all other
     * responses they are about the upstream's connection alone.
     *
     * @param status the response's status
     * @param from the upstream's fields
     * @param to the response
     */
    static void answer(int status, HttpFields from, Response to) {
        boolean wanted = status == HttpStatus.SWITCHING_PROTOCOLS_101 || status == HttpStatus.UPGRADE_REQUIRED_426;
        if (!wanted || to.getRequest().getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1) {
            return;
        }
        Set<String> protocols = protocols(from);
        protocols.removeIf(Upgrade::isRefused);
        if (!protocols.isEmpty()) {
            to.getHeaders().add(CONNECTION);
            to.getHeaders().add(HttpHeader.UPGRADE, String.join(", ", protocols));
        }
    }
}
