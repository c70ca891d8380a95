package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.health.OrcaReport;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.UpstreamReport;
import java.time.Duration;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Weights, probes, agents and reports change while many threads take leases. */
class ChangesUnderLoadTest {

    private static final int THREADS = 6;
    private static final int CHANGES = 3_000;

    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    /** Odd while upstream a takes no new requests. */
    private final AtomicLong closings = new AtomicLong();

    private final CountDownLatch done = new CountDownLatch(THREADS);
    private volatile boolean over;

    @Test
    void nobodyIsHandedOutWhoHasLeftAndNothingIsLost() throws Exception {
        PoolFixture f = new PoolFixture()
                .reports()
                .probed()
                .slowStart(Duration.ofSeconds(30))
                .member(1)
                .member(2, 50, 0, "")
                .member(3)
                .member(1)
                .start();
        f.probe("abcd", true);
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        for (int t = 0; t < THREADS; t++) {
            SplittableRandom random = new SplittableRandom(t);
            executor.execute(() -> request(f.pool, random));
        }
        change(f);
        over = true;
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        executor.shutdown();

        assertThat(problems).isEmpty();
        assertThat(f.pool.status()).allMatch(status -> status.inFlight() == 0);
        f.pass(Duration.ofMinutes(10));
        f.next();
        assertThat(f.pool.status()).extracting(UpstreamStatus::effectiveWeight).containsExactly(1, 2, 3, 1);
    }

    private void change(PoolFixture f) {
        SplittableRandom random = new SplittableRandom(99);
        for (int i = 0; i < CHANGES; i++) {
            boolean byAgent = random.nextBoolean();
            close(f.pool, byAgent, "drain");
            closings.incrementAndGet();
            f.pass(Duration.ofMillis(random.nextInt(500)));
            f.probe("d", random.nextBoolean());
            f.pool.weight("c", random.nextInt(1, 5));
            closings.incrementAndGet();
            close(f.pool, byAgent, "ready");
        }
        f.pool.weight("c", 3);
        f.probe("dd", true);
    }

    private static void close(Pool pool, boolean byAgent, String word) {
        if (byAgent) {
            pool.probed("a", ProbeResult.PASSED.with(new UpstreamReport(Double.NaN, -1, null, word)));
        } else {
            pool.weight("a", word.equals("ready") ? 1 : 0);
        }
    }

    private void request(Pool pool, SplittableRandom random) {
        try {
            while (!over) {
                long before = closings.get();
                Lease lease = pool.acquire(new Selection(0));
                if (lease == null) {
                    problems.add("nobody");
                    return;
                }
                if (before % 2 == 1
                        && closings.get() == before
                        && lease.upstream().id().equals("a")) {
                    problems.add("a was handed out");
                }
                lease.answering(200);
                double rate = random.nextInt(1, 100);
                lease.reported(
                        new UpstreamReport(0.5 + random.nextInt(100) / 100.0, -1, new OrcaReport(0.5, rate, 0), null));
                lease.complete(Outcome.SUCCESS, null);
            }
        } catch (RuntimeException failure) {
            problems.add(failure.toString());
        } finally {
            done.countDown();
        }
    }
}
