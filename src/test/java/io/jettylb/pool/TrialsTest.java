package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.EjectConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.health.Ejection.Reason;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** When and how ejected upstreams come back, in virtual time. */
class TrialsTest {

    private static final Duration EJECT = Duration.ofSeconds(30);

    private static PoolFixture pool(int size) {
        EjectConfig eject = new EjectConfig(EJECT, Duration.ofSeconds(300), 0, 0.34, false);
        PoolFixture f = new PoolFixture().outlier(OutlierConfig.DEFAULT.with(eject));
        for (int i = 0; i < size; i++) {
            f.member(1);
        }
        return f.start();
    }

    /** When there is room again, whoever goes on failing takes it. */
    @Test
    void whoWasSparedIsEjectedLater() {
        PoolFixture f = pool(2);
        f.answers("a", 503, 503, 503, 503, 503);
        f.answers("b", 503, 503, 503, 503, 503, 503, 503);
        assertThat(f.eligible()).isEqualTo("b");
        f.pass(EJECT);
        f.served(new Selection(0));
        assertThat(f.eligible()).isEqualTo("ab");
        f.answers("b", 503, 503, 503, 503, 503);
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void aTrialThatIsAnsweredWellBringsItBack() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        f.pass(EJECT.minusNanos(1));
        assertThat(f.counts(10)).containsOnlyKeys("a");
        f.pass(Duration.ofNanos(1));
        Lease trial = f.trial("b");
        assertThat(f.counts(10)).containsOnlyKeys("a");
        trial.answering(200);
        assertThat(f.eligible()).isEqualTo("ab");
        assertThat(f.ejection(1)).isNull();
        trial.complete(Outcome.SUCCESS, null);
        assertThat(f.counts(10)).containsEntry("b", 5);
    }

    /** Or it would use up its attempts, while others could serve it. */
    @Test
    void aRequestIsTheTrialOfOneOnly() {
        PoolFixture f = pool(5);
        for (String id : List.of("c", "d", "e")) {
            Selection selection = new Selection(0);
            selection.prefer(id, true);
            f.pool.acquire(selection).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
        }
        assertThat(f.eligible()).isEqualTo("ab");
        f.pass(Duration.ofSeconds(2));
        Selection selection = new Selection(0);
        Lease trial = f.pool.acquire(selection);
        assertThat(trial.isTrial()).isTrue();
        trial.complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
        Lease retry = f.pool.acquire(selection);
        assertThat(retry.upstream().id()).isIn("a", "b");
        assertThat(f.pool.acquire(new Selection(0)).isTrial())
                .as("of another request")
                .isTrue();
    }

    /** A client may send its request as slowly as it likes: nobody else would find out. */
    @Test
    void aTrialThatTakesTooLongIsAnothersToo() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        f.pass(EJECT);
        Lease slow = f.trial("b");
        f.pass(Duration.ofNanos(TrialRight.PATIENCE_NANOS - 1));
        assertThat(f.counts(10)).containsOnlyKeys("a");
        f.pass(Duration.ofNanos(1));
        Lease second = f.trial("b");
        slow.complete(Outcome.CANCELLED, null);
        assertThat(f.counts(10)).as("the second is still under way").containsOnlyKeys("a");
        second.answering(200);
        assertThat(f.eligible()).isEqualTo("ab");
    }

    @Test
    void failedTrialsAreFewerAndFewer() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        int trials = 0;
        for (int second = 0; second < 3_600; second++) {
            f.pass(Duration.ofSeconds(1));
            Lease lease = f.pool.acquire(new Selection(0));
            boolean failing = lease.upstream().id().equals("b");
            trials += failing ? 1 : 0;
            lease.answering(failing ? 503 : 200);
            lease.complete(failing ? Outcome.ERROR_RESPONSE : Outcome.SUCCESS, null);
        }
        // After 30, 90, 180, … 1650 s, and then every 300 s.
        assertThat(trials).isEqualTo(16);
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void errorsDoNotBringBackWhoWasEjectedForErrors() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 20; i++) {
            f.answer("b", 500);
        }
        f.pass(EJECT);
        Lease trial = f.trial("b");
        trial.answering(500);
        trial.complete(Outcome.ERROR_RESPONSE, null);
        assertThat(f.eligible()).isEqualTo("a");
        assertThat(f.ejection(1)).isEqualTo(new EjectionStatus(Reason.FAILURE_RATE, 2, EJECT.multipliedBy(2)));
    }

    /** A trial is to show that the response does not break off, either, but nobody waits for hours for that. */
    @Test
    void aTrialThatBreaksOffEjectsAgainAtOnce() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 5; i++) {
            f.end("b", Outcome.BROKEN);
        }
        f.pass(EJECT);
        Lease trial = f.trial("b");
        trial.answering(200);
        assertThat(f.eligible()).isEqualTo("ab");
        trial.complete(Outcome.BROKEN, null);
        assertThat(f.eligible()).isEqualTo("a");
        assertThat(f.ejection(1).times()).isEqualTo(2);
    }

    @Test
    void aSuccessAfterTheReturnGivesItItsFiveFailuresBack() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        f.pass(EJECT);
        f.served(new Selection(0));
        f.answers("b", 503, 503, 503, 503);
        assertThat(f.eligible()).isEqualTo("ab");
        f.answer("b", 503);
        assertThat(f.ejection(1).times()).isEqualTo(2);
    }

    @Test
    void timeInServiceIsRemembered() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        f.pass(EJECT);
        f.served(new Selection(0));
        f.pass(EJECT);
        f.answers("b", 503, 503, 503, 503, 503);
        assertThat(f.ejection(1)).isEqualTo(new EjectionStatus(Reason.CONSECUTIVE_FAILURES, 1, EJECT));
    }

    @Test
    void aTrialThatIsNobodysFaultIsFollowedByAnother() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        f.pass(EJECT);
        f.trial("b").complete(Outcome.CANCELLED, null);
        assertThat(f.ejection(1)).isEqualTo(new EjectionStatus(Reason.CONSECUTIVE_FAILURES, 1, Duration.ZERO));
        f.trial("b").complete(Outcome.TIMED_OUT, new TimeoutException());
        assertThat(f.ejection(1).times()).isEqualTo(2);
    }

    @Test
    void whoIsEjectedForFailuresAndThenGoneIsBackSoonAfterItsRestart() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        f.pass(EJECT);
        f.trial("b").complete(Outcome.CONNECT_FAILED, null);
        assertThat(f.ejection(1)).isEqualTo(new EjectionStatus(Reason.REFUSED, 1, Duration.ofSeconds(1)));
        f.pass(Duration.ofSeconds(1));
        Lease warming = f.trial("b");
        warming.answering(503);
        warming.complete(Outcome.ERROR_RESPONSE, null);
        assertThat(f.ejection(1)).isEqualTo(new EjectionStatus(Reason.REFUSED, 2, Duration.ofSeconds(2)));
        f.pass(Duration.ofSeconds(2));
        f.served(new Selection(0));
        assertThat(f.eligible()).isEqualTo("ab");
    }

    /** Whoever comes and goes is away for longer each time. */
    @Test
    void flappingMakesEjectionsLonger() {
        PoolFixture f = pool(2);
        StringBuilder times = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            f.end("b", Outcome.CONNECT_FAILED);
            Duration left = f.ejection(1).left();
            times.append(left.toSeconds()).append(' ');
            f.pass(left);
            f.served(new Selection(0));
            f.pass(Duration.ofSeconds(2));
        }
        assertThat(times).hasToString("1 2 4 8 10 10 ");
    }

    @Test
    void boundClientsWaitForTheTrialToo() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503, 503);
        assertThat(f.served(PoolFixture.boundTo("b"))).isEqualTo("a");
    }

    @Test
    void aPassedProbeMayEndAnEjection() {
        EjectConfig eject = new EjectConfig(EJECT, Duration.ofSeconds(300), 0, 0.34, true);
        PoolFixture f = new PoolFixture()
                .probed()
                .outlier(OutlierConfig.DEFAULT.with(eject))
                .member(1)
                .member(1)
                .start();
        f.probe("ab", true);
        f.answers("b", 503, 503, 503, 503, 503);
        f.probe("b", false);
        assertThat(f.eligible()).isEqualTo("a");
        f.probe("b", true);
        assertThat(f.eligible()).isEqualTo("ab");
        f.answer("b", 503);
        assertThat(f.ejection(1).times()).isEqualTo(2);
    }
}
