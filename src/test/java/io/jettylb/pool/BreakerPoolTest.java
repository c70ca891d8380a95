package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.BreakerConfig;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.QueueConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.BreakerState.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a pool's breaker counts, and what it refuses. */
class BreakerPoolTest {

    private static final BreakerConfig BREAKER =
            new BreakerConfig(0.9, 10, Duration.ofSeconds(10), Duration.ofSeconds(5), 2);

    private final PoolFixture f = new PoolFixture()
            .member(1)
            .member(1)
            .limits(new LimitsConfig(UpstreamConfig.UNLIMITED, null, null, BREAKER))
            .start();

    private void attempts(int count, int status, Outcome outcome) {
        for (int i = 0; i < count; i++) {
            Lease lease = f.pool.acquire(new Selection(0));
            if (status > 0) {
                lease.answering(status);
            }
            lease.complete(outcome, null);
        }
    }

    private Mode mode() {
        return f.pool.load().breaker();
    }

    private void assertRefused() {
        Selection selection = new Selection(0);
        assertThat(f.pool.acquire(selection)).isNull();
        assertThat(selection.refusal()).isEqualTo(Refusal.BREAKER_OPEN);
    }

    @Test
    void allKindsOfFailuresCountAndThoseOfClientsDoNot() {
        attempts(3, 500, Outcome.ERROR_RESPONSE);
        attempts(3, 0, Outcome.BROKEN);
        attempts(3, 0, Outcome.TIMED_OUT);
        attempts(50, 0, Outcome.CANCELLED);
        assertThat(mode()).isEqualTo(Mode.CLOSED);
        attempts(1, 0, Outcome.CONNECT_FAILED);
        assertThat(mode()).isEqualTo(Mode.OPEN);
        assertRefused();
    }

    @Test
    void anAnswerOfATrialDecidesBeforeItHasEnded() {
        attempts(10, 502, Outcome.ERROR_RESPONSE);
        f.pass(Duration.ofSeconds(5));
        Lease first = f.pool.acquire(new Selection(0));
        Lease second = f.pool.acquire(new Selection(0));
        assertRefused();
        first.answering(200);
        assertThat(mode()).isEqualTo(Mode.HALF_OPEN);
        second.answering(404);
        assertThat(mode()).isEqualTo(Mode.CLOSED);
        // They were heard.
        first.complete(Outcome.BROKEN, null);
        second.complete(Outcome.BROKEN, null);
        attempts(9, 0, Outcome.BROKEN);
        assertThat(mode()).isEqualTo(Mode.CLOSED);
        attempts(1, 0, Outcome.BROKEN);
        assertThat(mode()).isEqualTo(Mode.OPEN);
    }

    @Test
    void aTrialThatFailsOrIsCancelled() {
        attempts(10, 502, Outcome.ERROR_RESPONSE);
        f.pass(Duration.ofSeconds(5));
        f.pool.acquire(new Selection(0)).complete(Outcome.CANCELLED, null);
        f.pool.acquire(new Selection(0)).complete(Outcome.CANCELLED, null);
        f.pool.acquire(new Selection(0)).complete(Outcome.CANCELLED, null);
        assertThat(mode()).isEqualTo(Mode.HALF_OPEN);
        Lease trial = f.pool.acquire(new Selection(0));
        trial.answering(503);
        assertThat(mode()).isEqualTo(Mode.OPEN);
        trial.complete(Outcome.ERROR_RESPONSE, null);
        assertRefused();
    }

    @Test
    void attemptsThatTimeOutLongAfterItHasClosedAgainDoNotOpenIt() {
        List<Lease> old = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            old.add(f.pool.acquire(new Selection(0)));
        }
        attempts(10, 502, Outcome.ERROR_RESPONSE);
        assertThat(mode()).isEqualTo(Mode.OPEN);
        f.pass(Duration.ofSeconds(5));
        for (int i = 0; i < 2; i++) {
            f.pool.acquire(new Selection(0)).complete(Outcome.SUCCESS, null);
        }
        assertThat(mode()).isEqualTo(Mode.CLOSED);
        old.forEach(lease -> lease.complete(Outcome.TIMED_OUT, null));
        assertThat(mode()).isEqualTo(Mode.CLOSED);
    }

    /** A trial for which there is no room leaves the breaker as it was. */
    @Test
    void aTrialNeedsRoom() {
        f.pool.limits(new LimitsConfig(1, null, null, BREAKER));
        attempts(10, 502, Outcome.ERROR_RESPONSE);
        f.pass(Duration.ofSeconds(5));
        Lease trial = f.pool.acquire(new Selection(0));
        Selection second = new Selection(0);
        for (int i = 0; i < 5; i++) {
            assertThat(f.pool.acquire(second)).isNull();
            assertThat(second.refusal()).isEqualTo(Refusal.FULL);
        }
        trial.complete(Outcome.SUCCESS, null);
        f.pool.acquire(second).complete(Outcome.SUCCESS, null);
        assertThat(mode()).isEqualTo(Mode.CLOSED);
    }

    @Test
    void whoWaitsIsRefusedWhenItOpens() {
        f.pool.limits(new LimitsConfig(1, new QueueConfig(9, Duration.ofSeconds(1)), null, BREAKER));
        attempts(9, 502, Outcome.ERROR_RESPONSE);
        Lease tenth = f.pool.acquire(new Selection(0));
        List<Acquired> answers = new ArrayList<>();
        assertThat(f.pool.await(new Waiting(new Selection(0), answers::add))).isTrue();
        assertThat(answers).isEmpty();
        tenth.complete(Outcome.BROKEN, null);
        assertThat(answers).containsExactly(Refusal.BREAKER_OPEN);
    }

    @Test
    void otherRulesBeginAnewAndTheSameGoOn() {
        attempts(10, 502, Outcome.ERROR_RESPONSE);
        f.pool.limits(new LimitsConfig(7, null, null, BREAKER));
        assertThat(mode()).isEqualTo(Mode.OPEN);
        f.pool.limits(new LimitsConfig(7, null, null, new BreakerConfig(1, 1, BREAKER.window(), BREAKER.open(), 1)));
        assertThat(mode()).isEqualTo(Mode.CLOSED);
        f.pool.limits(LimitsConfig.NONE);
        attempts(10, 502, Outcome.ERROR_RESPONSE);
        assertThat(mode()).isEqualTo(Mode.CLOSED);
    }
}
