package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.ProbeRequest;
import io.jettylb.config.ProbeType;
import io.jettylb.config.Protocol;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.io.Content;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What probes over HTTP can be told to send, and how they judge more than the status. */
class HttpCheckTest {

    private static final String NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";

    private ProbeTrial trial;

    @BeforeEach
    void start() throws Exception {
        trial = new ProbeTrial();
    }

    @AfterEach
    void stop() throws Exception {
        trial.close();
    }

    private static ProbeExpectation body(String text) {
        return new ProbeExpectation(text, null, Map.of());
    }

    private static ProbeExpectation regex(String regex) {
        return new ProbeExpectation(null, regex, Map.of());
    }

    private static String response(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private ProbeResult judge(String response, ProbeExpectation expectation) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(response)) {
            return trial.probe(upstream.uri(), ProbeTrial.http(ProbeRequest.GET, expectation));
        }
    }

    private static List<String> fields(String head) {
        return head.lines().skip(1).filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void sendsTheRequestOfTheOperator() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(NO_CONTENT)) {
            ProbeRequest request = new ProbeRequest(
                    "POST", "health.example", Map.of("Authorization", "Bearer x", "User-Agent", "me"), "{\"é\":1}");

            assertThat(trial.probe(upstream.uri("/base"), ProbeTrial.http(request, ProbeExpectation.STATUS)))
                    .isEqualTo(ProbeResult.PASSED);

            String head = upstream.heads().get(0);
            assertThat(head).startsWith("POST /base/health HTTP/1.1\r\n");
            assertThat(fields(head))
                    .containsExactlyInAnyOrder(
                            "Host: health.example",
                            "Authorization: Bearer x",
                            "User-Agent: me",
                            "Content-Length: 8",
                            "Connection: close");
            // The bytes of UTF-8, read as Latin-1.
            assertThat(upstream.takeBody()).isEqualTo("{\"\u00c3\u00a9\":1}");
        }
    }

    @Test
    void saysWhatTheContentIsIfTheOperatorDoes() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(NO_CONTENT)) {
            ProbeRequest request = new ProbeRequest("PUT", null, Map.of("Content-Type", "application/json"), "{}");
            trial.probe(upstream.uri(), ProbeTrial.http(request, ProbeExpectation.STATUS));

            assertThat(fields(upstream.heads().get(0))).contains("Content-Type: application/json", "Content-Length: 2");
        }
    }

    @Test
    void goesToAPortOfItsOwnInItsOwnName() throws Exception {
        try (RawUpstream traffic = RawUpstream.always(NO_CONTENT);
                RawUpstream health = RawUpstream.always(NO_CONTENT)) {
            ProbeCheck check = new ProbeCheck(
                    ProbeType.HTTP, null, health.port(), ProbeRequest.GET, ProbeExpectation.STATUS, "", false);

            assertThat(trial.probe(traffic.uri("/base"), check)).isEqualTo(ProbeResult.PASSED);
            assertThat(traffic.connections()).isZero();
            assertThat(health.heads().get(0))
                    .startsWith("GET /base/health HTTP/1.1\r\n")
                    .contains("Host: 127.0.0.1:" + health.port() + "\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "AUTO"})
    void goesToATlsPortOfAPlainUpstream(Protocol protocol, @TempDir Path folder) throws Exception {
        Path trust = TlsUpstreams.AUTHORITY.writeTrust(folder.resolve("ca.pem"));
        try (TlsUpstreams upstreams = new TlsUpstreams();
                RawUpstream traffic = RawUpstream.always(NO_CONTENT)) {
            RawUpstream health = upstreams.certified("127.0.0.1");
            ProbeCheck check = new ProbeCheck(
                    ProbeType.HTTP, "https", health.port(), ProbeRequest.GET, ProbeExpectation.STATUS, "", false);

            assertThat(trial.probe(
                            traffic.uri(),
                            ProbeTrial.rules(check),
                            pool -> Configs.secure(
                                    Configs.spoken(pool, protocol), Configs.CLIENT_HOST, TlsUpstreams.tls(trust))))
                    .isEqualTo(ProbeResult.PASSED);
            assertThat(traffic.connections()).isZero();
            assertThat(health.heads()).hasSize(1);
        }
    }

    @Test
    void namesTheHostAsTheAuthorityOfHttp2() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> callback.succeeded())) {
            ProbeRequest request = new ProbeRequest("GET", "health.example:81", Map.of("X-A", "b"), null);

            assertThat(trial.probe(
                            upstream.uri(),
                            ProbeTrial.rules(ProbeTrial.http(request, ProbeExpectation.STATUS)),
                            pool -> Configs.spoken(pool, Protocol.H2C)))
                    .isEqualTo(ProbeResult.PASSED);
            Http2Upstream.Received received = upstream.received().get(0);
            assertThat(received.authority()).isEqualTo("health.example:81");
            assertThat(received.fields())
                    .anyMatch(field -> field.equalsIgnoreCase("x-a: b"))
                    .noneMatch(field -> field.toLowerCase(Locale.ROOT).startsWith("host:"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "all is ok here | ok    | -",
                "ok             | ok    | -",
                "OK             | ok    | expect-body not found in the body",
                "''             | ok    | expect-body not found in the body",
            })
    void findsTextInTheBody(String sent, String expected, String cause) throws Exception {
        assertThat(judge(response(sent), body(expected))).isEqualTo(new ProbeResult(cause == null, cause));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "{\"status\": \"UP\"}   | \"status\":\\s*\"UP\" | -",
                "{\"status\": \"DOWN\"} | \"status\":\\s*\"UP\" | expect-body-regex matches nothing in the body",
                "a line                 | ^a.*e$                | -",
            })
    void findsAPatternInTheBody(String sent, String expected, String cause) throws Exception {
        assertThat(judge(response(sent), regex(expected))).isEqualTo(new ProbeResult(cause == null, cause));
    }

    @Test
    void findsWhatComesInChunksAndInUtf8() throws Exception {
        // "é" is two bytes, one in each chunk.
        String chunks =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nca\u00c3\r\n2\r\n\u00a9s\r\n0\r\n\r\n";

        assertThat(judge(chunks, body("caés"))).isEqualTo(ProbeResult.PASSED);
    }

    @Test
    void readsTheFirst64KiBAndNoMore() throws Exception {
        String endless = "HTTP/1.1 200 OK\r\n\r\nfirst" + "x".repeat(64 * 1024 - 5 - 4) + "last" + "y".repeat(100_000);

        assertThat(judge(endless, body("first"))).isEqualTo(ProbeResult.PASSED);
        assertThat(judge(endless, body("last"))).isEqualTo(ProbeResult.PASSED);
        assertThat(judge(endless, body("lasty")))
                .isEqualTo(ProbeResult.failed("expect-body not found in the first 64 KiB of the body"));
    }

    @Test
    void givesUpAPatternThatTakesForEver() throws Exception {
        assertThat(judge(response("a".repeat(20_000)), regex("(a*a*a*a*a*)*b")).cause())
                .isIn(
                        "expect-body-regex took more than 100 ms",
                        "expect-body-regex needs more stack than a thread has");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "X-Health: ok                    | -",
                "x-health: ok                    | -",
                "X-Health: no; X-Health: ok     | -",
                "X-Health: nok                   | header X-Health: nok",
                "X-Other: ok                     | no header X-Health",
            })
    void wantsAHeader(String sent, String cause) throws Exception {
        String response = "HTTP/1.1 200 OK\r\n" + sent.replace("; ", "\r\n") + "\r\nContent-Length: 0\r\n\r\n";

        assertThat(judge(response, new ProbeExpectation(null, null, Map.of("X-Health", "ok"))))
                .isEqualTo(new ProbeResult(cause == null, cause));
    }

    @Test
    void looksAtTheStatusFirst() throws Exception {
        assertThat(judge("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nok", body("ok")))
                .isEqualTo(ProbeResult.failed("status 503"));
    }

    @Test
    void tellsTheUpstreamHowItIsSeen() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(NO_CONTENT)) {
            ProbeCheck check =
                    new ProbeCheck(ProbeType.HTTP, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", true);
            trial.probe(upstream.uri(), check);

            assertThat(fields(upstream.heads().get(0)))
                    .contains("X-LB-Upstream-State: down; pool=p; upstream=u0; weight=1; in-flight=0");
        }
    }

    @Test
    void lendsNoNameTheMeansToSayMore() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(NO_CONTENT)) {
            ProbeCheck check =
                    new ProbeCheck(ProbeType.HTTP, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", true);
            PoolConfig plain = Configs.probed(Configs.pool(List.of(upstream.uri())), ProbeTrial.rules(check));
            UpstreamConfig crooked = new UpstreamConfig("u; state=up\r\nX-Evil: 1\u00e9", upstream.uri(), 1);
            trial.probe(Configs.named("p\r\n\r\nGET / HTTP/1.1", plain.with(List.of(crooked))));

            assertThat(upstream.heads()).hasSize(1);
            assertThat(fields(upstream.heads().get(0)))
                    .contains("X-LB-Upstream-State: down; pool=p____GET_/_HTTP/1.1;"
                            + " upstream=u__state_up__X-Evil:_1_; weight=1; in-flight=0")
                    .noneMatch(line -> line.startsWith("X-Evil"));
        }
    }

    @Test
    void asksAnotherNameOnlyForTheHostField() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(NO_CONTENT)) {
            // Where it goes to is the upstream's affair.
            ProbeRequest request = new ProbeRequest("GET", "192.0.2.1:1", Map.of(), null);

            assertThat(trial.probe(upstream.uri(), ProbeTrial.http(request, ProbeExpectation.STATUS)))
                    .isEqualTo(ProbeResult.PASSED);
        }
    }

    @Test
    void judgesTheSameOverHttp2() throws Exception {
        try (Http2Upstream upstream = Http2Upstream.answering((request, response, callback) -> {
            response.getHeaders().add(new HttpField("x-health", "ok"));
            Content.Sink.write(response, true, "healthy", callback);
        })) {
            assertThat(trial.probe(
                            upstream.uri(),
                            ProbeTrial.rules(ProbeTrial.http(
                                    ProbeRequest.GET, new ProbeExpectation("healthy", null, Map.of("X-Health", "ok")))),
                            pool -> Configs.spoken(pool, Protocol.H2C)))
                    .isEqualTo(ProbeResult.PASSED);
        }
    }
}
