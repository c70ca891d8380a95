package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HedgeConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.pool.RetryBudget;
import io.jettylb.pool.UpstreamStatus;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/** Upstreams that know which attempt of all they get, for tests of hedged requests. */
class HedgedUpstreams {

    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static final String BUSY = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
    static final HedgeConfig SOON = new HedgeConfig(Duration.ofMillis(20), 0);
    /** More than there are retries, so that no test depends on how many. */
    static final RetryConfig RULES =
            new RetryConfig(2).with(new RetryBudgetConfig(1, 1_000)).with(SOON);

    final List<RawUpstream> upstreams = new ArrayList<>();

    /** What the attempt does that is the n-th one of all: 1, 2, … */
    interface Attempts {
        boolean answer(int number, RawUpstream.Exchange exchange) throws Exception;
    }

    @AfterEach
    void closeUpstreams() throws Exception {
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
    }

    List<URI> upstreams(int count, Attempts attempts) {
        AtomicInteger arrived = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            upstreams.add(new RawUpstream(exchange -> {
                int number = arrived.incrementAndGet();
                try {
                    return attempts.answer(number, exchange);
                } catch (IOException | RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        return upstreams.stream().map(RawUpstream::uri).toList();
    }

    static PoolConfig pool(List<URI> uris, RetryConfig retry) {
        return Configs.pool(uris).with(retry);
    }

    static boolean send(RawUpstream.Exchange exchange, String response) throws IOException {
        exchange.send(response);
        return true;
    }

    /** Until the other side has closed the connection. */
    static boolean hang(RawUpstream.Exchange exchange, CountDownLatch closed) throws IOException {
        try {
            while (exchange.in().read() >= 0) {
                // What follows the request is of no interest.
            }
        } finally {
            closed.countDown();
        }
        return false;
    }

    static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(15, TimeUnit.SECONDS)).isTrue();
    }

    int arrived() {
        return upstreams.stream().mapToInt(upstream -> upstream.heads().size()).sum();
    }

    static RetryBudget budget(BalancedServer server) {
        return RetryBudgets.of(server);
    }

    /** Nothing is left of the attempts, and no upstream has a bad name. */
    static void assertNobodyIsBlamed(BalancedServer server) {
        server.awaitIdle();
        BalancedServer.await("the budget is free", () -> budget(server).active() == 0);
        assertThat(server.status()).allMatch(UpstreamStatus::eligible).allMatch(status -> status.ejections() == 0);
    }
}
