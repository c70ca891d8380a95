package io.jettylb.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.KeepAliveClient.Answer;
import io.jettylb.it.TestUpstream.Received;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A mount over three upstreams: what goes in comes out at one of them, in turn. */
@ParameterizedClass
@MethodSource("io.jettylb.it.JettyHome#all")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyIT {

    @TempDir
    static Path folder;

    @Parameter
    JettyHome home;

    private final List<TestUpstream> upstreams = new ArrayList<>();
    private JettyBase base;

    @BeforeParameterizedClassInvocation
    void startServers() throws Exception {
        upstreams.clear();
        for (String id : List.of("a", "b", "c")) {
            upstreams.add(TestUpstream.start(id));
        }
        base = JettyBase.withModule(home, folder.resolve(home.version()));
        base.addModules("requestlog");
        base.lbConf(
                Conf.of("/api", upstreams.stream().map(TestUpstream::configured).toArray(String[]::new)));
        base.start("jetty.requestlog.formatString=%r -> %s %{io.jettylb.upstream}attr", "jetty.requestlog.dir=logs");
    }

    @AfterParameterizedClassInvocation
    void stopServers() throws Exception {
        if (base != null) {
            base.close();
        }
        upstreams.forEach(TestUpstream::close);
    }

    @BeforeEach
    void forget() {
        upstreams.forEach(TestUpstream::forget);
    }

    private Received receivedBy(String id) throws InterruptedException {
        return upstreams.stream()
                .filter(upstream -> upstream.id().equals(id))
                .findFirst()
                .orElseThrow()
                .take();
    }

    @Test
    void aGetArrivesWithItsRawTarget() throws Exception {
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            Answer answer = client.get("/api/a%20b;v=1?q=x%2Fy&r=");

            assertThat(answer.status()).isEqualTo(200);
            Received request = receivedBy(answer.headers().get("x-served-by"));
            assertThat(request.method()).isEqualTo("GET");
            assertThat(request.target()).isEqualTo("/api/a%20b;v=1?q=x%2Fy&r=");
            assertThat(request.headers()).containsEntry("Host", "localhost");
            assertThat(request.headers()).containsEntry("X-Forwarded-For", "127.0.0.1");
        }
    }

    @Test
    void aPostArrivesWithItsContent() throws Exception {
        byte[] content = "naïve=1&b=2".getBytes(UTF_8);
        HttpResponse<String> answer = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(base.uri("/api/orders"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(content))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        Received request = receivedBy(answer.headers().firstValue("X-Served-By").orElseThrow());
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.sha256()).isEqualTo(TestUpstream.digest(content));
        assertThat(request.headers()).containsEntry("Content-Type", "application/x-www-form-urlencoded");
    }

    @Test
    void anHttp2UploadWithoutLengthArrivesWhole() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        var client = new org.eclipse.jetty.client.HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
        try {
            AsyncRequestContent body = new AsyncRequestContent();
            CompletableFuture<ContentResponse> answer = new CompletableResponseListener(
                            client.POST(base.uri("/api/upload")).body(body))
                    .send();
            for (int from = 0; from < content.length; from += 100_000) {
                body.write(ByteBuffer.wrap(content, from, 100_000), Callback.NOOP);
            }
            body.close();

            ContentResponse response = answer.get(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(response.getVersion()).hasToString("HTTP/2.0");
            assertThat(response.getStatus()).isEqualTo(200);
            Received request = receivedBy(response.getHeaders().get("X-Served-By"));
            assertThat(request.length()).isEqualTo(content.length);
            assertThat(request.sha256()).isEqualTo(TestUpstream.digest(content));
        } finally {
            client.stop();
        }
    }

    @Test
    void everyUpstreamGetsItsShare() throws Exception {
        Map<String, Integer> shares = new TreeMap<>();
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            for (int request = 0; request < 300; request++) {
                Answer answer = client.get("/api/shared");
                assertThat(answer.status()).isEqualTo(200);
                shares.merge(answer.headers().get("x-served-by"), 1, Integer::sum);
            }
        }
        assertThat(shares).isEqualTo(Map.of("a", 100, "b", 100, "c", 100));
        assertThat(upstreams).extracting(TestUpstream::untaken).containsOnly(100);
    }

    @Test
    void theRequestLogNamesTheUpstream() throws Exception {
        String servedBy;
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            servedBy = client.get("/api/logged").headers().get("x-served-by");
        }
        String expected = "GET /api/logged HTTP/1.1 -> 200 tested/" + servedBy;
        long deadline = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        // The log is written by a thread of its own.
        while (!String.join("", base.files("logs").values()).contains(expected) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(base.files("logs").values())
                .anySatisfy(log -> assertThat(log).contains(expected));
    }

    @Test
    void outsideOfTheMountNothingIsProxied() throws Exception {
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            assertThat(client.get("/apis").status()).isEqualTo(404);
            assertThat(client.get("/").status()).isEqualTo(404);
        }
        assertThat(upstreams).extracting(TestUpstream::untaken).containsOnly(0);
    }
}
