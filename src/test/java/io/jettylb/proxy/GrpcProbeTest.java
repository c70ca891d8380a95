package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.ProbeRequest;
import io.jettylb.config.ProbeType;
import io.jettylb.config.Protocol;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import io.jettylb.testing.GrpcPeers;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes of gRPC's own health service, and of servers that have none. */
class GrpcProbeTest {

    private final BlockingQueue<Metadata> calls = new LinkedBlockingQueue<>();
    private final HealthStatusManager health = new HealthStatusManager();
    private ProbeTrial trial;
    private Server grpc;

    private final class Recorder implements ServerInterceptor {
        @Override
        public <I, O> ServerCall.Listener<I> interceptCall(
                ServerCall<I, O> call, Metadata metadata, ServerCallHandler<I, O> next) {
            calls.add(metadata);
            return next.startCall(call, metadata);
        }
    }

    @BeforeEach
    void start() throws Exception {
        trial = new ProbeTrial();
    }

    @AfterEach
    void stop() throws Exception {
        if (grpc != null) {
            grpc.shutdownNow();
            grpc.awaitTermination(ProbeTrial.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        trial.close();
    }

    private URI serving(GrpcPeers peers) throws Exception {
        grpc = peers.server()
                .addService(health.getHealthService())
                .intercept(new Recorder())
                .build()
                .start();
        return URI.create("http://127.0.0.1:" + grpc.getPort());
    }

    private ProbeResult probe(URI uri, ProbeCheck check) throws Exception {
        return trial.probe(uri, ProbeTrial.rules(check), pool -> Configs.spoken(pool, Protocol.H2C));
    }

    private ProbeResult probe(URI uri) throws Exception {
        return probe(uri, ProbeCheck.of(ProbeType.GRPC));
    }

    @ParameterizedTest
    @EnumSource
    void hearsWhatTheServerSaysOfItself(GrpcPeers peers) throws Exception {
        URI uri = serving(peers);
        assertThat(probe(uri)).isEqualTo(ProbeResult.PASSED);

        health.setStatus("", ServingStatus.NOT_SERVING);
        assertThat(probe(uri)).isEqualTo(ProbeResult.failed("NOT_SERVING"));
        health.setStatus("", ServingStatus.UNKNOWN);
        assertThat(probe(uri)).isEqualTo(ProbeResult.failed("UNKNOWN"));
        health.setStatus("", ServingStatus.SERVING);
        assertThat(probe(uri)).isEqualTo(ProbeResult.PASSED);
    }

    @ParameterizedTest
    @EnumSource
    void asksForOneService(GrpcPeers peers) throws Exception {
        URI uri = serving(peers);
        ProbeCheck orders = ProbeTrial.grpc("shop.Orders", Map.of());
        assertThat(probe(uri, orders).cause())
                .startsWith("grpc-status 5 (the health service does not know the service)");

        health.setStatus("shop.Orders", ServingStatus.SERVING);
        health.setStatus("", ServingStatus.NOT_SERVING);
        assertThat(probe(uri, orders)).isEqualTo(ProbeResult.PASSED);
    }

    @ParameterizedTest
    @EnumSource
    void saysWhereThereIsNoHealthService(GrpcPeers peers) throws Exception {
        grpc = peers.server().build().start();

        assertThat(probe(URI.create("http://127.0.0.1:" + grpc.getPort())).cause())
                .startsWith("grpc-status 12 (it has no service grpc.health.v1.Health)");
    }

    @Test
    void sendsMetadataAndItsDeadline() throws Exception {
        URI uri = serving(GrpcPeers.NETTY);
        ProbeRequest request = new ProbeRequest("GET", "health.example", Map.of("X-Token", "t"), null);
        ProbeCheck check = new ProbeCheck(ProbeType.GRPC, null, 0, request, ProbeExpectation.STATUS, "", true);
        assertThat(probe(uri, check)).isEqualTo(ProbeResult.PASSED);

        Metadata metadata = calls.poll(ProbeTrial.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(metadata.get(Metadata.Key.of("x-token", Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo("t");
        assertThat(metadata.get(Metadata.Key.of("x-lb-upstream-state", Metadata.ASCII_STRING_MARSHALLER)))
                .startsWith("down; pool=p; upstream=u0");
        assertThat(metadata.containsKey(Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER)))
                .isTrue();
    }

    @Test
    void goesToAPortOfItsOwn() throws Exception {
        URI health = serving(GrpcPeers.NETTY);
        try (RawUpstream traffic = RawUpstream.always("")) {
            ProbeCheck check = new ProbeCheck(
                    ProbeType.GRPC, null, health.getPort(), ProbeRequest.GET, ProbeExpectation.STATUS, "", false);

            assertThat(probe(traffic.uri(), check)).isEqualTo(ProbeResult.PASSED);
            assertThat(traffic.connections()).isZero();
        }
    }

    @Test
    void asksOverTls(@TempDir Path folder) throws Exception {
        Path trust = TlsUpstreams.AUTHORITY.writeTrust(folder.resolve("ca.pem"));
        byte[] serving = {0, 0, 0, 0, 2, 8, 1};
        try (TlsUpstreams upstreams = new TlsUpstreams()) {
            Http2Upstream upstream = upstreams.http2(
                    TlsUpstreams.AUTHORITY.issue("localhost"), List.of("h2"), (request, response, callback) -> {
                        HttpFields trailers = HttpFields.from(new HttpField("grpc-status", "0"));
                        response.setTrailersSupplier(() -> trailers);
                        response.getHeaders().put("content-type", "application/grpc+proto");
                        response.write(true, ByteBuffer.wrap(serving), callback);
                    });

            assertThat(trial.probe(
                            upstream.secureUri("localhost"),
                            ProbeTrial.rules(ProbeCheck.of(ProbeType.GRPC)),
                            pool -> Configs.secure(
                                    Configs.spoken(pool, Protocol.H2), Configs.CLIENT_HOST, TlsUpstreams.tls(trust))))
                    .isEqualTo(ProbeResult.PASSED);
            Http2Upstream.Received received = upstream.received().get(0);
            assertThat(received.line()).isEqualTo("POST /grpc.health.v1.Health/Check HTTP/2.0");
            assertThat(received.fields())
                    .map(field -> field.toLowerCase(Locale.ROOT))
                    .contains("te: trailers", "content-type: application/grpc", "content-length: 5")
                    .noneMatch(field -> field.startsWith("connection"));
        }
    }

    /** What is not gRPC: status, content type, the trailer or the field, and what a probe says. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "503 | text/plain       | -        | -        | status 503",
                "200 | text/plain       | 0        | -        | no answer of gRPC, content type: text/plain",
                "200 | -                | 0        | -        | no answer of gRPC, content type: null",
                "200 | application/grpc | -        | -        | no grpc-status",
                "200 | application/grpc | 0        | -        | no message of gRPC in 2 bytes",
                "200 | application/grpc | 14       | -        | grpc-status 14: no%20way",
                "200 | application/grpc | -        | 14       | grpc-status 14: no%20way",
            })
    void saysWhatIsNoHealth(int status, String type, String trailer, String field, String cause) throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
            response.setStatus(status);
            if (type != null) {
                response.getHeaders().put("content-type", type);
            }
            if (field != null) {
                response.getHeaders().put("grpc-status", field).put("grpc-message", "no%20way");
            }
            if (trailer != null) {
                HttpFields trailers = HttpFields.from(
                        new HttpField("grpc-status", trailer), new HttpField("grpc-message", "no%20way"));
                response.setTrailersSupplier(() -> trailers);
            }
            Content.Sink.write(response, true, "ok", callback);
        })) {
            assertThat(probe(upstream.uri())).isEqualTo(ProbeResult.failed(cause));
        }
    }
}
