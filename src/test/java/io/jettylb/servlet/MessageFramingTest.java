package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Lengths, chunks and messages without content; every part as soon as it is there (traps J3, J43). */
class MessageFramingTest {

    private static RawClient.Response through(String method, String upstreamResponse) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(upstreamResponse);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send(method, "/");
            RawClient.Response response = client.read("HEAD".equals(method));
            // The connection is still in step.
            client.send(method, "/again");
            assertThat(client.read("HEAD".equals(method)).status()).isEqualTo(response.status());
            return response;
        }
    }

    @Test
    void aHeadResponseKeepsItsLengthOrHasNone() throws Exception {
        assertThat(through("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
                        .field("content-length"))
                .isEqualTo("1234");
        assertThat(through("HEAD", "HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n").head()).doesNotContain("Content-Length");
        assertThat(through("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .head())
                .doesNotContain("Content-Length");
    }

    @Test
    void aNotModifiedResponseKeepsItsLengthOrHasNone() throws Exception {
        assertThat(through("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n")
                        .head())
                .startsWith("HTTP/1.1 304")
                .contains("ETag: \"a\"")
                .doesNotContain("Content-Length");
        assertThat(through("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n")
                        .field("content-length"))
                .isEqualTo("77");
    }

    @Test
    void responsesWithoutContentHaveNone() throws Exception {
        assertThat(through("GET", "HTTP/1.1 204 No Content\r\n\r\n").head()).startsWith("HTTP/1.1 204");
        RawClient.Response empty = through("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        assertThat(empty.field("content-length")).isEqualTo("0");
        assertThat(through("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                        .body())
                .isEmpty();
    }

    @Test
    void chunkedContentArrivesWhole() throws Exception {
        assertThat(through(
                                "GET",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
                        .body())
                .isEqualTo("abcde");
    }

    @Test
    void contentThatEndsWithTheConnectionArrivesWhole() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
                    return false;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("until the end");
        }
    }

    @Test
    void largeContentArrivesWhole() throws Exception {
        String big = "0123456789abcdef".repeat(1 << 18);
        assertThat(through("GET", "HTTP/1.1 200 OK\r\nContent-Length: " + big.length() + "\r\n\r\n" + big)
                        .body())
                .isEqualTo(big);
    }

    @Test
    void headAndChunksArriveAsTheyAreSent() throws Exception {
        CountDownLatch headSeen = new CountDownLatch(1);
        CountDownLatch eventSeen = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send(
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                    await(headSeen);
                    exchange.send("9\r\ndata: 1\n\n\r\n");
                    await(eventSeen);
                    exchange.send("9\r\ndata: 2\n\n\r\n0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            assertThat(client.readHead()).contains("Content-Type: text/event-stream\r\n");
            headSeen.countDown();
            // Jetty sends the end of a chunk with the beginning of the next: no content waits for it.
            assertThat(client.readBytes(12)).isEqualTo("9\r\ndata: 1\n\n");
            eventSeen.countDown();
            assertThat(client.readBytes(21)).isEqualTo("\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void chunksOfAnUploadAreAnsweredOneByOne() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 50; i++) {
                        // The end of the chunk, too: this is an upstream that reads whole ones.
                        byte[] chunk = exchange.in().readNBytes(7);
                        exchange.send(new String(chunk, StandardCharsets.ISO_8859_1));
                    }
                    exchange.in().readNBytes(5);
                    exchange.send("0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (int k = 0; k < 2; k++) {
                client.send("POST", "/", "Transfer-Encoding: chunked");
                client.readHead();
                for (int i = 0; i < 50; i++) {
                    client.send((i > 0 ? "\r\n" : "") + "2\r\n" + i / 10 + i % 10);
                    assertThat(client.readBytes(i > 0 ? 7 : 5)).endsWith("2\r\n" + i / 10 + i % 10);
                }
                client.send("\r\n0\r\n\r\n");
                assertThat(client.readBytes(7)).isEqualTo("\r\n0\r\n\r\n");
            }
            assertThat(upstream.heads()).hasSize(2);
        }
    }

    @Test
    void anUploadArrivesAsItIsSent() throws Exception {
        CountDownLatch firstPart = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.in().readNBytes(5);
                    firstPart.countDown();
                    exchange.in().readNBytes(5);
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("PUT", "/", "Content-Length: 10");
            client.send("first");
            await(firstPart);
            client.send("later");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new AssertionError("the other side did not get there");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
