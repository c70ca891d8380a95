package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.EjectConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.Ejection.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that fail requests are left out, in virtual time. */
class OutlierPoolTest {

    private static final Duration EJECT = Duration.ofSeconds(30);

    private static OutlierConfig config(int inARow, double rate, Duration slow, double factor, EjectConfig eject) {
        return new OutlierConfig(
                true, inARow, rate, 20, Duration.ofSeconds(10), slow, factor, 100, eject, PanicConfig.OFF);
    }

    private static EjectConfig eject(double most) {
        return new EjectConfig(EJECT, Duration.ofSeconds(300), 0, most, false);
    }

    private static final OutlierConfig DEFAULT = config(5, 0.5, Duration.ZERO, 1.9, eject(0.34));

    private static PoolFixture pool(int size, OutlierConfig config) {
        PoolFixture f = new PoolFixture().outlier(config);
        for (int i = 0; i < size; i++) {
            f.member(1);
        }
        return f.start();
    }

    private static PoolFixture pool(int size) {
        return pool(size, DEFAULT);
    }

    @Test
    void fiveFailuresInARowEject() {
        PoolFixture f = pool(3);
        f.answers("b", 502, 503, 504, 503);
        assertThat(f.eligible()).isEqualTo("abc");
        f.answer("b", 503);
        assertThat(f.eligible()).isEqualTo("ac");
        assertThat(f.ejection(1)).isEqualTo(new EjectionStatus(Reason.CONSECUTIVE_FAILURES, 1, EJECT));
        assertThat(f.counts(100)).containsOnlyKeys("a", "c");
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"BROKEN", "TIMED_OUT"})
    void soDoAttemptsThatComeToNoEnd(Outcome outcome) {
        PoolFixture f = pool(2);
        for (int i = 0; i < 5; i++) {
            f.end("b", outcome);
        }
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void soDoResponsesThatBreakOffHoweverWellTheyBegan() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 5; i++) {
            Lease lease = f.at("b");
            lease.answering(200);
            lease.complete(Outcome.BROKEN, null);
        }
        assertThat(f.eligible()).isEqualTo("a");
    }

    /** A response whose status says it all may be dropped for another attempt. */
    @Test
    void aFailedAnswerCountsOnceWhateverBecomesOfIt() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 4; i++) {
            Lease lease = f.at("b");
            lease.answering(503);
            lease.complete(i % 2 == 0 ? Outcome.CANCELLED : Outcome.BROKEN, null);
        }
        assertThat(f.eligible()).isEqualTo("ab");
        f.answer("b", 503);
        assertThat(f.eligible()).isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 304, 400, 404, 429, 501, 505})
    void anAnswerEndsTheRow(int status) {
        PoolFixture f = pool(2, config(5, 0, Duration.ZERO, 0, eject(0.34)));
        for (int i = 0; i < 20; i++) {
            f.answers("b", 503, 503, 503, 503, status);
        }
        assertThat(f.eligible()).isEqualTo("ab");
    }

    @Test
    void anErrorNeitherEndsTheRowNorBelongsToIt() {
        PoolFixture f = pool(2, config(5, 0, Duration.ZERO, 0, eject(0.34)));
        f.answers("b", 500, 500, 500, 500, 500, 500, 503, 500, 503, 500, 503, 500, 503, 500);
        assertThat(f.eligible()).isEqualTo("ab");
        f.answer("b", 503);
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void clientsThatLeaveBlameNobody() {
        PoolFixture f = pool(2);
        f.answers("b", 503, 503, 503, 503);
        for (int i = 0; i < 1_000; i++) {
            Lease lease = f.at("b");
            if (i % 2 == 0) {
                lease.answering(200);
            }
            lease.complete(Outcome.CANCELLED, null);
        }
        assertThat(f.eligible()).isEqualTo("ab");
    }

    @Test
    void halfOfTwentyRequestsWithErrorsEject() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 9; i++) {
            f.answers("b", 500, 200);
        }
        f.answer("b", 500);
        assertThat(f.eligible()).isEqualTo("ab");
        f.answer("b", 500);
        assertThat(f.eligible()).isEqualTo("a");
        assertThat(f.ejection(1).reason()).isEqualTo(Reason.FAILURE_RATE);
    }

    /** The window slides by a tenth of it. */
    @Test
    void whatIsOlderThanTheWindowIsForgotten() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 19; i++) {
            f.answer("b", 500);
        }
        f.pass(Duration.ofMillis(10_100));
        for (int i = 0; i < 19; i++) {
            f.answer("b", 500);
        }
        assertThat(f.eligible()).isEqualTo("ab");
        f.answer("b", 500);
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void whatIsYoungerCounts() {
        PoolFixture f = pool(2);
        f.answer("b", 200);
        for (int i = 0; i < 19; i++) {
            f.pass(Duration.ofMillis(450));
            f.answer("b", 500);
        }
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void manySuccessesOutweighThem() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 1_000; i++) {
            f.pass(Duration.ofMillis(10));
            f.answers("b", 200, 200, 200, 500);
        }
        assertThat(f.eligible()).isEqualTo("ab");
    }

    /** A success is dated to within a few requests: they must not keep one in service that does nothing but fail. */
    @Test
    void oldSuccessesAreForgottenEvenIfNobodyLookedAtTheClock() {
        PoolFixture f = pool(2);
        for (int i = 0; i < 10_000; i++) {
            f.answer("b", 200);
        }
        f.pass(Duration.ofSeconds(30));
        for (int i = 0; i < 20; i++) {
            f.answer("b", 500);
        }
        assertThat(f.eligible()).isEqualTo("a");
    }

    @Test
    void fewRequestsLookAtTheClock() {
        PoolFixture f = pool(2);
        f.clockReads = 0;
        f.counts(800);
        assertThat(f.clockReads).isEqualTo(100);
        PoolFixture off = pool(2, DEFAULT.on(false));
        off.clockReads = 0;
        off.counts(800);
        assertThat(off.clockReads).isZero();
    }

    @Test
    void slowAnswersAreFailures() {
        PoolFixture f = pool(2, config(5, 0.5, Duration.ofSeconds(2), 0, eject(0.34)));
        for (int i = 0; i < 5; i++) {
            assertThat(f.eligible()).isEqualTo("ab");
            answerLate(f, f.at("b"), 2_000);
        }
        assertThat(f.eligible()).isEqualTo("a");
        f.pass(EJECT);
        answerLate(f, f.trial("b"), 2_000);
        assertThat(f.eligible()).isEqualTo("a");
        f.pass(EJECT.multipliedBy(2));
        answerLate(f, f.trial("b"), 1_999);
        assertThat(f.eligible()).isEqualTo("ab");
    }

    private static void answerLate(PoolFixture f, Lease lease, int millis) {
        // What the client needs to send its request is not the upstream's time.
        f.pass(Duration.ofMinutes(1));
        lease.sent();
        f.pass(Duration.ofMillis(millis));
        lease.answering(200);
        lease.complete(Outcome.SUCCESS, null);
    }

    @Test
    void anAnswerBeforeTheEndOfTheRequestIsNotSlow() {
        PoolFixture f = pool(2, config(1, 0, Duration.ofSeconds(2), 0, eject(0.34)));
        Lease lease = f.at("b");
        f.pass(Duration.ofMinutes(1));
        lease.answering(413);
        lease.complete(Outcome.SUCCESS, null);
        assertThat(f.eligible()).isEqualTo("ab");
    }

    @Test
    void nobodyIsEverEjectedWhereItIsOff() {
        PoolFixture f = pool(2, DEFAULT.on(false));
        for (int i = 0; i < 100; i++) {
            f.answer("b", 503);
            f.end("b", Outcome.CONNECT_FAILED);
        }
        assertThat(f.eligible()).isEqualTo("ab");
    }

    @Test
    void eachRuleCanBeSwitchedOff() {
        PoolFixture f = pool(6, config(0, 0, Duration.ZERO, 0, eject(0.34)));
        for (int i = 0; i < 1_000; i++) {
            f.pass(Duration.ofMillis(50));
            f.answer("b", 503);
        }
        assertThat(f.eligible()).isEqualTo("abcdef");
    }

    /** F7, F16. */
    @ParameterizedTest
    @CsvSource({"1, 0.34, 0", "1, 1, 0", "2, 0, 1", "2, 1, 1", "3, 0.34, 1", "3, 1, 2", "6, 0.34, 2", "6, 1, 5"})
    void soManyAreEjectedAtMostAndNeverTheLastOne(int size, double most, int ejected) {
        PoolFixture f = pool(size, config(5, 0.5, Duration.ZERO, 1.9, eject(most)));
        for (int i = 0; i < 50; i++) {
            for (int upstream = 0; upstream < size; upstream++) {
                Selection selection = PoolFixture.boundTo(String.valueOf((char) ('a' + upstream)));
                Lease lease = f.pool.acquire(selection);
                lease.answering(503);
                lease.complete(Outcome.ERROR_RESPONSE, null);
            }
        }
        assertThat(f.eligible()).hasSize(size - ejected);
    }

    @Test
    void whoRefusesConnectionsIsNotCounted() {
        PoolFixture f = pool(4);
        f.end("a", Outcome.CONNECT_FAILED);
        f.end("b", Outcome.CONNECT_FAILED);
        f.answers("c", 503, 503, 503, 503, 503);
        assertThat(f.eligible()).isEqualTo("d");
        assertThat(f.pool.status().stream().filter(s -> s.ejection() != null)).hasSize(3);
    }

    @Test
    void whoeverSucceedsLessOftenThanTheOthersIsEjected() {
        PoolFixture f = pool(6, config(0, 0, Duration.ZERO, 1.9, eject(0.34)));
        for (int i = 0; i < 120; i++) {
            for (String id : List.of("a", "b", "c", "d", "e", "f")) {
                f.answer(id, id.equals("d") && i % 5 == 0 ? 500 : 200);
            }
            f.pass(Duration.ofMillis(90));
        }
        assertThat(f.eligible()).isEqualTo("abcef");
        assertThat(f.ejection(3).reason()).isEqualTo(Reason.SUCCESS_RATE);
    }

    @ParameterizedTest
    @CsvSource({"4, 120, 5", "6, 90, 5", "6, 120, 50"})
    void notInSmallPoolsNorWithFewRequestsNorWithFewFailures(int size, int requests, int one) {
        PoolFixture f = pool(size, config(0, 0, Duration.ZERO, 1.9, eject(0.34)));
        for (int i = 0; i < requests; i++) {
            for (int upstream = 0; upstream < size; upstream++) {
                f.answer(String.valueOf((char) ('a' + upstream)), upstream == 3 && i % one == 0 ? 500 : 200);
            }
            f.pass(Duration.ofNanos(Duration.ofSeconds(11).toNanos() / requests));
        }
        assertThat(f.eligible()).hasSize(size);
    }

    @Test
    void whoIsDrainedMayBeEjectedAndMakesNoRoomScarce() {
        PoolFixture f = new PoolFixture()
                .outlier(DEFAULT)
                .member(1)
                .member(1)
                .member(0, UpstreamConfig.UNLIMITED, 0, "")
                .start();
        f.answers("c", 503, 503, 503, 503, 503);
        f.answers("b", 503, 503, 503, 503, 503);
        assertThat(f.pool.status()).extracting(s -> s.ejection() != null).containsExactly(false, true, true);
    }

    /** A tenth of a second of failures at once is one ejection. */
    @Test
    void attemptsThatWereUnderWaySayNothingNew() {
        PoolFixture f = pool(2);
        List<Lease> leases = java.util.stream.IntStream.range(0, 100)
                .mapToObj(i -> f.at("b"))
                .toList();
        leases.forEach(lease -> {
            lease.answering(503);
            lease.complete(Outcome.ERROR_RESPONSE, null);
        });
        assertThat(f.ejection(1).times()).isEqualTo(1);
    }
}
