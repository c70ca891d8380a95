package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawUpstream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;

/** How many connections are established at once. */
class PatientConnectionsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final Queue<Consumer<SocketAddress>> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger started = new AtomicInteger();

    /** Begins each connection only when it is told to. */
    private final ClientConnector slow = new ClientConnector() {
        @Override
        public void connect(SocketAddress address, Map<String, Object> context) {
            held.add(other -> super.connect(other == null ? address : other, context));
            started.incrementAndGet();
        }
    };

    private HttpClient client(Server server, RawUpstream upstream, int max, int connecting) throws Exception {
        PoolConfig plain = Configs.pool(List.of(upstream.uri()));
        PoolConfig config = Configs.spoken(
                plain, plain.protocol(), new ConnectionsConfig(max, Duration.ofSeconds(30), 100, connecting));
        HttpClient client = UpstreamProtocols.client(config, server, slow, null, Duration.ofSeconds(30));
        client.setMaxConnectionsPerDestination(max);
        client.start();
        return client;
    }

    /** Addresses are looked up by another thread. */
    private void awaitStarted(int expected) {
        BalancedServer.await(expected + " begun", () -> started.get() == expected);
    }

    @Test
    void eachThatIsEstablishedMakesRoomForAnother() throws Exception {
        Server server = new Server();
        CountDownLatch release = new CountDownLatch(1);
        RawUpstream upstream = new RawUpstream(exchange -> {
            try {
                release.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.send(OK);
            return true;
        });
        server.start();
        HttpClient client = client(server, upstream, 50, 4);
        try (upstream) {
            CountDownLatch answered = new CountDownLatch(20);
            for (int i = 0; i < 20; i++) {
                client.newRequest(upstream.uri()).send(result -> {
                    if (result.isSucceeded()) {
                        answered.countDown();
                    }
                });
            }
            awaitStarted(4);
            for (int done = 1; done <= 20; done++) {
                held.remove().accept(null);
                awaitStarted(Math.min(20, 4 + done));
            }
            release.countDown();
            assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(started).hasValue(20);
            assertThat(upstream.connections()).isEqualTo(20);
        } finally {
            client.stop();
            server.stop();
        }
    }

    /** Those that wait get what becomes free, and no connection is made for nobody. */
    @Test
    void whoWaitsGetsWhatBecomesFreeFirst() throws Exception {
        Server server = new Server();
        RawUpstream upstream = RawUpstream.always(OK);
        server.start();
        HttpClient client = client(server, upstream, 50, 2);
        try (upstream) {
            CountDownLatch answered = new CountDownLatch(30);
            for (int i = 0; i < 30; i++) {
                client.newRequest(upstream.uri()).send(result -> {
                    if (result.isSucceeded()) {
                        answered.countDown();
                    }
                });
            }
            awaitStarted(2);
            held.remove().accept(null);
            assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(upstream.connections()).isEqualTo(1);
            assertThat(started.get()).isBetween(2, 3);
        } finally {
            client.stop();
            server.stop();
        }
    }

    @Test
    void oneThatFailsIsNoLongerCounted() throws Exception {
        RawUpstream gone = RawUpstream.always(OK);
        SocketAddress refused = new InetSocketAddress("127.0.0.1", gone.port());
        gone.close();
        Server server = new Server();
        RawUpstream upstream = RawUpstream.always(OK);
        server.start();
        HttpClient client = client(server, upstream, 50, 1);
        try (upstream) {
            CountDownLatch failed = new CountDownLatch(3);
            for (int i = 0; i < 3; i++) {
                client.newRequest(upstream.uri()).send(result -> {
                    if (result.isFailed()) {
                        failed.countDown();
                    }
                });
            }
            awaitStarted(1);
            held.remove().accept(refused);
            assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
            CountDownLatch answered = new CountDownLatch(1);
            client.newRequest(upstream.uri()).send(result -> answered.countDown());
            awaitStarted(2);
            held.remove().accept(null);
            assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            client.stop();
            server.stop();
        }
    }
}
