package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What happens to the bytes after client and upstream have switched protocols. */
class TunnelTest {

    private static BalancedServer server(RawUpstream upstream) throws Exception {
        return new BalancedServer(Configs.pool(List.of(upstream.uri())));
    }

    @Test
    void bytesPassBothWaysAtOnce() throws Exception {
        try (RawUpstream upstream = Upgrades.echo();
                BalancedServer server = server(upstream)) {
            try (RawClient client = Upgrades.open(server.port())) {
                for (int i = 0; i < 1000; i++) {
                    String message = "message " + i + "\n";
                    client.send(message);
                    assertThat(client.readBytes(message.length())).isEqualTo(message);
                }
                assertThat(server.status().get(0).inFlight()).isEqualTo(1);
            }
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void allBytesOfAnyValuePass() throws Exception {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 1 << 20; i++) {
            all.append((char) (i * 31 >> 3 & 0xFF));
        }
        try (RawUpstream upstream = Upgrades.echo();
                BalancedServer server = server(upstream);
                RawClient client = Upgrades.open(server.port())) {
            Thread sender = new Thread(() -> {
                try {
                    client.send(all.toString());
                    client.halfClose();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            assertThat(client.readToEnd().equals(all.toString())).isTrue();
            sender.join();
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void whatAnUpstreamSendsWithItsAnswerIsKept() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    exchange.send(Upgrades.SWITCH + "welcome");
                    return Upgrades.echo(exchange);
                });
                BalancedServer server = server(upstream);
                RawClient client = Upgrades.open(server.port())) {
            assertThat(client.readBytes(7)).isEqualTo("welcome");
            client.send("thanks");
            assertThat(client.readBytes(6)).isEqualTo("thanks");
        }
    }

    @Test
    void whatAClientSendsBeforeItIsAnsweredIsKept() throws Exception {
        try (RawUpstream upstream = Upgrades.echo();
                BalancedServer server = server(upstream);
                RawClient client = new RawClient(server.port())) {
            client.send("GET / HTTP/1.1\r\n" + String.join("\r\n", Upgrades.ASK) + "\r\n\r\neager");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101");
            assertThat(client.readBytes(5)).isEqualTo("eager");
        }
    }

    @Test
    void aClientMayEndItsSideAlone() throws Exception {
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
                    byte[] all = exchange.in().readAllBytes();
                    exchange.send("got " + new String(all, StandardCharsets.ISO_8859_1));
                    return false;
                });
                BalancedServer server = server(upstream);
                RawClient client = Upgrades.open(server.port())) {
            client.send("all there is");
            client.halfClose();
            assertThat(client.readToEnd()).isEqualTo("got all there is");
            server.awaitIdle();
        }
    }

    @Test
    void anUpstreamMayEndItsSideAlone() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
                    exchange.send("no more");
                    exchange.halfClose();
                    got.add(new String(exchange.in().readAllBytes(), StandardCharsets.ISO_8859_1));
                    return false;
                });
                BalancedServer server = server(upstream)) {
            try (RawClient client = Upgrades.open(server.port())) {
                assertThat(client.readToEnd()).isEqualTo("no more");
                client.send("but here is something");
            }
            assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo("but here is something");
            server.awaitIdle();
        }
    }

    @Test
    void aResetOfTheClientIsOneForTheUpstream() throws Exception {
        BlockingQueue<Object> end = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
                    try {
                        end.add(exchange.in().read());
                    } catch (SocketException reset) {
                        end.add(reset.getMessage());
                    }
                    return false;
                });
                BalancedServer server = server(upstream)) {
            try (RawClient client = Upgrades.open(server.port())) {
                client.reset();
            }
            assertThat(end.poll(10, TimeUnit.SECONDS)).isEqualTo("Connection reset");
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void aResetOfTheUpstreamIsOneForTheClient() throws Exception {
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
                    exchange.in().read();
                    exchange.reset();
                    return false;
                });
                BalancedServer server = server(upstream);
                RawClient client = Upgrades.open(server.port())) {
            client.send("x");
            assertThatThrownBy(client::readToEnd).isInstanceOf(SocketException.class);
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void nothingPilesUpInFrontOfASlowReader() throws Exception {
        long total = 100L << 20;
        AtomicLong sent = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
                    String block = "b".repeat(64 * 1024);
                    while (sent.get() < total) {
                        exchange.send(block);
                        sent.addAndGet(block.length());
                    }
                    done.countDown();
                    return false;
                });
                BalancedServer server = server(upstream);
                RawClient client = Upgrades.open(server.port())) {
            // What the kernel holds on both sides comes to some megabytes; the rest stays where it is.
            assertThat(done.await(1, TimeUnit.SECONDS)).isFalse();
            assertThat(sent.get()).isLessThan(40L << 20);
            assertThat(server.directMemory()).isLessThan(1L << 20);
            assertThat(client.skipToEnd()).isEqualTo(total);
            client.close();
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void noOtherTimeoutEndsAQuietTunnel() throws Exception {
        Duration brief = Duration.ofMillis(300);
        TimeoutsConfig timeouts = new TimeoutsConfig(brief, brief, brief, brief, Duration.ofMinutes(1));
        try (RawUpstream upstream = Upgrades.echo();
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(upstream.uri()), "round-robin", Configs.CLIENT_HOST, timeouts))) {
            server.connector().setIdleTimeout(brief.toMillis());
            try (RawClient client = Upgrades.open(server.port())) {
                for (int i = 0; i < 4; i++) {
                    try (RawClient other = new RawClient(server.port())) {
                        assertThat(other.readToEnd())
                                .as("closed by the connector")
                                .isEmpty();
                    }
                }
                client.send("still");
                assertThat(client.readBytes(5)).isEqualTo("still");
            }
        }
    }

    @Test
    void aTunnelWithoutABytePassingIsClosed() throws Exception {
        Duration brief = Duration.ofMillis(300);
        TimeoutsConfig timeouts = new TimeoutsConfig(
                Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ZERO, brief);
        BlockingQueue<Integer> end = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
                    end.add(exchange.in().read());
                    return false;
                });
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(upstream.uri()), "round-robin", Configs.CLIENT_HOST, timeouts));
                RawClient client = Upgrades.open(server.port())) {
            assertThat(client.readToEnd()).isEmpty();
            assertThat(end.poll(10, TimeUnit.SECONDS)).isEqualTo(-1);
            server.awaitIdle();
        }
    }

    @Test
    void aTunnelDoesNotUseUpTheConnectionsOfItsPool() throws Exception {
        try (RawUpstream upstream = new RawUpstream(exchange -> {
                    if (exchange.head().contains("Upgrade")) {
                        exchange.send(Upgrades.SWITCH);
                        return Upgrades.echo(exchange);
                    }
                    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    return true;
                });
                BalancedServer server =
                        new BalancedServer(Configs.connections(Configs.pool(List.of(upstream.uri())), 1));
                RawClient one = Upgrades.open(server.port());
                RawClient two = Upgrades.open(server.port())) {
            assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
            one.send("1");
            two.send("2");
            assertThat(one.readBytes(1)).isEqualTo("1");
            assertThat(two.readBytes(1)).isEqualTo("2");
            BalancedServer.await(
                    "both are in flight", () -> server.status().get(0).inFlight() == 2);
        }
    }

    @Test
    void aStopClosesTunnels() throws Exception {
        BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = Upgrades.upstream(exchange -> {
            got.add(exchange.in().read());
            got.add(exchange.in().read());
            return false;
        })) {
            BalancedServer server = server(upstream);
            try (RawClient client = Upgrades.open(server.port())) {
                client.send("x");
                assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo((int) 'x');
                server.close();
                assertThat(client.readToEnd()).isEmpty();
                assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo(-1);
                server.awaitIdle();
            }
        }
    }

    @Test
    void theBeanAloneClosesItsTunnelsToo() throws Exception {
        try (RawUpstream upstream = Upgrades.echo();
                BalancedServer server = server(upstream);
                RawClient client = Upgrades.open(server.port())) {
            client.send("x");
            assertThat(client.readBytes(1)).isEqualTo("x");
            server.loadBalancer().stop();
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void aGracefulStopDoesNotWaitForAQuietTunnel() throws Exception {
        try (RawUpstream upstream = Upgrades.echo()) {
            BalancedServer server = server(upstream);
            server.server().setStopTimeout(60_000);
            server.connector().setShutdownIdleTimeout(200);
            try (RawClient client = Upgrades.open(server.port())) {
                client.send("hello");
                assertThat(client.readBytes(5)).isEqualTo("hello");
                Thread stopper = new Thread(() -> {
                    try {
                        server.close();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
                stopper.start();
                assertThat(client.readToEnd()).isEmpty();
                stopper.join(30_000);
                assertThat(stopper.isAlive()).isFalse();
            }
        }
    }
}
