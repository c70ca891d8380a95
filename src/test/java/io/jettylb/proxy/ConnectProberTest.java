package io.jettylb.proxy;

import static io.jettylb.testing.TlsUpstreams.AUTHORITY;
import static io.jettylb.testing.TlsUpstreams.STRANGERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.ProbeRequest;
import io.jettylb.config.ProbeType;
import io.jettylb.config.ProxyProtocol;
import io.jettylb.config.TlsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import io.jettylb.testing.UnixUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Probes that only connect, with TLS or without. */
class ConnectProberTest {

    private static final ProbeCheck TCP = ProbeCheck.of(ProbeType.TCP);
    private static final ProbeCheck TLS = ProbeCheck.of(ProbeType.TLS);

    @TempDir
    Path folder;

    private final TlsUpstreams upstreams = new TlsUpstreams();
    private ProbeTrial trial;
    private Path trust;

    @BeforeEach
    void start() throws Exception {
        trial = new ProbeTrial();
        trust = AUTHORITY.writeTrust(folder.resolve("ca.pem"));
    }

    @AfterEach
    void stop() throws Exception {
        upstreams.close();
        trial.close();
    }

    /** Accepts one connection and reads it to its end. */
    private static CompletableFuture<String> all(ServerSocket server) {
        CompletableFuture<String> sent = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try (Socket socket = server.accept()) {
                sent.complete(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                sent.completeExceptionally(e);
            }
        });
        reader.setDaemon(true);
        reader.start();
        return sent;
    }

    private static ServerSocket listening() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static URI uri(ServerSocket server) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private ProbeResult handshake(URI upstream, TlsConfig tls, Duration timeout) throws Exception {
        return trial.probe(
                upstream, ProbeTrial.rules(TLS, timeout), pool -> Configs.secure(pool, Configs.CLIENT_HOST, tls));
    }

    @Test
    void connectsSaysNothingAndCloses() throws Exception {
        try (ServerSocket server = listening()) {
            CompletableFuture<String> sent = all(server);

            assertThat(trial.probe(uri(server), TCP)).isEqualTo(ProbeResult.PASSED);
            assertThat(sent.get(15, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void needsNoTlsForATlsPort() throws Exception {
        try (ServerSocket server = listening()) {
            CompletableFuture<String> sent = all(server);
            URI secure = URI.create("https://127.0.0.1:" + server.getLocalPort());

            assertThat(trial.probe(
                            secure,
                            ProbeTrial.rules(TCP),
                            pool -> Configs.secure(pool, Configs.CLIENT_HOST, TlsUpstreams.tls(trust))))
                    .isEqualTo(ProbeResult.PASSED);
            assertThat(sent.get(15, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void goesToAPortOfItsOwn() throws Exception {
        try (ServerSocket health = listening();
                RawUpstream traffic = RawUpstream.always("")) {
            ProbeCheck check = new ProbeCheck(
                    ProbeType.TCP, null, health.getLocalPort(), ProbeRequest.GET, ProbeExpectation.STATUS, "", false);

            assertThat(trial.probe(traffic.uri(), check)).isEqualTo(ProbeResult.PASSED);
            assertThat(traffic.connections()).isZero();
        }
    }

    @Test
    void saysWhenNobodyListens() throws Exception {
        URI uri;
        try (ServerSocket server = listening()) {
            uri = uri(server);
        }

        assertThat(trial.probe(uri, TCP).cause()).startsWith("connect failed: ").containsIgnoringCase("refused");
    }

    @Test
    void saysWhenNobodyAccepts() throws Exception {
        List<Socket> waiting = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // Connections that nobody accepts fill the queue of the kernel; what comes then gets no answer at all.
            for (int i = 0; i < 3; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(full.getLocalSocketAddress(), 100);
                } catch (SocketTimeoutException queueIsFull) {
                    break;
                }
            }

            assertThat(trial.probe(uri(full), ProbeTrial.rules(TCP, Duration.ofMillis(200)), pool -> pool))
                    .isEqualTo(ProbeResult.failed("connect timed out"));
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void connectsToASocketInTheFileSystem() throws Exception {
        Path path = folder.resolve("s");
        try (UnixUpstream upstream = new UnixUpstream(path, "")) {
            PoolConfig plain =
                    Configs.probed(Configs.pool(List.of(URI.create("http://localhost:80"))), ProbeTrial.rules(TCP));
            PoolConfig pool = plain.with(List.of(new UpstreamConfig("u0", URI.create("http://localhost:80"), 1, path)));

            assertThat(trial.probe(pool)).isEqualTo(ProbeResult.PASSED);
            BalancedServer.await("a connection", () -> upstream.connections() == 1);
        }
    }

    @Test
    void beginsLikeAllConnectionsOfThePool() throws Exception {
        try (ServerSocket server = listening()) {
            CompletableFuture<String> sent = all(server);

            assertThat(trial.probe(
                            uri(server), ProbeTrial.rules(TCP), pool -> Configs.announced(pool, ProxyProtocol.V1)))
                    .isEqualTo(ProbeResult.PASSED);
            assertThat(sent.get(15, TimeUnit.SECONDS)).isEqualTo("PROXY UNKNOWN\r\n");
        }
    }

    @Test
    void shakesHandsByThePoolsSettings() throws Exception {
        RawUpstream good = upstreams.certified("localhost");
        RawUpstream strange = upstreams.on(STRANGERS.issue("localhost").serverSocket());

        assertThat(handshake(good.secureUri("localhost"), TlsUpstreams.tls(trust), ProbeTrial.PATIENCE))
                .isEqualTo(ProbeResult.PASSED);
        assertThat(good.heads()).isEmpty();
        assertThat(handshake(strange.secureUri("localhost"), TlsUpstreams.tls(trust), ProbeTrial.PATIENCE))
                .isEqualTo(ProbeResult.failed("TLS: the upstream's certificate is not trusted (see tls.trust-store)"));
        assertThat(handshake(good.secureUri("127.0.0.1"), TlsUpstreams.tls(trust), ProbeTrial.PATIENCE)
                        .cause())
                .startsWith("TLS: the upstream's certificate is not for this name");
    }

    @Test
    void hasAHandshakeWithAPlainUpstreamsTlsPort() throws Exception {
        RawUpstream health = upstreams.certified("127.0.0.1");
        try (RawUpstream traffic = RawUpstream.always("")) {
            ProbeCheck check = new ProbeCheck(
                    ProbeType.TLS, null, health.port(), ProbeRequest.GET, ProbeExpectation.STATUS, "", false);

            assertThat(trial.probe(
                            traffic.uri(),
                            ProbeTrial.rules(check),
                            pool -> Configs.secure(pool, Configs.CLIENT_HOST, TlsUpstreams.tls(trust))))
                    .isEqualTo(ProbeResult.PASSED);
        }
    }

    @Test
    void saysWhenAnUpstreamIsSilent() throws Exception {
        try (ServerSocket silent = listening()) {
            URI uri = URI.create("https://127.0.0.1:" + silent.getLocalPort());

            assertThat(handshake(uri, TlsUpstreams.tls(trust), Duration.ofMillis(200)))
                    .isEqualTo(ProbeResult.failed("no TLS handshake within 200 ms"));
        }
    }

    @Test
    void saysWhenAnUpstreamSpeaksNoTls() throws Exception {
        try (ServerSocket server = listening()) {
            Thread plain = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().readAllBytes();
                } catch (IOException gone) {
                    assertThat(gone).isNotNull();
                }
            });
            plain.setDaemon(true);
            plain.start();
            URI uri = URI.create("https://127.0.0.1:" + server.getLocalPort());

            assertThat(handshake(uri, TlsUpstreams.tls(trust), ProbeTrial.PATIENCE)
                            .cause())
                    .isEqualTo("TLS: the upstream does not answer in TLS");
        }
    }
}
