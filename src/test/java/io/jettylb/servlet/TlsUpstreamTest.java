package io.jettylb.servlet;

import static io.jettylb.testing.TlsUpstreams.AUTHORITY;
import static io.jettylb.testing.TlsUpstreams.OK;
import static io.jettylb.testing.TlsUpstreams.STRANGERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.TlsConfig;
import io.jettylb.proxy.LoadBalancer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Upstreams with TLS: whom we believe, who we say we are, and what happens when the keys change. */
class TlsUpstreamTest {

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
    void close() throws IOException {
        upstreams.close();
    }

    private static PoolConfig pool(TlsConfig tls, URI... uris) {
        return Configs.secure(Configs.pool(List.of(uris)), Configs.CLIENT_HOST, tls);
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

    private static int status(BalancedServer server) throws IOException {
        return RawClient.get(server.port(), "/").status();
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

    @Test
    void isAskedByItsHostNameOnKeptConnections() throws Exception {
        RawUpstream upstream = upstreams.certified("localhost");
        try (BalancedServer server = balanced(pool(TlsUpstreams.tls(trust), upstream.secureUri("localhost")))) {
            for (int i = 0; i < 3; i++) {
                assertThat(RawClient.get(server.port(), "/a?b", "Host: client.example")
                                .body())
                        .isEqualTo("ok");
                assertThat(upstreams.nextName()).isEqualTo("localhost");
                server.awaitIdle();
            }
            assertThat(upstream.heads()).hasSize(3).allMatch(head -> head.startsWith("GET /a?b HTTP/1.1\r\n"));
            assertThat(upstream.heads().get(0)).contains("Host: client.example\r\n");
            assertThat(upstream.connections()).isEqualTo(1);
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CLIENT,, 127.0.0.1, 127.0.0.1, none",
        "UPSTREAM,, 127.0.0.1, 127.0.0.1, none",
        "UPSTREAM,, localhost, localhost, localhost",
        "NAME, inner.example, 127.0.0.1, inner.example, inner.example",
        "NAME, inner.example:8443, 127.0.0.1, inner.example, inner.example"
    })
    void theServerNameFollowsTheHost(HostPolicy.Kind kind, String name, String host, String certified, String seen)
            throws Exception {
        RawUpstream upstream = upstreams.certified(certified);
        PoolConfig pool = Configs.secure(
                Configs.pool(List.of(upstream.secureUri(host))), new HostPolicy(kind, name), TlsUpstreams.tls(trust));
        try (BalancedServer server = balanced(pool)) {
            assertThat(status(server)).isEqualTo(200);
            assertThat(upstreams.nextName()).isEqualTo(seen);
        }
    }

    @Test
    void aServerNameOfItsOwnGoesBeforeTheHost() throws Exception {
        RawUpstream upstream = upstreams.certified("sni.example");
        TlsConfig tls = new TlsConfig(
                new TlsConfig.Trust(trust, null),
                null,
                true,
                true,
                new HostPolicy(HostPolicy.Kind.NAME, "sni.example"),
                List.of(),
                List.of(),
                Duration.ZERO);
        PoolConfig pool = Configs.secure(
                Configs.pool(List.of(upstream.secureUri("127.0.0.1"))),
                new HostPolicy(HostPolicy.Kind.NAME, "host.example"),
                tls);
        try (BalancedServer server = balanced(pool)) {
            assertThat(status(server)).isEqualTo(200);
            assertThat(upstreams.nextName()).isEqualTo("sni.example");
            assertThat(upstream.heads().get(0)).contains("Host: host.example\r\n");
        }
    }

    @Test
    void aCertificateOfAnotherAuthorityIsNotTrusted() throws Exception {
        RawUpstream upstream = upstreams.on(STRANGERS.issue("127.0.0.1").serverSocket());

        assertThat(failure(pool(TlsUpstreams.tls(trust), upstream.secureUri("127.0.0.1"))))
                .isEqualTo("TLS: the upstream's certificate is not trusted (see tls.trust-store)");
        assertThat(upstream.heads()).isEmpty();
    }

    @Test
    void withoutATrustStoreOnlyTheJdksAuthoritiesAreTrusted() throws Exception {
        RawUpstream upstream = upstreams.certified("127.0.0.1");

        assertThat(failure(pool(TlsUpstreams.tls(null), upstream.secureUri("127.0.0.1"))))
                .isEqualTo("TLS: the upstream's certificate is not trusted (see tls.trust-store)");
    }

    @Test
    void aCertificateForAnotherNameIsRefused() throws Exception {
        RawUpstream upstream = upstreams.certified("other.example");

        assertThat(failure(pool(TlsUpstreams.tls(trust), upstream.secureUri("localhost"))))
                .startsWith("TLS: the upstream's certificate is not for this name (see tls.sni): ")
                .contains("localhost");
        assertThat(failure(pool(TlsUpstreams.tls(trust), upstream.secureUri("127.0.0.1"))))
                .startsWith("TLS: the upstream's certificate is not for this name (see tls.sni): ");
        assertThat(upstream.heads()).isEmpty();
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        RawUpstream upstream = upstreams.on(AUTHORITY.issueExpired("127.0.0.1").serverSocket());

        assertThat(failure(pool(TlsUpstreams.tls(trust), upstream.secureUri("127.0.0.1"))))
                .startsWith("TLS: the upstream's certificate has expired");
    }

    @Test
    void anUpstreamWithoutTlsIsRefused() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answerInClear(plain), "plain");
            answering.setDaemon(true);
            answering.start();
            URI uri = URI.create("https://127.0.0.1:" + plain.getLocalPort());

            assertThat(failure(pool(TlsUpstreams.tls(trust), uri)))
                    .isEqualTo("TLS: the upstream does not answer in TLS");
        }
    }

    private static void answerInClear(ServerSocket plain) {
        try (Socket socket = plain.accept()) {
            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, true", "true, false"})
    void verificationCanBeSwitchedOff(boolean verify, boolean verifyHost) throws Exception {
        RawUpstream upstream = upstreams.on(
                (verify ? AUTHORITY : STRANGERS).issue("other.example").serverSocket());
        TlsConfig tls = new TlsConfig(
                new TlsConfig.Trust(trust, null),
                null,
                verify,
                verifyHost,
                null,
                List.of("TLSv1.2"),
                List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
                Duration.ZERO);
        try (BalancedServer server = balanced(pool(tls, upstream.secureUri("127.0.0.1")))) {
            assertThat(status(server)).isEqualTo(200);
        }
    }

    /** The POST shows that nothing has been sent to the one that failed. */
    @Test
    void aFailedHandshakeSendsTheRequestToTheNextOne() throws Exception {
        RawUpstream bad = upstreams.on(STRANGERS.issue("127.0.0.1").serverSocket());
        RawUpstream good = upstreams.certified("127.0.0.1");
        RawUpstream plain = upstreams.add(RawUpstream.always(OK));
        try (BalancedServer server = balanced(
                pool(TlsUpstreams.tls(trust), bad.secureUri("127.0.0.1"), good.secureUri("127.0.0.1"), plain.uri()))) {
            for (int i = 0; i < 6; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    client.send("POST", "/" + i, "Content-Length: 4");
                    client.send("body");
                    assertThat(client.read().status()).isEqualTo(200);
                }
            }
            assertThat(bad.heads()).isEmpty();
            assertThat(good.heads()).isNotEmpty();
            assertThat(plain.heads()).isNotEmpty();
            assertThat(server.status().get(0).eligible()).isFalse();
            server.awaitIdle();
        }
    }

    @Test
    void anUpstreamThatIsSilentInTheHandshakeCountsAsUnreachable() throws Exception {
        // It accepts connections, but nobody reads from them.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            RawUpstream good = upstreams.certified("127.0.0.1");
            PoolConfig pool = pool(
                    TlsUpstreams.tls(trust),
                    URI.create("https://127.0.0.1:" + silent.getLocalPort()),
                    good.secureUri("127.0.0.1"));
            PoolConfig quick = Configs.secure(
                    Configs.pool(
                            pool.upstreams().stream()
                                    .map(upstream -> upstream.uri())
                                    .toList(),
                            "round-robin",
                            Configs.CLIENT_HOST,
                            new TimeoutsConfig(
                                    Duration.ofMillis(300),
                                    Duration.ZERO,
                                    Duration.ZERO,
                                    Duration.ZERO,
                                    Duration.ZERO)),
                    Configs.CLIENT_HOST,
                    pool.tls());
            try (BalancedServer server = balanced(quick)) {
                assertThat(status(server)).isEqualTo(200);
                assertThat(status(server)).isEqualTo(200);
                assertThat(server.status().get(0).eligible()).isFalse();
            }
        }
    }
}
