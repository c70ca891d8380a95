package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.StreamUpstream.Asked;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Measures and prints how long events are under way from the upstream to the client; it asserts no speed. */
class EventDelayIT {

    /** A few show that it works; the figure is worth something with many. */
    private static final int EVENTS = Long.getLong("lb.stream.pause", 0) > 0 ? 1000 : 40;

    private static final int WARM_UP = EVENTS / 2;

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void eventsArrive(JettyHome home) throws Exception {
        HttpClient http2 = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        try (StreamUpstream upstream = new StreamUpstream();
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.of("/", upstream.configured()));
            base.start();
            http2.start();
            print(home + ", without balancer", overHttp1(upstream, upstream.port()));
            print(home + ", HTTP/1.1", overHttp1(upstream, base.port()));
            print(home + ", HTTP/2", overHttp2(upstream, http2, base.port()));
        } finally {
            http2.stop();
        }
    }

    private static long[] overHttp1(StreamUpstream upstream, int port) throws Exception {
        try (SocketChannel client = StreamUpstream.connect(port)) {
            StreamUpstream.write(client, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
            CompletableFuture<Void> sent = send(upstream);
            assertThat(StreamUpstream.head(client)).startsWith("HTTP/1.1 200");
            long[] delays = new long[EVENTS];
            ByteBuffer event = ByteBuffer.allocate(Long.BYTES);
            for (int i = 0; i < EVENTS; i++) {
                event.clear();
                while (event.hasRemaining()) {
                    assertThat(client.read(event)).isPositive();
                }
                delays[i] = System.nanoTime() - event.getLong(0);
            }
            sent.get(30, TimeUnit.SECONDS);
            return delays;
        }
    }

    private static long[] overHttp2(StreamUpstream upstream, HttpClient client, int port) throws Exception {
        BlockingQueue<Long> delays = new LinkedBlockingQueue<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        client.newRequest("127.0.0.1", port)
                .path("/events")
                .onResponseContent((response, content) -> {
                    long now = System.nanoTime();
                    while (content.remaining() >= Long.BYTES) {
                        delays.add(now - content.getLong());
                    }
                })
                .send(result -> done.complete(null));
        send(upstream).get(30, TimeUnit.SECONDS);
        done.get(30, TimeUnit.SECONDS);
        assertThat(delays).hasSize(EVENTS);
        return delays.stream().mapToLong(Long::longValue).toArray();
    }

    /** Sends the time every few milliseconds. */
    private static CompletableFuture<Void> send(StreamUpstream upstream) throws Exception {
        Asked asked = upstream.take("/events");
        return CompletableFuture.runAsync(() -> {
            try (asked) {
                StreamUpstream.write(
                        asked.connection(),
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + EVENTS * Long.BYTES
                                + "\r\n\r\n");
                for (int i = 0; i < EVENTS; i++) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                    ByteBuffer event = ByteBuffer.allocate(Long.BYTES).putLong(0, System.nanoTime());
                    asked.connection().write(event);
                }
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        });
    }

    private static void print(String what, long[] nanos) {
        long[] sorted = Arrays.copyOfRange(nanos, WARM_UP, nanos.length);
        Arrays.sort(sorted);
        System.out.printf(
                "events, %s: median %.2f ms, p99 %.2f ms, most %.2f ms%n",
                what,
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }
}
