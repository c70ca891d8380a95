package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.FieldCorpus;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What an upstream says reaches the client byte for byte, and never more complete than it was. */
@ParameterizedClass
@MethodSource("io.jettylb.it.JettyHome#all")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FidelityIT {

    private static final String CORPUS =
            "HTTP/1.1 200 OK\r\n" + String.join("\r\n", FieldCorpus.FIELDS) + "\r\nContent-Length: 2\r\n\r\nok";

    @TempDir
    static Path folder;

    @Parameter
    JettyHome home;

    private RawUpstream upstream;
    private JettyBase base;

    @BeforeParameterizedClassInvocation
    void startServers() throws Exception {
        upstream = new RawUpstream(exchange -> {
            exchange.body();
            String path = exchange.head().split(" ")[1];
            switch (path) {
                case "/api/corpus" -> exchange.send(CORPUS);
                case "/api/head" -> exchange.send("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n");
                case "/api/304" -> exchange.send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
                case "/api/cut" -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                    return false;
                }
                default -> exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
            return true;
        });
        base = JettyBase.withModule(home, folder.resolve(home.version()));
        base.lbConf(Conf.of("/api", "\"" + upstream.uri() + "\""));
        base.start();
    }

    @AfterParameterizedClassInvocation
    void stopServers() throws Exception {
        if (base != null) {
            base.close();
        }
        upstream.close();
    }

    private static List<String> fields(RawClient.Response response) {
        return Arrays.stream(response.head().split(" *\r\n")).toList();
    }

    @Test
    void fieldsArriveAsOnADirectCall() throws Exception {
        RawClient.Response direct = RawClient.get(upstream.port(), "/api/corpus");
        RawClient.Response balanced = RawClient.get(base.port(), "/api/corpus");
        assertThat(fields(direct)).containsSubsequence(FieldCorpus.FIELDS);
        assertThat(fields(balanced)).containsSubsequence(FieldCorpus.FIELDS);
        assertThat(FieldCorpus.FIELDS).hasSize(60);
        assertThat(balanced.body()).isEqualTo("ok");
    }

    @Test
    void requestFieldsArriveAsTheyWereSentAndSpoofedOnesDoNot() throws Exception {
        String[] fields = Stream.of(FieldCorpus.FIELDS)
                .filter(field -> field.startsWith("X-") || field.startsWith("x-"))
                .toArray(String[]::new);
        try (RawClient client = new RawClient(base.port())) {
            client.send(
                    "GET",
                    "/api/request?a={b}|c",
                    Stream.concat(Stream.of("X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6"), Stream.of(fields))
                            .toArray(String[]::new));
            assertThat(client.read().status()).isEqualTo(200);
        }
        String head = upstream.heads().stream()
                .filter(h -> h.startsWith("GET /api/request"))
                .reduce((a, b) -> b)
                .orElseThrow();
        assertThat(head)
                .startsWith("GET /api/request?a=%7Bb%7D%7Cc HTTP/1.1\r\n")
                .doesNotContain("6.6.6.6");
        assertThat(head.split(" *\r\n")).containsSubsequence(fields).contains("X-Forwarded-For: 127.0.0.1");
    }

    @Test
    void noLengthIsMadeUp() throws Exception {
        assertThat(RawClient.once(base.port(), "HEAD", "/api/head").head()).doesNotContain("Content-Length");
        assertThat(RawClient.get(base.port(), "/api/304").head())
                .startsWith("HTTP/1.1 304")
                .doesNotContain("Content-Length");
    }

    @Test
    void aCutResponseIsVisiblyCut() throws Exception {
        try (RawClient client = new RawClient(base.port())) {
            client.send("GET", "/api/cut");
            assertThat(client.readToEnd()).contains("hello").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void aClientsBadChunkIsItsOwnFault() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (RawClient client = new RawClient(base.port())) {
                client.send("POST", "/api/bad", "Transfer-Encoding: chunked");
                client.send("5\r\nhello\r\nnonsense\r\n");
                assertThat(client.readHead()).startsWith("HTTP/1.1 400");
            }
        }
        assertThat(RawClient.get(base.port(), "/api/after").status()).isEqualTo(200);
        assertThat(base.server().output()).doesNotContain("ejected");
    }
}
