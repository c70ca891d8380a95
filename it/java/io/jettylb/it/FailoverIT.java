package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An upstream is killed under load and comes back: no client may notice. */
class FailoverIT {

    private static final int CONNECTIONS = 64;
    private static final int REQUESTS = Integer.getInteger("lb.requests", 10_000);

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void noRequestIsLostWhenAnUpstreamIsKilledAndItsTrafficReturnsWithIt(JettyHome home) throws Exception {
        try (UpstreamProcess a = UpstreamProcess.start("a");
                UpstreamProcess b = UpstreamProcess.start("b");
                UpstreamProcess c = UpstreamProcess.start("c");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.of("/api", a.configured(), b.configured(), c.configured()));
            base.start();

            Load quiet = new Load(base.port());
            quiet.run(() -> null);
            assertThat(quiet.failures).isEmpty();
            quiet.assertShare("a", REQUESTS / 3, 64);
            quiet.assertShare("b", REQUESTS / 3, 64);
            quiet.assertShare("c", REQUESTS / 3, 64);

            Load killed = new Load(base.port());
            killed.run(() -> {
                b.kill();
                return null;
            });
            assertThat(killed.failures).isEmpty();
            // A third of the requests was answered before b was killed, so b had a ninth of all.
            assertThat(killed.shares.get("b").intValue()).isBetween(REQUESTS / 18, REQUESTS / 6);
            assertThat(killed.shares.get("a").intValue()).isGreaterThan(REQUESTS / 3);
            assertThat(killed.shares.get("c").intValue()).isGreaterThan(REQUESTS / 3);

            b.restart();
            awaitTraffic(base.port(), b.id());
            Load returned = new Load(base.port());
            returned.run(() -> null);
            assertThat(returned.failures).isEmpty();
            returned.assertShare("b", REQUESTS / 3, 64);
        }
    }

    private static void awaitTraffic(int port, String id) throws IOException {
        long deadline = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        try (KeepAliveClient client = new KeepAliveClient(port)) {
            while (!id.equals(client.get("/api/back").headers().get("x-served-by"))) {
                assertThat(System.nanoTime()).as("time for %s to return", id).isLessThan(deadline);
            }
        }
    }

    /** Many GETs over 64 connections that are kept. */
    private static final class Load {

        private final int port;
        private final Map<String, LongAdder> shares = new ConcurrentHashMap<>();
        private final Map<Integer, String> failures = new ConcurrentSkipListMap<>();
        private final AtomicInteger next = new AtomicInteger();
        private final CountDownLatch third = new CountDownLatch(REQUESTS / 3);

        Load(int port) {
            this.port = port;
        }

        /** Runs the load, and something else when a third of it is done. */
        void run(Callable<Void> meanwhile) throws Exception {
            ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS);
            try {
                List<Future<?>> running = new ArrayList<>();
                for (int client = 0; client < CONNECTIONS; client++) {
                    running.add(clients.submit(this::client));
                }
                if (!third.await(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new AssertionError(
                            "only " + next + " requests in " + RunningProcess.PATIENCE + ": " + failures);
                }
                meanwhile.call();
                for (Future<?> client : running) {
                    client.get(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                }
            } finally {
                clients.shutdownNow();
            }
        }

        private void client() {
            int request = -1;
            try (KeepAliveClient client = new KeepAliveClient(port)) {
                while ((request = next.getAndIncrement()) < REQUESTS) {
                    KeepAliveClient.Answer answer = client.get("/api/" + request);
                    third.countDown();
                    if (answer.status() != 200) {
                        failures.put(request, String.valueOf(answer.status()));
                    } else {
                        shares.computeIfAbsent(answer.headers().getOrDefault("x-served-by", "?"), id -> new LongAdder())
                                .increment();
                    }
                }
            } catch (IOException | RuntimeException lost) {
                failures.put(request, lost.toString());
            }
        }

        void assertShare(String id, int expected, int tolerance) {
            assertThat(shares).containsKey(id);
            assertThat(shares.get(id).intValue())
                    .as("share of %s", id)
                    .isBetween(expected - tolerance, expected + tolerance);
        }
    }
}
