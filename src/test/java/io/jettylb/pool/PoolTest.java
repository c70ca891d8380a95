package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PoolTest {

    private long now = 1_000_000;

    private Pool pool(int upstreams) {
        List<URI> uris = IntStream.range(0, upstreams)
                .mapToObj(i -> URI.create("http://127.0.0.1:" + (9000 + i)))
                .toList();
        PoolConfig config = Configs.pool(uris);
        Random random = new Random(1);
        return new Pool(config, Strategies.installed().create(config.strategy(), () -> random, () -> now), () -> now);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private static String next(Pool pool) {
        return end(pool.acquire(new Selection(0)), Outcome.SUCCESS);
    }

    private static String end(Lease lease, Outcome outcome) {
        lease.complete(outcome, outcome == Outcome.CONNECT_FAILED ? new ConnectException("refused") : null);
        return lease.upstream().id();
    }

    /** Has one upstream refuse a connection. */
    private static void refuse(Pool pool, String id) {
        while (true) {
            Lease lease = pool.acquire(new Selection(0));
            boolean wanted = lease.upstream().id().equals(id);
            end(lease, wanted ? Outcome.CONNECT_FAILED : Outcome.SUCCESS);
            if (wanted) {
                return;
            }
        }
    }

    private static List<String> eligible(Pool pool) {
        return pool.status().stream()
                .filter(UpstreamStatus::eligible)
                .map(UpstreamStatus::id)
                .toList();
    }

    /** By a key's order, who follows an upstream that is out already is the first of those that are left. */
    @Test
    void aStrategyIsToldHowManyOfItsCandidatesWereTried() {
        List<URI> uris = List.of(URI.create("http://h:1"), URI.create("http://h:2"), URI.create("http://h:3"));
        List<String> asked = new ArrayList<>();
        Strategy inOrder = candidates -> (hash, attempt) -> {
            asked.add(attempt + " of " + candidates.size());
            return attempt % candidates.size();
        };
        Pool pool = new Pool(Configs.pool(uris), inOrder, () -> now);

        Selection broken = new Selection(7);
        assertThat(end(pool.acquire(broken), Outcome.BROKEN)).isEqualTo("u0");
        assertThat(end(pool.acquire(broken), Outcome.SUCCESS)).isEqualTo("u1");
        assertThat(asked).containsExactly("0 of 3", "1 of 3");
        asked.clear();

        Selection refused = new Selection(7);
        assertThat(end(pool.acquire(refused), Outcome.CONNECT_FAILED)).isEqualTo("u0");
        assertThat(end(pool.acquire(refused), Outcome.SUCCESS)).isEqualTo("u1");
        assertThat(asked).containsExactly("0 of 3", "0 of 2");
    }

    @Test
    void aRefusedConnectionEjectsUntilATrialSucceeds() {
        Pool pool = pool(3);
        refuse(pool, "u1");
        assertThat(eligible(pool)).containsExactly("u0", "u2");
        for (int i = 0; i < 20; i++) {
            assertThat(next(pool)).isNotEqualTo("u1");
        }
        pass(Duration.ofSeconds(1));
        Lease trial = pool.acquire(new Selection(0));
        assertThat(trial.upstream().id()).isEqualTo("u1");
        // One trial at a time.
        assertThat(next(pool)).isNotEqualTo("u1");
        trial.answering(200);
        assertThat(eligible(pool)).containsExactly("u0", "u1", "u2");
        end(trial, Outcome.SUCCESS);
        assertThat(IntStream.range(0, 3).mapToObj(i -> next(pool))).containsExactlyInAnyOrder("u0", "u1", "u2");
    }

    @Test
    void aFailedTrialEjectsForLonger() {
        Pool pool = pool(3);
        refuse(pool, "u1");
        pass(Duration.ofSeconds(1));
        refuse(pool, "u1");
        pass(Duration.ofMillis(1999));
        for (int i = 0; i < 10; i++) {
            assertThat(next(pool)).isNotEqualTo("u1");
        }
        pass(Duration.ofMillis(1));
        assertThat(next(pool)).isEqualTo("u1");
        assertThat(pool.status().get(1).ejections()).isEqualTo(2);
    }

    @Test
    void aTrialThatIsAnsweredForHoursDoesNotKeepTheNextOneFromTrying() {
        Pool pool = pool(2);
        refuse(pool, "u1");
        pass(Duration.ofHours(1));
        Lease stream = pool.acquire(new Selection(0));
        assertThat(stream.upstream().id()).isEqualTo("u1");
        stream.answering(200);
        refuse(pool, "u1");
        pass(Duration.ofHours(1));
        Lease next = pool.acquire(new Selection(0));
        assertThat(next.upstream().id()).isEqualTo("u1");
        // The end of the first one is not the end of the second.
        stream.complete(Outcome.SUCCESS, null);
        assertThat(pool.acquire(new Selection(0)).upstream().id()).isEqualTo("u0");
        next.complete(Outcome.CANCELLED, null);
    }

    @Test
    void aTrialThatEndsWithoutAVerdictLeavesRoomForAnother() {
        Pool pool = pool(2);
        refuse(pool, "u1");
        pass(Duration.ofSeconds(1));
        Lease trial = pool.acquire(new Selection(0));
        assertThat(end(trial, Outcome.CANCELLED)).isEqualTo("u1");
        assertThat(eligible(pool)).containsExactly("u0");
        assertThat(pool.acquire(new Selection(0)).upstream().id()).isEqualTo("u1");
    }

    @Test
    void failuresOfAttemptsAlreadyUnderWayCountOnce() {
        Pool pool = pool(2);
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            leases.add(pool.acquire(new Selection(0)));
        }
        leases.stream().filter(l -> l.upstream().id().equals("u1")).forEach(l -> end(l, Outcome.CONNECT_FAILED));
        assertThat(pool.status().get(1).ejections()).isEqualTo(1);
        pass(Duration.ofSeconds(1));
        assertThat(next(pool)).isEqualTo("u1");
    }

    @Test
    void theLastOneIsNeverEjected() {
        Pool pool = pool(3);
        refuse(pool, "u0");
        refuse(pool, "u1");
        refuse(pool, "u2");
        refuse(pool, "u2");
        assertThat(eligible(pool)).containsExactly("u2");
        Pool alone = pool(1);
        refuse(alone, "u0");
        assertThat(eligible(alone)).containsExactly("u0");
    }

    @Test
    void aRequestTriesEachUpstreamOnceTheEjectedOnesLast() {
        Pool pool = pool(4);
        refuse(pool, "u3");
        Selection selection = new Selection(0);
        List<String> order = new ArrayList<>();
        for (Lease lease = pool.acquire(selection); lease != null; lease = pool.acquire(selection)) {
            order.add(end(lease, Outcome.BROKEN));
        }
        assertThat(order).hasSize(4).doesNotHaveDuplicates();
        assertThat(order.get(3)).isEqualTo("u3");
    }

    @Test
    void anEjectedOneThatAnswersAsTheLastResortIsBack() {
        Pool pool = pool(2);
        refuse(pool, "u1");
        Selection selection = new Selection(0);
        end(pool.acquire(selection), Outcome.BROKEN);
        Lease last = pool.acquire(selection);
        assertThat(last.upstream().id()).isEqualTo("u1");
        last.answering(200);
        end(last, Outcome.SUCCESS);
        assertThat(eligible(pool)).containsExactly("u0", "u1");
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"SUCCESS", "ERROR_RESPONSE", "CANCELLED"})
    void outcomesThatAreNobodysFaultEjectNobody(Outcome outcome) {
        Pool pool = pool(2);
        for (int i = 0; i < 1_000; i++) {
            end(pool.acquire(new Selection(0)), outcome);
        }
        assertThat(eligible(pool)).containsExactly("u0", "u1");
    }

    @Test
    void aLeaseEndsOnce() {
        Pool pool = pool(2);
        Lease lease = pool.acquire(new Selection(0));
        Lease other = pool.acquire(new Selection(0));
        assertThat(pool.status()).extracting(UpstreamStatus::inFlight).containsExactly(1, 1);
        lease.complete(Outcome.SUCCESS, null);
        lease.complete(Outcome.CONNECT_FAILED, null);
        lease.complete(Outcome.SUCCESS, null);
        other.complete(Outcome.CANCELLED, null);
        assertThat(pool.status()).extracting(UpstreamStatus::inFlight).containsExactly(0, 0);
        assertThat(eligible(pool)).hasSize(2);
    }

    @Test
    void countsReturnToZeroAfterAStorm() throws Exception {
        Pool pool = pool(5);
        int threads = 8;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            Random random = new Random(t);
            executor.execute(() -> {
                for (int i = 0; i < 5_000; i++) {
                    Selection selection = new Selection(i);
                    Lease lease = pool.acquire(selection);
                    Lease second = random.nextBoolean() ? pool.acquire(selection) : null;
                    Outcome[] outcomes = Outcome.values();
                    end(lease, outcomes[random.nextInt(outcomes.length)]);
                    if (second != null) {
                        second.answering(200);
                        end(second, outcomes[random.nextInt(outcomes.length)]);
                    }
                }
                done.countDown();
            });
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        executor.shutdown();
        assertThat(pool.status()).allMatch(u -> u.inFlight() == 0);
        assertThat(eligible(pool)).isNotEmpty();
        // No trial got stuck: after a long time everybody gets one again.
        pass(Duration.ofMinutes(10));
        Selection all = new Selection(0);
        List<Lease> leases = new ArrayList<>();
        for (Lease lease = pool.acquire(all); lease != null; lease = pool.acquire(all)) {
            lease.answering(200);
            leases.add(lease);
        }
        leases.forEach(l -> end(l, Outcome.SUCCESS));
        assertThat(eligible(pool)).hasSize(5);
    }
}
