package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Probes and ejections together; two failures take an upstream down, two passes bring it up. */
class ProbedPoolTest {

    private static final ProbeResult FAILED = ProbeResult.failed("status 503");

    private final List<List<String>> offered = new ArrayList<>();
    private long now = 1_000_000;
    /** What happens while the strategy makes a picker. */
    private Runnable meanwhile = () -> {};

    private Pool pool(int upstreams) {
        return new Pool(Configs.probed(config(upstreams)), new FirstOne(), () -> now);
    }

    private static PoolConfig config(int upstreams) {
        return Configs.pool(IntStream.range(0, upstreams)
                .mapToObj(i -> URI.create("http://127.0.0.1:" + (9000 + i)))
                .toList());
    }

    /** A strategy that always picks the first, remembers what it was offered and takes offence at nothing. */
    private final class FirstOne implements Strategy {
        @Override
        public Picker pickerFor(List<? extends Candidate> candidates) {
            assertThat(candidates).isNotEmpty();
            offered.add(candidates.stream().map(Candidate::id).toList());
            meanwhile.run();
            return (hash, attempt) -> 0;
        }
    }

    private static void pass(Pool pool, String... ids) {
        for (String id : ids) {
            pool.probed(id, ProbeResult.PASSED);
        }
    }

    private static void fail(Pool pool, String... ids) {
        for (String id : ids) {
            pool.probed(id, FAILED);
        }
    }

    private static List<String> eligible(Pool pool) {
        return pool.status().stream()
                .filter(UpstreamStatus::eligible)
                .map(UpstreamStatus::id)
                .toList();
    }

    /** Whom a request that fails everywhere tries, in order. */
    private static List<String> tried(Pool pool) {
        Selection selection = new Selection(0);
        List<String> order = new ArrayList<>();
        for (Lease lease = pool.acquire(selection); lease != null; lease = pool.acquire(selection)) {
            order.add(lease.upstream().id());
            lease.complete(Outcome.BROKEN, null);
        }
        return order;
    }

    private static void refuse(Pool pool) {
        pool.acquire(new Selection(0)).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
    }

    /** It is seen to be up before it is among those that the strategy chooses from, and was taken for full then. */
    @Test
    void aRequestThatComesWhileSomebodyComesUpWaitsForThat() throws Exception {
        Pool pool = pool(1);
        AtomicReference<Lease> lease = new AtomicReference<>();
        Thread request = new Thread(() -> lease.set(pool.acquire(new Selection(0))));
        meanwhile = () -> {
            request.start();
            BalancedServer.await(
                    "it waits, or was refused", () -> request.getState() == Thread.State.WAITING || !request.isAlive());
        };
        pass(pool, "u0");
        request.join(10_000);
        assertThat(lease.get()).isNotNull();
    }

    @Test
    void nobodyIsEligibleBeforeTheFirstProbePasses() {
        Pool pool = pool(2);

        assertThat(eligible(pool)).isEmpty();
        assertThat(pool.acquire(new Selection(0))).isNull();
        assertThat(offered).isEmpty();
        fail(pool, "u0");
        assertThat(tried(pool)).isEmpty();
        pass(pool, "u0");
        assertThat(tried(pool)).containsExactly("u0");
        pass(pool, "u1");
        assertThat(tried(pool)).containsExactly("u0", "u1");
    }

    @Test
    void aPoolWithoutProbesStartsUpAndTakesNone() {
        Pool pool = new Pool(config(2), new FirstOne(), () -> now);

        assertThat(eligible(pool)).containsExactly("u0", "u1");
        assertThatThrownBy(() -> pool.probed("u0", FAILED)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool(1).probed("u7", FAILED)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUpstreamLeavesByFallAndReturnsByRise() {
        Pool pool = pool(3);
        pass(pool, "u0", "u1", "u2");

        assertThat(pool.probed("u0", FAILED)).isEqualTo(new ProbeState(true, true, 1));
        assertThat(eligible(pool)).containsExactly("u0", "u1", "u2");
        fail(pool, "u0");
        assertThat(eligible(pool)).containsExactly("u1", "u2");
        assertThat(tried(pool)).containsExactly("u1", "u2");
        assertThat(pool.probed("u0", ProbeResult.PASSED).up()).isFalse();
        assertThat(eligible(pool)).containsExactly("u1", "u2");
        pass(pool, "u0");
        assertThat(eligible(pool)).containsExactly("u0", "u1", "u2");
    }

    @Test
    void onlyFlipsMakeANewSnapshot() {
        Pool pool = pool(2);
        pass(pool, "u0", "u1");
        offered.clear();

        pass(pool, "u0", "u1");
        fail(pool, "u0");
        pass(pool, "u0");
        assertThat(offered).isEmpty();
        fail(pool, "u0", "u0");
        assertThat(offered).containsExactly(List.of("u1"));
    }

    @Test
    void allMayBeDownAndThenTheFirstPassSuffices() {
        Pool pool = pool(2);
        pass(pool, "u0", "u1");
        fail(pool, "u0", "u1", "u0", "u1");

        assertThat(pool.acquire(new Selection(0))).isNull();
        pass(pool, "u1");
        assertThat(eligible(pool)).containsExactly("u1");
        // From now on there is somebody, so the other one has to show more.
        pass(pool, "u0");
        assertThat(eligible(pool)).containsExactly("u1");
        pass(pool, "u0");
        assertThat(eligible(pool)).containsExactly("u0", "u1");
    }

    @Test
    void anEjectedOneIsTriedWhileItsProbeSaysUpAndNotOtherwise() {
        Pool pool = pool(2);
        pass(pool, "u0", "u1");
        refuse(pool);
        assertThat(eligible(pool)).containsExactly("u1");
        assertThat(tried(pool)).containsExactly("u1", "u0");

        fail(pool, "u0", "u0");
        now += Duration.ofMinutes(1).toNanos();
        assertThat(tried(pool)).containsExactly("u1");
    }

    @Test
    void anEjectedOneIsTheLastResortWhenTheOthersAreDown() {
        Pool pool = pool(2);
        pass(pool, "u0", "u1");
        refuse(pool);
        fail(pool, "u1", "u1");

        assertThat(eligible(pool)).isEmpty();
        Lease lease = pool.acquire(new Selection(0));
        assertThat(lease.upstream().id()).isEqualTo("u0");
        lease.answering(200);
        lease.complete(Outcome.SUCCESS, null);
        assertThat(eligible(pool)).containsExactly("u0");
    }

    @Test
    void theLastEligibleOneIsNotEjectedHoweverManyAreDown() {
        Pool pool = pool(3);
        pass(pool, "u0");

        refuse(pool);
        assertThat(eligible(pool)).containsExactly("u0");
        assertThat(pool.status().get(0).ejections()).isZero();
    }

    @Test
    void whoIsDownByItsProbesIsNotEjectedByAttemptsThatWereUnderWay() {
        Pool pool = pool(3);
        pass(pool, "u0", "u1", "u2");
        Lease lease = pool.acquire(new Selection(0));
        fail(pool, "u0", "u0");

        lease.complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
        assertThat(pool.status().get(0).ejections()).isZero();
    }

    @Test
    void comingUpEndsAnEjectionAndBeingUpDoesNot() {
        Pool pool = pool(2);
        pass(pool, "u0", "u1");
        refuse(pool);
        pass(pool, "u0", "u0", "u0");
        assertThat(eligible(pool)).containsExactly("u1");

        fail(pool, "u0", "u0");
        pass(pool, "u0", "u0");
        assertThat(eligible(pool)).containsExactly("u0", "u1");
        assertThat(pool.status().get(0).ejections()).isZero();
    }

    @Test
    void aStaleConnectionIsNoReasonToReturnToWhoIsDown() {
        Pool pool = pool(1);
        pass(pool, "u0");
        Selection selection = new Selection(0);
        pool.acquire(selection).complete(Outcome.BROKEN, null);
        selection.forgive(pool.upstreams().get(0), false);
        fail(pool, "u0", "u0");

        assertThat(pool.acquire(selection)).isNull();
    }
}
