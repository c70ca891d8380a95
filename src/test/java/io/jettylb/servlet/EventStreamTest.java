package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.util.BufferUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Server-sent events and slow responses (trap J3). The upstream sends an event only when the client has confirmed the
 * one before: what is held back anywhere stops the test for ever, and no clock is needed.
 */
class EventStreamTest {

    private static final int EVENTS = 200;
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n";

    private static final String END = "\r\n0\r\n\r\n";

    private final BlockingQueue<Integer> confirmed = new LinkedBlockingQueue<>();

    private static String event(int number) {
        return "data: " + number + "\n\n";
    }

    /** What comes before a chunk's content: Jetty sends the end of a chunk's line only with what follows. */
    private static String chunkStart(int number, int length) {
        return (number == 0 ? "" : "\r\n") + Integer.toHexString(length) + "\r\n";
    }

    private void awaitConfirmation(int number) throws IOException {
        try {
            assertThat(confirmed.poll(20, TimeUnit.SECONDS)).isEqualTo(number);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Sends events in this framing: {@code chunked}, {@code close}, or {@code length}. */
    private RawUpstream upstream(String framing) {
        return new RawUpstream(exchange -> {
            exchange.body();
            int length = 0;
            for (int i = 0; i < EVENTS; i++) {
                length += event(i).length();
            }
            exchange.send(HEAD
                    + switch (framing) {
                        case "chunked" -> "Transfer-Encoding: chunked\r\n\r\n";
                        case "length" -> "Content-Length: " + length + "\r\n\r\n";
                        default -> "Connection: close\r\n\r\n";
                    });
            // The head alone comes, too.
            awaitConfirmation(-1);
            for (int i = 0; i < EVENTS; i++) {
                String event = event(i);
                exchange.send(
                        framing.equals("chunked")
                                ? Integer.toHexString(event.length()) + "\r\n" + event + "\r\n"
                                : event);
                awaitConfirmation(i);
            }
            if (framing.equals("chunked")) {
                exchange.send("0\r\n\r\n");
            }
            return !framing.equals("close");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "length", "close"})
    void eachEventArrivesBeforeTheNextIsSent(String framing) throws Exception {
        try (RawUpstream upstream = upstream(framing);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/events", "Accept: text/event-stream");
            String head = client.readHead();
            assertThat(head).startsWith("HTTP/1.1 200").contains("text/event-stream");
            boolean chunked = head.contains("chunked");
            assertThat(chunked).isEqualTo(!framing.equals("length"));
            confirmed.add(-1);
            for (int i = 0; i < EVENTS; i++) {
                String event = event(i);
                if (chunked) {
                    assertThat(client.readBytes(chunkStart(i, event.length()).length()))
                            .isEqualToIgnoringCase(chunkStart(i, event.length()));
                }
                assertThat(client.readBytes(event.length())).isEqualTo(event);
                confirmed.add(i);
            }
            if (chunked) {
                assertThat(client.readBytes(END.length())).isEqualTo(END);
            }
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "length", "close"})
    void eachEventArrivesBeforeTheNextIsSentOverHttp2(String framing) throws Exception {
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
        try (RawUpstream upstream = upstream(framing);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
            CompletableFuture<Result> done = new CompletableFuture<>();
            client.newRequest("127.0.0.1", server.port())
                    .path("/events")
                    .onResponseHeaders(response -> confirmed.add(-1))
                    .onResponseContent((response, content) -> arrived.add(BufferUtil.toString(content)))
                    .send(done::complete);
            for (int i = 0; i < EVENTS; i++) {
                assertThat(arrived.poll(20, TimeUnit.SECONDS)).as("event %d", i).isEqualTo(event(i));
                confirmed.add(i);
            }
            assertThat(done.get(20, TimeUnit.SECONDS).isSucceeded()).isTrue();
            server.awaitIdle();
        } finally {
            client.stop();
        }
    }

    /** A conversation: each piece of the request is answered before the next one is sent. */
    @Test
    void requestAndResponseStreamAtTheSameTime() throws Exception {
        try (RawUpstream echo = new RawUpstream(exchange -> {
                    exchange.send(HEAD + "Transfer-Encoding: chunked\r\n\r\n");
                    InputStream in = exchange.in();
                    for (int i = 0; i < EVENTS; i++) {
                        in.readNBytes(chunkStart(i, 1).length());
                        exchange.send("1\r\n" + (char) in.read() + "\r\n");
                    }
                    in.readNBytes(END.length());
                    exchange.send("0\r\n\r\n");
                    return true;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(echo.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("POST", "/talk", "Transfer-Encoding: chunked");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            for (int i = 0; i < EVENTS; i++) {
                char letter = (char) ('a' + i % 26);
                client.send("1\r\n" + letter + "\r\n");
                assertThat(client.readBytes(chunkStart(i, 1).length() + 1)).isEqualTo(chunkStart(i, 1) + letter);
            }
            client.send("0\r\n\r\n");
            assertThat(client.readBytes(END.length())).isEqualTo(END);
            server.awaitIdle();
        }
    }
}
