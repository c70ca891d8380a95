package io.jettylb.pool;

import static io.jettylb.config.UpstreamConfig.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code max-requests}. */
class LimitsTest {

    @Test
    void aFullUpstreamIsPassedOverAndAllFullIsNobody() {
        PoolFixture f =
                new PoolFixture().member(1, 1, 0, "").member(1, 2, 0, "").start();

        Set<String> first = new HashSet<>(List.of(f.hold(), f.hold(), f.hold()));
        assertThat(first).containsExactly("a", "b");
        assertThat(f.hold()).isNull();
        assertThat(f.pool.status()).extracting(UpstreamStatus::inFlight).containsExactly(1, 2);
        f.release("a");
        assertThat(f.hold()).isEqualTo("a");
        assertThat(f.hold()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "least-request", "random", "power-of-two"})
    void theOthersShareWhatAFullOneCannotTake(String strategy) {
        PoolFixture f = new PoolFixture()
                .strategy(strategy)
                .member(1, 1, 0, "")
                .member(1)
                .member(1)
                .member(1)
                .start();
        // The limited one is full from its first request on, which never ends.
        int[] counts = new int[4];
        for (int i = 0; i < 301; i++) {
            counts[f.hold().charAt(0) - 'a']++;
        }

        assertThat(counts[0]).isEqualTo(1);
        for (int other = 1; other < 4; other++) {
            assertThat(counts[other]).as(strategy).isBetween(75, 125);
        }
    }

    @Test
    void neverMoreUnderConcurrency() throws Exception {
        PoolFixture f =
                new PoolFixture().member(1, 3, 0, "").member(1, 5, 0, "").start();
        AtomicInteger[] inFlight = {new AtomicInteger(), new AtomicInteger()};
        int[] max = {3, 5};
        AtomicBoolean exceeded = new AtomicBoolean();
        AtomicInteger refused = new AtomicInteger();
        int threads = 12;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            executor.execute(() -> {
                for (int i = 0; i < 5_000; i++) {
                    Lease lease = f.pool.acquire(new Selection(0));
                    if (lease == null) {
                        refused.incrementAndGet();
                        continue;
                    }
                    int index = lease.upstream().id().charAt(0) - 'a';
                    if (inFlight[index].incrementAndGet() > max[index]) {
                        exceeded.set(true);
                    }
                    Thread.yield();
                    inFlight[index].decrementAndGet();
                    lease.complete(Outcome.SUCCESS, null);
                }
                done.countDown();
            });
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        executor.shutdown();

        assertThat(exceeded).isFalse();
        assertThat(f.pool.status()).allMatch(status -> status.inFlight() == 0);
        for (int i = 0; i < 8; i++) {
            assertThat(f.hold()).isNotNull();
        }
        assertThat(f.hold()).isNull();
    }

    @Test
    void aBoundClientOfAFullUpstreamGetsAnotherAndStaysBound() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").member(1).start();
        Lease only = f.pool.acquire(PoolFixture.boundTo("a"));
        assertThat(only.upstream().id()).isEqualTo("a");

        Selection selection = PoolFixture.boundTo("a");
        assertThat(f.served(selection)).isEqualTo("b");
        assertThat(selection.keepsBond()).isTrue();
        only.complete(Outcome.SUCCESS, null);
        Selection later = PoolFixture.boundTo("a");
        assertThat(f.served(later)).isEqualTo("a");
        assertThat(later.keepsBond()).isFalse();
    }

    @Test
    void whereNoOtherWillDoAFullOneIsNobody() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").member(1).start();
        Lease only = f.pool.acquire(PoolFixture.boundTo("a"));
        Selection selection = new Selection(0);
        selection.prefer("a", true);

        assertThat(f.pool.acquire(selection)).isNull();
        only.complete(Outcome.SUCCESS, null);
        assertThat(f.served(selection)).isEqualTo("a");
    }

    @Test
    void aTrialCountsAndAFullUpstreamGetsNone() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, UNLIMITED, 0, "")
                .start();
        f.refuse("a");
        f.pass(java.time.Duration.ofSeconds(1));
        Lease trial = f.pool.acquire(new Selection(0));
        assertThat(trial.upstream().id()).isEqualTo("a");
        // The trial is back, and what has answered goes on: there is no room.
        trial.answering(200);
        assertThat(f.next()).isEqualTo("b");
        assertThat(f.next()).isEqualTo("b");
        trial.complete(Outcome.SUCCESS, null);
        assertThat(f.counts(10)).containsOnlyKeys("a", "b");
    }

    @Test
    void aForgivenOneNeedsRoom() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").start();
        Selection selection = new Selection(0);
        f.pool.acquire(selection).complete(Outcome.BROKEN, null);
        selection.forgive(f.pool.upstreams().get(0), false);
        assertThat(f.hold()).isEqualTo("a");

        assertThat(f.pool.acquire(selection)).isNull();
    }
}
