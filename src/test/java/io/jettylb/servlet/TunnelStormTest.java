package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Clients and upstreams that leave at any moment: nothing stays behind. */
class TunnelStormTest {

    private static final int CLIENTS = 8;
    private static final int ROUNDS = 25;

    /** An upstream that switches, refuses or leaves, by what the client's path says. */
    private static boolean answer(RawUpstream.Exchange exchange) throws IOException {
        char how = exchange.head().charAt("GET /".length());
        switch (how) {
            case 'a' -> exchange.reset();
            case 'b' -> exchange.send(Upgrades.SWITCH.substring(0, 40));
            case 'c' -> {
                exchange.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                return true;
            }
            case 'd' -> {
                exchange.send(Upgrades.SWITCH + "x".repeat(50_000));
                exchange.reset();
            }
            case 'e' -> exchange.send(Upgrades.SWITCH + "bye");
            default -> {
                exchange.send(Upgrades.SWITCH);
                return Upgrades.echo(exchange);
            }
        }
        return false;
    }

    private static void ask(int port, Random random) throws IOException {
        try (RawClient client = new RawClient(port)) {
            char how = (char) ('a' + random.nextInt(10));
            client.send("GET", "/" + how, Upgrades.ASK);
            int leave = random.nextInt(4);
            // Without a tunnel, bytes would be the beginning of a request whose end the server waits for.
            boolean tunnel = leave > 0 && client.readHead().startsWith("HTTP/1.1 101");
            if (leave > 1 && tunnel) {
                int count = random.nextInt(100_000);
                client.send("x".repeat(count));
                client.readBytes(random.nextInt(count + 1));
            }
            if (random.nextBoolean()) {
                client.reset();
            }
        } catch (IOException expected) {
            // Somebody was first; what counts is what remains.
            assertThat(expected).isNotNull();
        }
    }

    @Test
    void nothingIsLeftInFlight() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (RawUpstream a = new RawUpstream(TunnelStormTest::answer);
                RawUpstream b = new RawUpstream(TunnelStormTest::answer);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(a.uri(), b.uri())))) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Random random = new Random(i);
                running.add(clients.submit(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        ask(server.port(), random);
                    }
                    return null;
                }));
            }
            for (Future<?> client : running) {
                client.get();
            }
            server.awaitIdle();
            server.awaitNoLeaks();
            BalancedServer.await(
                    "no connection of a client is left",
                    () -> server.connector().getConnectedEndPoints().isEmpty());
        } finally {
            clients.shutdownNow();
        }
    }
}
