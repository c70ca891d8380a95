package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A response that is cut harms nobody else's. The client library empties a buffer that may be another connection's by
 * then, see {@code ClientBuffers}: with pooled buffers, a few of the good responses here never arrive.
 */
class CutResponsesTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final int CLIENTS = 8;
    private static final int CONNECTIONS = 150;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
            })
    void everyOtherResponseArrives(String cut) throws Exception {
        AtomicInteger count = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    boolean good = count.incrementAndGet() % 3 != 0;
                    exchange.send(good ? OK : cut);
                    return good;
                });
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(() -> {
                    for (int connection = 0; connection < CONNECTIONS; connection++) {
                        useUntilCut(server.port());
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
            server.awaitIdle();
        } finally {
            clients.shutdownNow();
        }
    }

    private static void useUntilCut(int port) throws IOException {
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < 20; i++) {
                client.send("GET", "/");
                RawClient.Response response = client.read();
                if ("2".equals(response.field("content-length"))) {
                    assertThat(response.body()).isEqualTo("ok");
                }
            }
        } catch (SocketTimeoutException hang) {
            throw new AssertionError("no response", hang);
        } catch (IOException | NumberFormatException thisOneWasCut) {
            assertThat(thisOneWasCut).isNotNull();
        }
    }
}
