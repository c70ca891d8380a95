package io.jettylb.servlet;

import static io.jettylb.testing.TlsUpstreams.AUTHORITY;
import static io.jettylb.testing.TlsUpstreams.OK;
import static io.jettylb.testing.TlsUpstreams.STRANGERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.proxy.LoadBalancer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import io.jettylb.testing.WebSocketEcho;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Upstreams with TLS that speak HTTP/2, or may choose to. */
class Http2TlsUpstreamTest {

    private static final List<String> BOTH = List.of("h2", "http/1.1");

    private static final String[] WISH = {
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    };

    @TempDir
    Path folder;

    private Path trust;
    private final TlsUpstreams upstreams = new TlsUpstreams();
    private final List<String> failures = new CopyOnWriteArrayList<>();

    @BeforeEach
    void trust() {
        trust = AUTHORITY.writeTrust(folder.resolve("ca.pem"));
    }

    @AfterEach
    void close() throws Exception {
        upstreams.close();
    }

    private Http2Upstream upstream(List<String> protocols, Http2Upstream.Script script) throws Exception {
        return upstreams.http2(AUTHORITY.issue("localhost"), protocols, script);
    }

    private static void ok(Request request, Response response, Callback callback) {
        response.write(true, ByteBuffer.wrap("ok".getBytes(StandardCharsets.UTF_8)), callback);
    }

    private PoolConfig pool(Protocol protocol, URI... uris) {
        return Configs.spoken(
                Configs.secure(Configs.pool(List.of(uris)), Configs.CLIENT_HOST, TlsUpstreams.tls(trust)),
                protocol,
                new ConnectionsConfig(8, Duration.ofSeconds(4), 100));
    }

    private static URI of(Http2Upstream upstream) {
        return upstream.secureUri("localhost");
    }

    /** A server that remembers why requests were not answered by upstreams. */
    private BalancedServer balanced(PoolConfig pool) throws Exception {
        BalancedServer balanced = new BalancedServer(Configs.config(pool, Configs.mount("/", false)), true);
        balanced.server().setRequestLog((request, response) -> {
            Object cause = request.getAttribute(LoadBalancer.FAILURE_ATTRIBUTE);
            if (cause != null) {
                failures.add(cause.toString());
            }
        });
        balanced.server().start();
        return balanced;
    }

    private String failure(PoolConfig pool) throws Exception {
        try (BalancedServer server = balanced(pool)) {
            int status = RawClient.get(server.port(), "/").status();
            BalancedServer.await("a cause", () -> !failures.isEmpty());
            assertThat(status).as("%s", failures).isEqualTo(503);
            server.awaitIdle();
            return failures.get(0);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "AUTO"})
    void requestsShareOneConnectionOfHttp2(Protocol protocol) throws Exception {
        int requests = 20;
        CountDownLatch all = new CountDownLatch(requests);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        Http2Upstream upstream = upstream(BOTH, (request, response, callback) -> {
            held.add(() -> ok(request, response, callback));
            all.countDown();
        });
        try (BalancedServer server = balanced(pool(protocol, of(upstream)))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                RawClient client = new RawClient(server.port());
                clients.add(client);
                client.send("GET", "/a%20b?" + i, "Cookie: a=1; b=2");
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(upstream.connections()).isEqualTo(1);
            held.forEach(Runnable::run);
            for (RawClient client : clients) {
                assertThat(client.read().body()).isEqualTo("ok");
                client.close();
            }
            assertThat(upstream.received())
                    .allSatisfy(received -> assertThat(received.line()).matches("GET /a%20b\\?\\d+ HTTP/2.0"));
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "AUTO"})
    void contentAndTrailersPassBothWays(Protocol protocol) throws Exception {
        Http2Upstream upstream = upstream(BOTH, (request, response, callback) -> {
            HttpFields trailers = HttpFields.build().add("X-Sum", "\"a, b\"");
            response.setTrailersSupplier(() -> trailers);
            Content.copy(request, response, callback);
        });
        String body = "x".repeat(1_000_000);
        try (BalancedServer server = balanced(pool(protocol, of(upstream)));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/", "Content-Length: " + body.length());
            client.send(body);
            assertThat(client.read().body()).isEqualTo(body);
            client.send("POST", "/", "Transfer-Encoding: chunked", "TE: trailers", "Connection: TE");
            client.send("5\r\nhello\r\n0\r\n\r\n");
            assertThat(client.readHead()).contains("Transfer-Encoding: chunked\r\n");
            String content = "5\r\nhello\r\n0\r\nX-Sum: \"a, b\"\r\n\r\n";
            assertThat(client.readBytes(content.length())).isEqualToIgnoringCase(content);
        }
    }

    @Test
    void partsArriveAsTheyAreSent() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        Http2Upstream upstream = upstream(
                BOTH,
                (request, response, callback) -> response.write(
                        false,
                        ByteBuffer.wrap(new byte[] {'a'}),
                        Callback.from(() -> new Thread(() -> {
                                    try {
                                        read.await();
                                        ok(request, response, callback);
                                    } catch (InterruptedException e) {
                                        callback.failed(e);
                                    }
                                })
                                .start())));
        try (BalancedServer server = balanced(pool(Protocol.H2, of(upstream)));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            client.readHead();
            assertThat(client.readBytes("1\r\na".length())).isEqualTo("1\r\na");
            read.countDown();
            assertThat(client.readBytes("\r\n2\r\nok\r\n0\r\n\r\n".length())).isEqualTo("\r\n2\r\nok\r\n0\r\n\r\n");
        }
    }

    @Test
    void eachUpstreamOfAPoolChoosesItsProtocol() throws Exception {
        Http2Upstream both = upstream(BOTH, Http2TlsUpstreamTest::ok);
        Http2Upstream older = upstream(List.of("http/1.1"), Http2TlsUpstreamTest::ok);
        RawUpstream silentOnAlpn = upstreams.certified("localhost");
        RawUpstream plain = upstreams.add(RawUpstream.always(OK));
        try (BalancedServer server =
                balanced(pool(Protocol.AUTO, of(both), of(older), silentOnAlpn.secureUri("localhost"), plain.uri()))) {
            for (int i = 0; i < 12; i++) {
                assertThat(RawClient.get(server.port(), "/", "Host: a.example").body())
                        .isEqualTo("ok");
                server.awaitIdle();
            }
            assertThat(both.received())
                    .hasSize(3)
                    .allSatisfy(received -> assertThat(received.line()).isEqualTo("GET / HTTP/2.0"));
            assertThat(older.received()).hasSize(3).allSatisfy(received -> {
                assertThat(received.line()).isEqualTo("GET / HTTP/1.1");
                assertThat(received.fields()).contains("Host: a.example");
            });
            assertThat(silentOnAlpn.heads()).hasSize(3).allMatch(head -> head.startsWith("GET / HTTP/1.1\r\n"));
            assertThat(plain.heads()).hasSize(3).allMatch(head -> head.startsWith("GET / HTTP/1.1\r\n"));
            assertThat(both.connections()).isEqualTo(1);
            assertThat(older.connections()).isEqualTo(1);
            assertThat(silentOnAlpn.connections()).isEqualTo(1);
            assertThat(plain.connections()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionOfHttp1IsNotSharedByRequestsAtTheSameTime() throws Exception {
        int requests = 6;
        CountDownLatch all = new CountDownLatch(requests);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        Http2Upstream older = upstream(List.of("http/1.1"), (request, response, callback) -> {
            held.add(() -> ok(request, response, callback));
            all.countDown();
        });
        try (BalancedServer server = balanced(pool(Protocol.AUTO, of(older)))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                RawClient client = new RawClient(server.port());
                clients.add(client);
                client.send("POST", "/", "Transfer-Encoding: chunked");
                client.send("5\r\nhello\r\n0\r\n\r\n");
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(older.connections()).isEqualTo(requests);
            held.forEach(Runnable::run);
            for (RawClient client : clients) {
                assertThat(client.read().body()).isEqualTo("ok");
                client.close();
            }
            server.awaitIdle();
        }
    }

    @Test
    void whoDoesNotSpeakHttp2IsUnreachableWhereItIsRequired() throws Exception {
        RawUpstream refusing = upstreams.on(TlsUpstreams.speaking("http/1.1"));
        RawUpstream silentOnAlpn = upstreams.certified("localhost");

        assertThat(failure(pool(Protocol.H2, refusing.secureUri("localhost"))))
                .isEqualTo("TLS: the upstream speaks none of the protocols that it was offered (see protocol):"
                        + " no_application_protocol");
        failures.clear();
        assertThat(failure(pool(Protocol.H2, silentOnAlpn.secureUri("localhost"))))
                .isEqualTo("TLS: the upstream does not speak HTTP/2 (no ALPN; see protocol)");

        Http2Upstream good = upstream(BOTH, Http2TlsUpstreamTest::ok);
        try (BalancedServer server = balanced(
                pool(Protocol.H2, refusing.secureUri("localhost"), silentOnAlpn.secureUri("localhost"), of(good)))) {
            for (int i = 0; i < 6; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send("POST", "/" + i, "Content-Length: 4");
                    client.send("body");
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            assertThat(server.status().get(0).eligible()).isFalse();
            assertThat(server.status().get(1).eligible()).isFalse();
            assertThat(server.status().get(2).eligible()).isTrue();
        }
        assertThat(refusing.heads()).isEmpty();
        assertThat(silentOnAlpn.heads()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "AUTO"})
    void certificatesAreVerified(Protocol protocol) throws Exception {
        Http2Upstream strange = upstreams.http2(STRANGERS.issue("localhost"), BOTH, Http2TlsUpstreamTest::ok);
        Http2Upstream other = upstreams.http2(AUTHORITY.issue("other.example"), BOTH, Http2TlsUpstreamTest::ok);

        assertThat(failure(pool(protocol, of(strange))))
                .isEqualTo("TLS: the upstream's certificate is not trusted (see tls.trust-store)");
        failures.clear();
        assertThat(failure(pool(protocol, of(other))))
                .startsWith("TLS: the upstream's certificate is not for this name (see tls.sni): ");
        PoolConfig named = Configs.secure(
                pool(protocol, of(other)),
                new HostPolicy(HostPolicy.Kind.NAME, "other.example"),
                TlsUpstreams.tls(trust));
        try (BalancedServer server = balanced(named)) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
        }
        assertThat(other.received()).singleElement().satisfies(received -> {
            assertThat(received.line()).isEqualTo("GET / HTTP/2.0");
            assertThat(received.authority()).isEqualTo("other.example");
        });
        assertThat(strange.received()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "AUTO"})
    void changedKeysCountForNewConnectionsAndOldOnesGetNoRequests(Protocol protocol) throws Exception {
        Http2Upstream upstream = upstream(BOTH, Http2TlsUpstreamTest::ok);
        try (BalancedServer server = balanced(pool(protocol, of(upstream)))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            STRANGERS.writeTrust(trust);
            server.loadBalancer().reloadKeys();
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(503);
            AUTHORITY.writeTrust(trust);
            server.loadBalancer().reloadKeys();
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            assertThat(upstream.received()).hasSize(2);
        }
    }

    @Test
    void anUpstreamThatIsSilentInTheHandshakeCountsAsUnreachable() throws Exception {
        // It accepts connections, but nobody reads from them.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Http2Upstream good = upstream(BOTH, Http2TlsUpstreamTest::ok);
            TimeoutsConfig quick = new TimeoutsConfig(
                    Duration.ofMillis(300), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
            List<URI> uris = List.of(URI.create("https://localhost:" + silent.getLocalPort()), of(good));
            PoolConfig pool = Configs.secure(
                    Configs.pool(uris, "round-robin", Configs.CLIENT_HOST, quick),
                    Configs.CLIENT_HOST,
                    TlsUpstreams.tls(trust));
            try (BalancedServer server = balanced(Configs.spoken(pool, Protocol.H2))) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
                assertThat(server.status().get(0).eligible()).isFalse();
            }
        }
    }

    @Test
    void upgradesGoOverHttp1WhereTheUpstreamMayChoose() throws Exception {
        // It would choose HTTP/2 if that were offered.
        RawUpstream upstream = upstreams.add(WebSocketEcho.start(TlsUpstreams.speaking("h2", "http/1.1")));
        try (BalancedServer server = balanced(pool(Protocol.AUTO, upstream.secureUri("localhost")));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/", WISH);
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        }
    }

    @Test
    void thereAreNoUpgradesOverHttp2() throws Exception {
        Http2Upstream upstream = upstream(BOTH, Http2TlsUpstreamTest::ok);
        try (BalancedServer server = balanced(pool(Protocol.H2, of(upstream)))) {
            RawClient.Response answer = RawClient.get(server.port(), "/", WISH);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(upstream.received().get(0).fields())
                    .noneMatch(field -> field.toLowerCase().startsWith("upgrade"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "AUTO"})
    void aProbeSpeaksThePoolsProtocol(Protocol protocol) throws Exception {
        Http2Upstream upstream = upstream(BOTH, Http2TlsUpstreamTest::ok);
        try (BalancedServer server = balanced(Configs.probed(pool(protocol, of(upstream))))) {
            BalancedServer.await("up", () -> server.status().get(0).eligible());
            assertThat(upstream.received().get(0).line()).isEqualTo("GET /health HTTP/2.0");
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "AUTO"})
    void anUnusedConnectionIsClosed(Protocol protocol) throws Exception {
        Http2Upstream http2 = upstream(BOTH, Http2TlsUpstreamTest::ok);
        Http2Upstream http1 = upstream(List.of("http/1.1"), Http2TlsUpstreamTest::ok);
        PoolConfig pool = protocol == Protocol.H2 ? pool(protocol, of(http2)) : pool(protocol, of(http2), of(http1));
        ConnectionsConfig shortLived = new ConnectionsConfig(8, Duration.ofMillis(50), 100);
        try (BalancedServer server = balanced(Configs.spoken(pool, protocol, shortLived))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            BalancedServer.await("no connection", () -> http2.connections() + http1.connections() == 0);
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }
}
