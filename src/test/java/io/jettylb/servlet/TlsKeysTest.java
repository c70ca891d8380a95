package io.jettylb.servlet;

import static io.jettylb.testing.TlsUpstreams.AUTHORITY;
import static io.jettylb.testing.TlsUpstreams.STRANGERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.TlsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Certificates;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our own certificates and keys for upstreams: what we show, where they come from, and how they are renewed. */
class TlsKeysTest {

    @TempDir
    Path folder;

    private Path trust;
    private final TlsUpstreams upstreams = new TlsUpstreams();

    @BeforeEach
    void trust() {
        trust = AUTHORITY.writeTrust(folder.resolve("ca.pem"));
    }

    @AfterEach
    void close() throws IOException {
        upstreams.close();
    }

    private static BalancedServer balanced(TlsConfig tls, RawUpstream... upstreams) throws Exception {
        List<URI> uris = Stream.of(upstreams)
                .map(upstream -> upstream.secureUri("127.0.0.1"))
                .toList();
        return new BalancedServer(Configs.secure(Configs.pool(uris), Configs.CLIENT_HOST, tls));
    }

    private static int status(BalancedServer server) throws IOException {
        return RawClient.get(server.port(), "/").status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pem", "two files", "PKCS12", "JKS"})
    void anUpstreamThatWantsACertificateGetsOurs(String form) throws Exception {
        Certificates.Issued ours = AUTHORITY.issue("balancer");
        TlsConfig.Identity identity = identity(ours, form);
        RawUpstream upstream = upstreams.demanding("127.0.0.1");
        try (BalancedServer server = balanced(TlsUpstreams.tls(trust, identity), upstream)) {
            assertThat(status(server)).isEqualTo(200);
            assertThat(upstreams.nextClient()).isEqualTo("CN=balancer");
        }
    }

    private TlsConfig.Identity identity(Certificates.Issued ours, String form) throws IOException {
        Path file = folder.resolve("own");
        return switch (form) {
            case "pem" -> new TlsConfig.Identity(ours.writePem(file), null, null, null);
            case "two files" ->
                new TlsConfig.Identity(
                        Files.writeString(file, ours.pem()),
                        Files.writeString(folder.resolve("own.key"), ours.keyPem()),
                        null,
                        null);
            default -> new TlsConfig.Identity(ours.writeStore(file, form), null, "changeit", null);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void withoutACertificateItRefusesUsAndGetsNoRequest(String version) throws Exception {
        SSLServerSocket socket =
                AUTHORITY.issue("127.0.0.1").serverSocket(AUTHORITY.root().certificate());
        socket.setEnabledProtocols(new String[] {version});
        RawUpstream upstream = upstreams.on(socket);
        RawUpstream good = upstreams.certified("127.0.0.1");
        try (BalancedServer server = balanced(TlsUpstreams.tls(trust), upstream, good)) {
            for (int i = 0; i < 4; i++) {
                assertThat(status(server)).isEqualTo(200);
            }
            assertThat(upstream.heads()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PKCS12", "JKS"})
    void trustMayComeFromAKeyStore(String type) throws Exception {
        RawUpstream upstream = upstreams.certified("127.0.0.1");
        TlsConfig tls = new TlsConfig(
                new TlsConfig.Trust(AUTHORITY.writeTrustStore(folder.resolve("trust"), type), "changeit"),
                null,
                true,
                true,
                null,
                List.of(),
                List.of(),
                Duration.ZERO);
        try (BalancedServer server = balanced(tls, upstream)) {
            assertThat(status(server)).isEqualTo(200);
        }
    }

    @Test
    void changedFilesCountForNewRequestsAndBrokenOnesForNone() throws Exception {
        RawUpstream upstream = upstreams.certified("127.0.0.1");
        try (BalancedServer server = balanced(TlsUpstreams.tls(trust), upstream)) {
            assertThat(status(server)).isEqualTo(200);
            server.awaitIdle();

            Files.writeString(trust, "nothing of use");
            assertThat(server.loadBalancer().reloadKeys())
                    .singleElement()
                    .asString()
                    .startsWith("p: changed TLS files not used, the old ones stay in force: tls.trust-store: ");
            assertThat(status(server)).isEqualTo(200);
            assertThat(upstream.connections()).isEqualTo(1);

            STRANGERS.writeTrust(trust);
            assertThat(server.loadBalancer().reloadKeys()).containsExactly("p: TLS certificates and keys reloaded");
            // Not even over the connection that is still open.
            assertThat(status(server)).isEqualTo(503);

            AUTHORITY.writeTrust(trust);
            server.loadBalancer().reloadKeys();
            assertThat(status(server)).isEqualTo(200);
            server.awaitIdle();
        }
    }

    @Test
    void changedFilesAreNoticed() throws Exception {
        Path own = AUTHORITY.issue("first").writePem(folder.resolve("own.pem"));
        RawUpstream upstream = upstreams.demanding("127.0.0.1");
        TlsConfig tls = new TlsConfig(
                new TlsConfig.Trust(trust, null),
                new TlsConfig.Identity(own, null, null, null),
                true,
                true,
                null,
                List.of(),
                List.of(),
                Duration.ofMillis(20));
        try (BalancedServer server = balanced(tls, upstream)) {
            assertThat(status(server)).isEqualTo(200);
            assertThat(upstreams.nextClient()).isEqualTo("CN=first");

            AUTHORITY.issue("second").writePem(own);
            BalancedServer.await("the new certificate", () -> {
                try {
                    assertThat(status(server)).isEqualTo(200);
                    return "CN=second".equals(upstreams.nextClient());
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Test
    void probesUseTheSameKeys() throws Exception {
        Path own = AUTHORITY.issue("balancer").writePem(folder.resolve("own.pem"));
        RawUpstream upstream = upstreams.demanding("inner.example");
        RawUpstream bad = upstreams.on(STRANGERS.issue("inner.example").serverSocket());
        PoolConfig pool = Configs.secure(
                Configs.probed(Configs.pool(List.of(upstream.secureUri("127.0.0.1"), bad.secureUri("127.0.0.1")))),
                new HostPolicy(HostPolicy.Kind.NAME, "inner.example"),
                TlsUpstreams.tls(trust, new TlsConfig.Identity(own, null, null, null)));
        try (BalancedServer server = new BalancedServer(pool)) {
            BalancedServer.await("up", () -> server.status().get(0).eligible());
            assertThat(upstreams.nextName()).isEqualTo("inner.example");
            assertThat(upstreams.nextClient()).isEqualTo("CN=balancer");
            assertThat(status(server)).isEqualTo(200);
            assertThat(server.status().get(1).eligible()).isFalse();
            assertThat(bad.heads()).isEmpty();
        }
    }
}
