package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.jettylb.config.InitialHealth;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.ProbeRequest;
import io.jettylb.config.ProbeType;
import io.jettylb.config.Protocol;
import io.jettylb.config.StatusRange;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.GrpcPeers;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of upstreams with each kind of probe. */
class ProbeKindsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNPROBED = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path folder;

    private static PoolConfig pool(ProbeCheck check, URI... upstreams) {
        return Configs.probed(Configs.pool(List.of(upstreams)), Configs.PROBE.with(null, InitialHealth.DOWN, check));
    }

    private static void awaitEligible(BalancedServer server, Boolean... expected) {
        BalancedServer.await(
                "eligible: " + List.of(expected),
                () -> server.status().stream()
                        .map(status -> status.eligible())
                        .toList()
                        .equals(List.of(expected)));
    }

    private static int get(BalancedServer server) throws IOException {
        return RawClient.get(server.port(), "/x").status();
    }

    /** Without a health page: whoever asks for one is told so. */
    private static RawUpstream withoutPage() {
        return new RawUpstream(exchange -> {
            exchange.send(exchange.head().startsWith("GET /x ") ? OK : UNPROBED);
            return true;
        });
    }

    @Test
    void anUpstreamWithoutAHealthPageIsProbedByConnections() throws Exception {
        try (RawUpstream a = withoutPage();
                RawUpstream b = withoutPage();
                BalancedServer server = new BalancedServer(pool(ProbeCheck.of(ProbeType.TCP), a.uri(), b.uri()))) {
            awaitEligible(server, true, true);
            assertThat(get(server)).isEqualTo(200);
            assertThat(a.heads().size() + b.heads().size()).isEqualTo(1);

            b.close();
            awaitEligible(server, true, false);
            assertThat(get(server)).isEqualTo(200);
            assertThat(get(server)).isEqualTo(200);
        }
    }

    @Test
    void anUpstreamWithAStrangersCertificateGetsNothing() throws Exception {
        Path trust = TlsUpstreams.AUTHORITY.writeTrust(folder.resolve("ca.pem"));
        try (TlsUpstreams upstreams = new TlsUpstreams()) {
            RawUpstream good = upstreams.certified("127.0.0.1");
            RawUpstream bad =
                    upstreams.on(TlsUpstreams.STRANGERS.issue("127.0.0.1").serverSocket());
            PoolConfig pool = Configs.secure(
                    pool(ProbeCheck.of(ProbeType.TLS), good.secureUri("127.0.0.1"), bad.secureUri("127.0.0.1")),
                    Configs.CLIENT_HOST,
                    TlsUpstreams.tls(trust));
            try (BalancedServer server = new BalancedServer(pool)) {
                awaitEligible(server, true, false);
                assertThat(get(server)).isEqualTo(200);
                assertThat(get(server)).isEqualTo(200);
                assertThat(bad.heads()).isEmpty();
            }
        }
    }

    @Test
    void aGrpcServerLeavesWhenItSaysSo() throws Exception {
        HealthStatusManager health = new HealthStatusManager();
        Server a = GrpcPeers.NETTY
                .server()
                .addService(health.getHealthService())
                .build()
                .start();
        Server b = GrpcPeers.NETTY
                .server()
                .addService(new HealthStatusManager().getHealthService())
                .build()
                .start();
        try {
            PoolConfig pool = Configs.spoken(
                    pool(
                            ProbeCheck.of(ProbeType.GRPC),
                            URI.create("http://127.0.0.1:" + a.getPort()),
                            URI.create("http://127.0.0.1:" + b.getPort())),
                    Protocol.H2C);
            try (BalancedServer server = new BalancedServer(pool)) {
                awaitEligible(server, true, true);
                health.setStatus("", ServingStatus.NOT_SERVING);
                awaitEligible(server, false, true);
                health.setStatus("", ServingStatus.SERVING);
                awaitEligible(server, true, true);
            }
        } finally {
            a.shutdownNow();
            b.shutdownNow();
        }
    }

    @Test
    void aPageThatSaysSickWithStatus200IsUnderstood() throws Exception {
        String sick = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsick";
        ProbeCheck check = new ProbeCheck(
                ProbeType.HTTP, null, 0, ProbeRequest.GET, new ProbeExpectation(null, "^ok$", Map.of()), "", false);
        try (RawUpstream good = RawUpstream.always(OK);
                RawUpstream bad = RawUpstream.always(sick);
                BalancedServer server = new BalancedServer(pool(check, good.uri(), bad.uri()))) {
            awaitEligible(server, true, false);
            assertThat(get(server)).isEqualTo(200);
            assertThat(bad.heads()).allMatch(head -> head.startsWith("GET /health "));
        }
    }

    @Test
    void anUpstreamIsToldHowItIsSeen() throws Exception {
        ProbeCheck check = new ProbeCheck(ProbeType.HTTP, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", true);
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(pool(check, upstream.uri()))) {
            awaitEligible(server, true);
            BalancedServer.await("another probe", () -> upstream.heads().size() > 1);
            assertThat(upstream.heads().get(0)).contains("X-LB-Upstream-State: down; pool=p; upstream=u0;");
            assertThat(upstream.heads().get(1)).contains("X-LB-Upstream-State: up; pool=p; upstream=u0;");
        }
    }

    @Test
    void aTrustedUpstreamServesBeforeItsFirstProbeHasAnAnswer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        Duration patient = Duration.ofMinutes(1);
        ProbeConfig rules = new ProbeConfig(
                        "/health", patient, patient, 2, 2, patient, 0, List.of(new StatusRange(200, 399)))
                .with(null, InitialHealth.UNTIL_FIRST_PROBE, ProbeCheck.PLAIN);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    boolean probe = exchange.head().startsWith("GET /health ");
                    if (probe) {
                        asked.countDown();
                        await(answered);
                    }
                    exchange.send(probe ? UNPROBED : OK);
                    return !probe;
                });
                BalancedServer server =
                        new BalancedServer(Configs.probed(Configs.pool(List.of(upstream.uri())), rules))) {
            await(asked);
            assertThat(get(server)).isEqualTo(200);
            answered.countDown();
            awaitEligible(server, false);
            assertThat(get(server)).isEqualTo(503);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(15, TimeUnit.SECONDS)) {
                throw new IOException("too late");
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
