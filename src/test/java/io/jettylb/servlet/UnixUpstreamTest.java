package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.UnixUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Upstreams on Unix-domain sockets. */
class UnixUpstreamTest {

    /** Not JUnit's: the path of a socket must be short. */
    private Path folder;

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createTempDirectory("lb");
    }

    @AfterEach
    void clean() throws IOException {
        Files.deleteIfExists(folder.resolve("a"));
        Files.deleteIfExists(folder.resolve("b"));
        Files.delete(folder);
    }

    private UnixUpstream upstream(String name) {
        return new UnixUpstream(
                folder.resolve(name), "HTTP/1.1 200 OK\r\nX-Name: " + name + "\r\nContent-Length: 0\r\n\r\n");
    }

    private PoolConfig pool(HostPolicy host, String... names) {
        List<UpstreamConfig> members = new ArrayList<>();
        for (String name : names) {
            members.add(new UpstreamConfig(name, URI.create("http://localhost:80/base"), 1, folder.resolve(name)));
        }
        return Configs.pool(List.of(), "round-robin", host, Configs.TIMEOUTS).with(members);
    }

    @Test
    void getRequestsOnKeptConnectionsUnderTheirBasePath() throws Exception {
        HostPolicy own = new HostPolicy(HostPolicy.Kind.UPSTREAM, null);
        try (UnixUpstream a = upstream("a");
                BalancedServer server = new BalancedServer(pool(own, "a"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(RawClient.get(server.port(), "/x?y").status()).isEqualTo(200);
                server.awaitIdle();
            }
            assertThat(a.heads()).hasSize(3);
            assertThat(a.heads().get(0))
                    .startsWith("GET /base/x?y HTTP/1.1\r\n")
                    .contains("Host: localhost\r\n");
            assertThat(a.connections()).isEqualTo(1);
        }
    }

    @Test
    void areDistinguishedAndReplaceEachOther() throws Exception {
        try (UnixUpstream a = upstream("a");
                UnixUpstream b = upstream("b");
                BalancedServer server = new BalancedServer(pool(Configs.CLIENT_HOST, "a", "b"))) {
            List<String> served = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                served.add(RawClient.get(server.port(), "/").field("x-name"));
            }
            assertThat(served).contains("a", "b");
            assertThat(a.heads().get(0)).contains("Host: client.example\r\n");

            a.close();
            // A kept connection that breaks ejects nobody, only a refused one does: there may be some of the former.
            BalancedServer.await("a ejected", () -> {
                assertThat(servedGet(server.port())).isEqualTo("b");
                return !server.status().get(0).eligible();
            });
            assertThat(servedGet(server.port())).isEqualTo("b");
            assertThat(b.heads()).hasSizeGreaterThanOrEqualTo(3);
            server.awaitIdle();
        }
    }

    private static String servedGet(int port) {
        try {
            return RawClient.get(port, "/").field("x-name");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void areProbed() throws Exception {
        try (UnixUpstream a = upstream("a");
                BalancedServer server = new BalancedServer(Configs.probed(pool(Configs.CLIENT_HOST, "a", "b")))) {
            BalancedServer.await("up", () -> server.status().get(0).eligible());
            assertThat(server.status().get(1).eligible()).isFalse();
            assertThat(a.heads().get(0)).startsWith("GET /base/health HTTP/1.1\r\n");
        }
    }

    @Test
    void thatAreNotThereAreUnavailable() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(Configs.CLIENT_HOST, "a"))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(503);
        }
    }
}
