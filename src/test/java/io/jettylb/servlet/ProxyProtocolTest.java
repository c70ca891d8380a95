package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.ProxyProtocol;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.ProxyProtocolUpstream;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.TlsUpstreams;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that begin with the client's address. */
class ProxyProtocolTest {

    @TempDir
    Path folder;

    private static PoolConfig pool(ProxyProtocolUpstream upstream, ProxyProtocol version) {
        return Configs.announced(Configs.pool(List.of(upstream.uri())), version);
    }

    @ParameterizedTest
    @EnumSource(
            value = ProxyProtocol.class,
            names = {"V1", "V2"})
    void nameTheClientAndWhereItHasConnectedTo(ProxyProtocol version) throws Exception {
        try (ProxyProtocolUpstream upstream = new ProxyProtocolUpstream();
                BalancedServer server = new BalancedServer(pool(upstream, version));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertThat(client.read().status()).isEqualTo(200);

            assertThat(upstream.headers())
                    .containsExactly(version + " TCP4 127.0.0.1 127.0.0.1 " + client.localPort() + " " + server.port());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProxyProtocol.class,
            names = {"V1", "V2"})
    void serveOneClientOnly(ProxyProtocol version) throws Exception {
        try (ProxyProtocolUpstream upstream = new ProxyProtocolUpstream();
                BalancedServer server = new BalancedServer(pool(upstream, version));
                RawClient one = new RawClient(server.port());
                RawClient two = new RawClient(server.port())) {
            for (int i = 0; i < 3; i++) {
                for (RawClient client : List.of(one, two)) {
                    client.send("GET", "/");
                    // The upstream answers with the header of the connection.
                    assertThat(client.read().body()).contains(" " + client.localPort() + " ");
                    server.awaitIdle();
                }
            }
            assertThat(upstream.headers()).hasSize(2).doesNotHaveDuplicates();
        }
    }

    @Test
    void leaveNothingBehind() throws Exception {
        try (ProxyProtocolUpstream upstream = new ProxyProtocolUpstream();
                BalancedServer server = new BalancedServer(Configs.spoken(
                        pool(upstream, ProxyProtocol.V1),
                        Protocol.HTTP1,
                        new ConnectionsConfig(256, Duration.ofMillis(500), 100)))) {
            HttpClient client = server.loadBalancer().httpClient("p");
            for (int i = 0; i < 10; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            }
            // After the idle time of connections and some seconds more.
            BalancedServer.await(
                    "no destinations", () -> client.getDestinations().isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProxyProtocol.class,
            names = {"V1", "V2"})
    void ofProbesNameNobody(ProxyProtocol version) throws Exception {
        try (ProxyProtocolUpstream upstream = new ProxyProtocolUpstream();
                BalancedServer server = new BalancedServer(Configs.probed(pool(upstream, version)))) {
            BalancedServer.await("up", () -> server.status().get(0).eligible());
            assertThat(upstream.headers().get(0))
                    .isEqualTo(version + (version == ProxyProtocol.V1 ? " UNKNOWN" : " LOCAL"));
        }
    }

    @Test
    void goBeforeTheHandshake() throws Exception {
        try (ProxyProtocolUpstream upstream = new ProxyProtocolUpstream(
                        TlsUpstreams.AUTHORITY.issue("127.0.0.1").context());
                BalancedServer server = new BalancedServer(Configs.secure(
                        Configs.announced(Configs.pool(List.of(upstream.secureUri())), ProxyProtocol.V2),
                        Configs.CLIENT_HOST,
                        TlsUpstreams.tls(TlsUpstreams.AUTHORITY.writeTrust(folder.resolve("ca.pem")))));
                RawClient client = new RawClient(server.port())) {
            for (int i = 0; i < 2; i++) {
                client.send("GET", "/");
                assertThat(client.read().body()).contains(" " + client.localPort() + " ");
                server.awaitIdle();
            }
            assertThat(upstream.headers()).hasSize(1);
        }
    }
}
