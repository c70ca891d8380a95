package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LimitsConfig;
import io.jettylb.config.QueueConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The queue of a pool under many threads, and with many in it. */
class WaitingStormTest {

    private static LimitsConfig limits(int maxRequests, int queue) {
        return new LimitsConfig(maxRequests, new QueueConfig(queue, Duration.ofSeconds(5)), null, null);
    }

    private static Selection only(String id) {
        Selection selection = new Selection(0);
        selection.prefer(id, true);
        return selection;
    }

    /** Without a trampoline, this would be as deep as there are requests. */
    @Test
    void requestsThatFailAtOnceDoNotDigIntoTheStack() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .limits(limits(UpstreamConfig.UNLIMITED, 100_000))
                .start();
        Lease held = f.pool.acquire(new Selection(0));
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 50_000; i++) {
            Selection selection = new Selection(0);
            f.pool.await(new Waiting(selection, acquired -> {
                served.incrementAndGet();
                ((Lease) acquired).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
            }));
        }
        held.complete(Outcome.SUCCESS, null);
        assertThat(served).hasValue(50_000);
        assertThat(f.pool.load().waiting()).isZero();
    }

    /** Whatever happens at the same time: every request is answered, none is over the limits, and in the end all is quiet. */
    @Test
    void noCallIsLostUnderConcurrency() throws Exception {
        PoolFixture f = new PoolFixture()
                .member(1, 2, 0, "")
                .member(1, 1, 0, "")
                .probed()
                .limits(limits(2, 1_000))
                .start();
        f.probe("ab", true);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        int threads = 8;
        int each = 4_000;
        CountDownLatch open = new CountDownLatch(threads * each);
        ExecutorService executor = Executors.newFixedThreadPool(threads + 1);
        for (int t = 0; t < threads; t++) {
            SplittableRandom random = new SplittableRandom(t);
            executor.execute(() -> {
                for (int i = 0; i < each; i++) {
                    Selection selection =
                            random.nextInt(4) == 0 ? only(random.nextBoolean() ? "a" : "b") : new Selection(0);
                    one(f.pool, selection, executor, inside, most, random.nextInt(16) == 0, open);
                }
            });
        }
        for (int i = 0; i < 500; i++) {
            f.pool.limits(limits(1 + i % 3, 1_000));
            f.pool.probed("b", i % 2 == 0 ? ProbeResult.failed("status 503") : ProbeResult.PASSED);
        }
        f.pool.limits(limits(2, 1_000));
        f.probe("bb", true);
        assertThat(open.await(60, TimeUnit.SECONDS))
                .as("unanswered: " + open.getCount())
                .isTrue();
        executor.shutdown();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

        assertThat(most.get()).isBetween(1, 3);
        assertThat(f.pool.load().waiting()).isZero();
        assertThat(f.pool.load().inFlight()).isZero();
        assertThat(List.of(f.hold(), f.hold())).doesNotContainNull();
        assertThat(f.hold()).isNull();
    }

    private static void one(
            Pool pool,
            Selection selection,
            ExecutorService executor,
            AtomicInteger inside,
            AtomicInteger most,
            boolean leaves,
            CountDownLatch open) {
        Lease lease = pool.acquire(selection);
        if (lease != null) {
            serve(lease, inside, most, open);
            return;
        }
        Waiting waiting = new Waiting(selection, acquired -> {
            if (acquired instanceof Lease granted) {
                executor.execute(() -> serve(granted, inside, most, open));
            } else {
                open.countDown();
            }
        });
        if (selection.refusal() != Refusal.FULL || !pool.await(waiting) || leaves && waiting.leave()) {
            open.countDown();
        }
    }

    private static void serve(Lease lease, AtomicInteger inside, AtomicInteger most, CountDownLatch open) {
        int now = inside.incrementAndGet();
        most.accumulateAndGet(now, Math::max);
        Thread.yield();
        inside.decrementAndGet();
        lease.complete(Outcome.SUCCESS, null);
        open.countDown();
    }
}
