package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With Jetty's module graceful a request in flight is answered before the server goes. */
class GracefulStopIT {

    /** 128 + SIGTERM, the exit code of a Java process that {@code kill} has ended in order. */
    private static final int TERMINATED = 143;

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void aRequestInFlightIsAnsweredAfterTheSignal(JettyHome home) throws Exception {
        try (TestUpstream upstream = TestUpstream.start("slow");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.of("/api", upstream.configured()));
            base.start("jetty.server.stopTimeout=" + RunningProcess.PATIENCE.toMillis());

            CompletableFuture<HttpResponse<String>> answer = HttpClient.newBuilder()
                    // Over HTTP/2 this client of JDK 17 gives up at the first GOAWAY, which every orderly stop sends.
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .sendAsync(
                            HttpRequest.newBuilder(base.uri("/api/held")).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(upstream.take().target()).isEqualTo("/api/held");
            base.server().terminate();
            // The connector is closed while the request is still held.
            base.server().await("Stopp(ed|ing) (oejs\\.)?Server");
            assertThat(base.server().isAlive()).isTrue();
            assertThat(answer).isNotDone();
            upstream.release();

            HttpResponse<String> response = answer.get(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("slow GET /api/held 0\n");
            assertThat(base.server().awaitExit()).isEqualTo(TERMINATED);
            assertThat(base.server().output()).doesNotContain("Exception");
        }
    }
}
