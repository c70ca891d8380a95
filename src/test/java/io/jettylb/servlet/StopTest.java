package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.IdleTimeout;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.junit.jupiter.api.Test;

/** A server that is being stopped with requests under way. */
class StopTest {

    private static final int PART = 1000;

    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    private boolean answer(RawUpstream.Exchange exchange) throws IOException {
        if (exchange.head().startsWith("GET /quick")) {
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            return true;
        }
        boolean stream = exchange.head().startsWith("GET /stream");
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + 2 * PART + "\r\n\r\n";
        if (stream) {
            exchange.send(head + "a".repeat(PART));
        }
        held.countDown();
        try {
            if (!released.await(20, TimeUnit.SECONDS)) {
                return false;
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
        exchange.send((stream ? "" : head + "a".repeat(PART)) + "b".repeat(PART));
        return true;
    }

    private void staysWhole(String path) throws Exception {
        try (RawUpstream upstream = new RawUpstream(this::answer);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            server.server().setHandler(new GracefulHandler(server.contexts()));
            server.server().setStopTimeout(20_000);
            server.connector().setShutdownIdleTimeout(200);
            server.server().start();
            try (RawClient client = new RawClient(server.port());
                    RawClient idle = new RawClient(server.port())) {
                idle.send("GET", "/quick");
                assertThat(idle.read().status()).isEqualTo(200);
                client.send("GET", path);
                assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(server.loadBalancer().isReady()).isTrue();

                CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> {
                    try {
                        server.server().stop();
                    } catch (Exception failure) {
                        throw new IllegalStateException(failure);
                    }
                });
                // Whoever is silent for as long, and waits for nothing, is sent away.
                assertThat(idle.readToEnd()).isEmpty();
                assertThat(server.loadBalancer().isReady()).isFalse();
                assertThat(stop).isNotDone();
                awaitIdleTimeout(server);
                released.countDown();
                RawClient.Response response = client.read();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("a".repeat(PART) + "b".repeat(PART));
                stop.get(20, TimeUnit.SECONDS);
            }
        }
    }

    /**
     * Until the connection that is left has been silent for as long, too. Jetty would take a write that begins in that very
     * moment for one that has taken as long.
     */
    private static void awaitIdleTimeout(BalancedServer server) {
        ServerConnector connector = server.connector();
        BalancedServer.await("one left", () -> connector.getConnectedEndPoints().size() == 1);
        IdleTimeout left =
                (IdleTimeout) connector.getConnectedEndPoints().iterator().next();
        AtomicLong latest = new AtomicLong();
        BalancedServer.await("its idle timeout", () -> {
            long idle = left.getIdleFor();
            return idle < latest.getAndSet(idle);
        });
    }

    @Test
    void aSlowResponseIsCompleted() throws Exception {
        staysWhole("/slow");
    }

    @Test
    void aStreamThatPausesIsCompleted() throws Exception {
        staysWhole("/stream");
    }

    @Test
    void aNewRequestOnAnOldConnectionIsRefused() throws Exception {
        try (RawUpstream upstream = new RawUpstream(this::answer);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            server.server().setHandler(new GracefulHandler(server.contexts()));
            server.server().setStopTimeout(20_000);
            server.connector().setShutdownIdleTimeout(20_000);
            server.server().start();
            try (RawClient client = new RawClient(server.port());
                    RawClient other = new RawClient(server.port())) {
                other.send("GET", "/quick");
                assertThat(other.read().status()).isEqualTo(200);
                client.send("GET", "/slow");
                assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
                CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> {
                    try {
                        server.server().stop();
                    } catch (Exception failure) {
                        throw new IllegalStateException(failure);
                    }
                });
                GracefulHandler graceful = server.server().getDescendant(GracefulHandler.class);
                BalancedServer.await(
                        "shut down",
                        () -> graceful.isShutdown() && server.connector().isShutdown());
                other.send("GET", "/quick");
                RawClient.Response refused = other.read();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.field("connection")).isEqualTo("close");
                released.countDown();
                assertThat(client.read().status()).isEqualTo(200);
                // The server waits for connections, too.
                client.close();
                other.close();
                stop.get(20, TimeUnit.SECONDS);
            }
        }
    }
}
