package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LoadReportConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.SharesConfig;
import io.jettylb.config.SlowStartConfig;
import io.jettylb.config.StatusRange;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.UpstreamReport;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a probe sends, and what it makes of the answers. */
class HttpProberTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Server server = new Server();

    @BeforeEach
    void start() throws Exception {
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    private ProbeResult probe(URI upstream, LoadReportConfig reports) throws Exception {
        return probe(upstream, PATIENCE, new SharesConfig(SlowStartConfig.OFF, ZoneConfig.NONE, reports));
    }

    private ProbeResult probe(URI upstream, Duration timeout) throws Exception {
        return probe(upstream, timeout, SharesConfig.PLAIN);
    }

    private ProbeResult probe(URI upstream, Duration timeout, SharesConfig shares) throws Exception {
        Duration any = Duration.ofHours(1);
        ProbeConfig rules =
                new ProbeConfig("/health?deep=%31", any, timeout, 1, 1, any, 0, List.of(new StatusRange(200, 399)));
        PoolConfig pool = Configs.probed(Configs.pool(List.of(upstream)), rules).with(shares);
        HttpProber prober = new HttpProber(pool, server, null, new HttpCheck(rules, null, System::nanoTime));
        prober.start();
        try {
            CompletableFuture<ProbeResult> answer = new CompletableFuture<>();
            prober.probe(
                    pool.upstreams().get(0),
                    result -> assertThat(answer.complete(result)).isTrue());
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            prober.stop();
        }
    }

    private ProbeResult probe(RawUpstream.Script script) throws Exception {
        try (RawUpstream upstream = new RawUpstream(script)) {
            return probe(upstream.uri(), PATIENCE);
        }
    }

    @Test
    void asksBehindTheBasePathInTheUpstreamsOwnName() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 204 No Content\r\n\r\n")) {
            assertThat(probe(upstream.uri("/base"), PATIENCE)).isEqualTo(ProbeResult.PASSED);

            assertThat(upstream.heads()).hasSize(1);
            List<String> lines = upstream.heads().get(0).lines().toList();
            assertThat(lines.get(0)).isEqualTo("GET /base/health?deep=%31 HTTP/1.1");
            assertThat(lines.subList(1, lines.size()))
                    .filteredOn(line -> !line.isEmpty())
                    .containsExactlyInAnyOrder(
                            "Host: 127.0.0.1:" + upstream.port(), "User-Agent: jetty-lb-probe", "Connection: close");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200 OK,",
        "399 Odd,",
        "400 Bad Request, status 400",
        "404 Not Found, status 404",
        "503 Service Unavailable, status 503",
        "401 Unauthorized, status 401"
    })
    void judgesByTheStatus(String status, String cause) throws Exception {
        ProbeResult result = probe(exchange -> {
            exchange.send("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nok");
            return true;
        });

        assertThat(result).isEqualTo(new ProbeResult(cause == null, cause));
    }

    @ParameterizedTest
    @CsvSource({"200 OK, true", "503 No, false"})
    void hearsWhatTheUpstreamSaysWhateverTheStatus(String status, boolean passed) throws Exception {
        String words = "drain 50%\nand more" + ".".repeat(10_000);
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 " + status
                + "\r\nX-Weight: 75\r\nEndpoint-Load-Metrics: TEXT cpu_utilization=0.5\r\nContent-Length: "
                + words.length() + "\r\n\r\n" + words)) {
            UpstreamReport report = probe(upstream.uri(), reports(true)).report();
            assertThat(report.share()).isEqualTo(0.75);
            assertThat(report.orca().utilization()).isEqualTo(0.5);
            assertThat(report.agent()).isEqualTo(words.substring(0, 256));
            assertThat(probe(upstream.uri(), reports(true)).passed()).isEqualTo(passed);
            assertThat(probe(upstream.uri(), reports(false)).report().agent()).isNull();
            assertThat(probe(upstream.uri(), PATIENCE).report()).isNull();
        }
    }

    private static LoadReportConfig reports(boolean agent) {
        return new LoadReportConfig("x-weight", null, true, agent, PATIENCE, PATIENCE, 1);
    }

    @Test
    void followsNoRedirect() throws Exception {
        try (RawUpstream elsewhere = RawUpstream.always("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) {
            String answer = "HTTP/1.1 302 Found\r\nLocation: " + elsewhere.uri("/x") + "\r\nContent-Length: 0\r\n\r\n";

            assertThat(probe(exchange -> {
                        exchange.send(answer);
                        return true;
                    }))
                    .isEqualTo(ProbeResult.PASSED);
            assertThat(elsewhere.heads()).isEmpty();
        }
    }

    @Test
    void ignoresInterimResponses() throws Exception {
        assertThat(probe(exchange -> {
                    exchange.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
                    return true;
                }))
                .isEqualTo(ProbeResult.failed("status 500"));
    }

    @Test
    void readsNoMoreThanItNeeds() throws Exception {
        String part = "x".repeat(16 * 1024);

        assertThat(probe(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\n\r\n");
                    while (true) {
                        exchange.send(part);
                    }
                }))
                .isEqualTo(ProbeResult.PASSED);
    }

    @Test
    void wantsTheWholeResponse() throws Exception {
        ProbeResult cut = probe(exchange -> {
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok");
            return false;
        });
        assertThat(cut.passed()).isFalse();
        assertThat(cut.cause()).contains("EOF");
    }

    @Test
    void showsNoLineOfTheUpstreamsMaking() throws Exception {
        ProbeResult result = probe(exchange -> {
            exchange.send("HTTP/9 \u0001\u001b[2J" + "y".repeat(1000) + "\r\n\r\n");
            return true;
        });

        assertThat(result.passed()).isFalse();
        assertThat(result.cause()).hasSizeLessThan(250).doesNotContainPattern("\\p{Cntrl}");
    }

    @Test
    void saysWhenAnUpstreamIsTooSlow() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
            try {
                return done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException stopped) {
                throw new IOException(stopped);
            }
        })) {
            assertThat(probe(upstream.uri(), Duration.ofMillis(100)))
                    .isEqualTo(ProbeResult.failed("no complete response within 100 ms"));
        } finally {
            done.countDown();
        }
    }

    @Test
    void answersEvenIfNobodyCanJudge() throws Exception {
        Duration any = Duration.ofHours(1);
        ProbeConfig rules = new ProbeConfig("/health", any, PATIENCE, 1, 1, any, 0, List.of(new StatusRange(200, 399)));
        HttpDialogue broken = new HttpDialogue() {
            @Override
            public URI uri(UpstreamConfig upstream) {
                return upstream.uri();
            }

            @Override
            public void write(UpstreamConfig upstream, Request request) {
                request.method("OPTIONS");
            }

            @Override
            public boolean readsContent() {
                return true;
            }

            @Override
            public boolean takesTime() {
                return true;
            }

            @Override
            public String judge(Response response, byte[] content, boolean cut) {
                throw new IllegalStateException("no\nidea");
            }
        };
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 204 No Content\r\n\r\n")) {
            PoolConfig pool = Configs.probed(Configs.pool(List.of(upstream.uri())), rules);
            HttpProber prober = new HttpProber(pool, server, null, broken);
            prober.start();
            CompletableFuture<ProbeResult> answer = new CompletableFuture<>();
            prober.probe(pool.upstreams().get(0), answer::complete);

            assertThat(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).cause())
                    .startsWith("not judged: ")
                    .endsWith("no?idea");
            prober.stop();
        }
    }

    @Test
    void saysWhenNobodyListens() throws Exception {
        URI uri;
        try (RawUpstream upstream = RawUpstream.always("")) {
            uri = upstream.uri();
        }

        ProbeResult result = probe(uri, PATIENCE);
        assertThat(result.passed()).isFalse();
        assertThat(result.cause()).startsWith("connect failed: ").containsIgnoringCase("refused");
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
                } catch (java.net.SocketTimeoutException queueIsFull) {
                    break;
                }
            }
            URI uri = URI.create("http://127.0.0.1:" + full.getLocalPort());

            assertThat(probe(uri, Duration.ofMillis(200))).isEqualTo(ProbeResult.failed("connect timed out"));
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }
}
