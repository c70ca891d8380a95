package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.DrainConfig;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.InitialHealth;
import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A hundred configurations while clients are being served: not a single request may notice (nginx, HAProxy: 1 of 26). */
class ReloadStormTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final int RELOADS = 100;
    private static final int CLIENTS = 4;

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger served = new AtomicInteger();
    private volatile boolean over;

    private RawUpstream upstream() {
        return new RawUpstream(exchange -> {
            if (exchange.head().startsWith("GET /events")) {
                exchange.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
                for (String event = take(); !event.isEmpty(); event = take()) {
                    exchange.send(event);
                }
                return false;
            }
            if (exchange.head().contains("Upgrade: test/1")) {
                exchange.send(Upgrades.SWITCH);
                return Upgrades.echo(exchange);
            }
            exchange.body();
            exchange.send(OK);
            return true;
        });
    }

    private String take() throws IOException {
        try {
            String event = events.poll(60, TimeUnit.SECONDS);
            if (event == null) {
                throw new IOException("no event");
            }
            return event;
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    /** One after the other on one connection, GET and POST. */
    private void load(int port) {
        try (RawClient client = new RawClient(port)) {
            while (!over) {
                client.send("GET", "/");
                check(client.read());
                client.send("POST", "/", "Content-Length: 3");
                client.send("abc");
                check(client.read());
            }
        } catch (IOException | RuntimeException failure) {
            failures.add(failure.toString());
        }
    }

    private void check(RawClient.Response response) {
        served.incrementAndGet();
        if (response.status() != 200 || !response.body().equals("ok")) {
            failures.add(response.head() + response.body());
        }
    }

    /** Each differs from the one before in another respect. */
    private static LbConfig config(int number, List<RawUpstream> upstreams) {
        List<UpstreamConfig> members = new ArrayList<>();
        for (int i = 0; i < upstreams.size(); i++) {
            if (i == 0 || number % 5 != i) {
                members.add(new UpstreamConfig("u" + i, upstreams.get(i).uri(), 1 + number % 3));
            }
        }
        PoolConfig pool = Configs.pool(List.of()).with(members);
        pool = switch (number % 4) {
            case 1 -> Configs.connections(pool, 100 + number);
            case 2 -> Configs.balanced(pool, number % 8 == 2 ? "least-request" : "peak-ewma");
            case 3 -> Configs.probed(pool, Configs.PROBE.with(null, InitialHealth.DOWN, ProbeCheck.PLAIN));
            default -> pool;
        };
        return new LbConfig(
                List.of(Configs.mount("/", false)),
                Map.of("p", pool.with(new DrainConfig(Duration.ofMinutes(5)))),
                new ForwardedConfig(true, number % 7 != 0));
    }

    @Test
    void aHundredReloadsLoseNothing() throws Exception {
        try (RawUpstream a = upstream();
                RawUpstream b = upstream();
                RawUpstream c = upstream();
                RawUpstream d = upstream()) {
            List<RawUpstream> upstreams = List.of(a, b, c, d);
            try (BalancedServer server = new BalancedServer(config(0, upstreams));
                    RawClient stream = new RawClient(server.port());
                    RawClient tunnel = Upgrades.open(server.port())) {
                stream.send("GET", "/events", "Connection: close");
                assertThat(stream.readHead()).startsWith("HTTP/1.1 200");
                List<Thread> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    Thread client = new Thread(() -> load(server.port()), "load");
                    client.start();
                    clients.add(client);
                }
                StringBuilder sent = new StringBuilder();
                for (int i = 1; i <= RELOADS; i++) {
                    int before = served.get();
                    assertThat(server.loadBalancer().apply(config(i, upstreams)))
                            .startsWith("configuration reloaded: ");
                    BalancedServer.await(
                            "requests go on", () -> served.get() > before + CLIENTS || !failures.isEmpty());
                    tunnel.send("message");
                    assertThat(tunnel.readBytes(7)).isEqualTo("message");
                    events.add("event " + i + "\n");
                    sent.append("event ").append(i).append('\n');
                }
                over = true;
                for (Thread client : clients) {
                    client.join(20_000);
                }
                events.add("");
                assertThat(failures).isEmpty();
                assertThat(events(stream.readToEnd())).isEqualTo(sent.toString());
                assertThat(served.get()).isGreaterThan(RELOADS * CLIENTS);
                tunnel.close();
                server.awaitIdle();
                assertThat(server.status()).noneMatch(s -> s.service().removed());
            }
        }
    }

    /** What chunks contain. */
    private static String events(String chunked) {
        StringBuilder events = new StringBuilder();
        chunked.lines()
                .filter(line -> line.startsWith("event "))
                .forEach(line -> events.append(line).append('\n'));
        return events.toString();
    }
}
