package io.jettylb.proxy;

import static io.jettylb.proxy.RetriesFixture.BROKEN;
import static io.jettylb.proxy.RetriesFixture.DATE;
import static io.jettylb.proxy.RetriesFixture.REFUSED;
import static io.jettylb.proxy.RetriesFixture.RULES;
import static io.jettylb.proxy.RetriesFixture.SLOW;
import static io.jettylb.proxy.RetriesFixture.over;
import static io.jettylb.proxy.RetriesFixture.retryAfter;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.BackoffConfig;
import io.jettylb.config.BreakerConfig;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.BreakerState;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Selection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a request whose attempt gets a response that is none, or that has to wait. */
class RetryWaitsTest {

    private final RetriesFixture fixture = new RetriesFixture();

    @AfterEach
    void stop() throws Exception {
        fixture.stop();
    }

    @Test
    void aResponseIsThrownAwayForAnotherUpstream() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        Lease first = fixture.acquire();
        assertThat(retries.replaces(500, HttpFields.EMPTY)).as("not named").isFalse();
        assertThat(retries.replaces(503, retryAfter("3600"))).isTrue();
        assertThat(over(retries.takeReserved())).isNotEqualTo(over(first));
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
    }

    @Test
    void aResponseThatIsPassedOnEndsTheRetry() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        retries.attemptBegins();
        assertThat(retries.replaces(500, HttpFields.EMPTY)).isFalse();
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void aResponseIsNotThrownAwayWithoutABudget() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES.with(new RetryBudgetConfig(0, 0)));
        fixture.acquire();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
        assertThat(fixture.inFlight()).isEqualTo(1);
        assertThat(retries.takeReserved()).isNull();
    }

    @Test
    void whereOthersAreBusyTheResponseIsTheAnswer() throws Exception {
        Retries retries = fixture.upstreams(1).upstream(1).with(RULES);
        Selection other = new Selection(0);
        other.prefer("u1", true);
        Lease busy = fixture.pool.acquire(other);
        assertThat(fixture.acquire().upstream().id()).isEqualTo("u0");
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
        assertThat(fixture.retriesUnderWay()).isZero();
        busy.complete(Outcome.SUCCESS, null);
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "-                             | 0",
                "0                             | 0",
                "1                             | 1",
                "' 1 '                         | 1",
                "Tue, 15 Nov 1994 08:12:32 GMT | 1",
                "Tue, 15 Nov 1994 08:12:31 GMT | 0",
                "Tue, 15 Nov 1994 08:12:30 GMT | 0"
            })
    void theOnlyUpstreamIsAskedAgainWhenItWantsToBe(String value, int seconds) throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        over(fixture.acquire());
        HttpFields.Mutable fields = HttpFields.build().put(HttpHeader.DATE, DATE);
        if (value != null) {
            fields.put(HttpHeader.RETRY_AFTER, value);
        }
        assertThat(retries.replaces(503, fields)).isTrue();
        assertThat(retries.takeReserved()).isNull();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        assertThat(fixture.pauseOf(retries))
                .isEqualTo(Duration.ofSeconds(seconds).plusMillis(25));
        assertThat(fixture.retriesUnderWay()).as("one retry").isEqualTo(1);
        assertThat(over(retries.acquireAgain())).isEqualTo("u0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2",
                "999999999",
                "1000000000",
                "99999999999999999999",
                "-1",
                "1.0",
                "1:",
                "1/",
                "soon",
                "''",
                "Tue, 15 Nov 1994 08:12:33 GMT",
                "Tue, 15 Nov 2294 08:12:33 GMT"
            })
    void itIsNotAskedAgainIfThatTakesTooLongOrCannotBeRead(String value) throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        over(fixture.acquire());
        HttpFields fields = HttpFields.build()
                .put(HttpHeader.DATE, DATE)
                .put(HttpHeader.RETRY_AFTER, value.equals("''") ? "" : value);
        assertThat(retries.replaces(503, fields)).isFalse();
        assertThat(fixture.retriesUnderWay()).isZero();
        assertThat(retries.pause(fixture.resumed::incrementAndGet)).isFalse();
    }

    @Test
    void aDateWithoutTheClockThatItIsByIsNotWaitedFor() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        over(fixture.acquire());
        assertThat(retries.replaces(503, retryAfter(DATE))).isFalse();
        HttpFields unreadable = HttpFields.build(retryAfter(DATE)).put(HttpHeader.DATE, "yesterday");
        assertThat(retries.replaces(503, unreadable)).isFalse();
    }

    @Test
    void aPatientPoolWaitsLonger() throws Exception {
        BackoffConfig patient = new BackoffConfig(Duration.ofMillis(25), Duration.ofMillis(250), Duration.ofSeconds(9));
        Retries retries = fixture.upstreams(1).with(RULES.with(patient));
        over(fixture.acquire());
        assertThat(retries.replaces(503, retryAfter("10"))).isFalse();
        Retries another = fixture.another(Duration.ZERO);
        assertThat(another.replaces(503, retryAfter("09"))).isTrue();
        assertThat(fixture.beginPause(another)).isEqualTo(Duration.ofMillis(9_025));
    }

    @Test
    void aLongWaitByDateIsBounded() throws Exception {
        BackoffConfig patient = new BackoffConfig(Duration.ofMillis(25), Duration.ofMillis(250), Duration.ofDays(365));
        Retries retries = fixture.upstreams(1).with(RULES.with(patient));
        over(fixture.acquire());
        HttpFields fields = HttpFields.build()
                .put(HttpHeader.DATE, DATE)
                .put(HttpHeader.RETRY_AFTER, "Tue, 15 Nov 9994 08:12:33 GMT");
        assertThat(retries.replaces(503, fields)).isTrue();
        assertThat(fixture.beginPause(retries))
                .isEqualTo(Duration.ofMillis(1_000_000_000).plusMillis(25));
    }

    @Test
    void aResponseIsTheAnswerIfTheLongestWaitTakesTooLong() throws Exception {
        Retries retries =
                fixture.upstreams(1).with(RULES, Duration.ofMillis(1_250).plusNanos(1));
        over(fixture.acquire());
        assertThat(retries.replaces(503, retryAfter("1"))).isTrue();
        retries.end();
        fixture.time.pass(Duration.ofNanos(1));
        assertThat(retries.replaces(503, retryAfter("1"))).isFalse();
        assertThat(fixture.another(Duration.ofMillis(1_250)).replaces(503, retryAfter("0")))
                .isTrue();
    }

    /** Else the one that wants to be left alone would be the first to be asked again. */
    @Test
    void theLongestWaitThatAnyOfThemWantsCounts() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        over(fixture.acquire());
        assertThat(retries.replaces(503, retryAfter("1"))).isTrue();
        over(retries.takeReserved());
        retries.attemptBegins();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isTrue();
        assertThat(retries.takeReserved()).isNull();
        assertThat(fixture.pauseOf(retries)).isEqualTo(Duration.ofMillis(1_025));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoWasTooSlowOrWantsALongRestIsNotAskedAgainAfterAnother(boolean slow) throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        over(fixture.acquire());
        assertThat(slow ? retries.replaces(SLOW) : retries.replaces(503, retryAfter("30")))
                .isTrue();
        over(retries.takeReserved());
        retries.attemptBegins();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
    }

    /** The response would be thrown away for an answer of our own that says less. */
    @Test
    void whereTheBreakerLetsNobodyThroughTheResponseIsTheAnswer() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        BreakerConfig breaker = new BreakerConfig(1, 1, Duration.ofSeconds(10), Duration.ofSeconds(5), 1);
        fixture.pool.limits(new LimitsConfig(UpstreamConfig.UNLIMITED, null, null, breaker));
        Lease first = fixture.acquire();
        fixture.acquire().complete(Outcome.BROKEN, null);
        assertThat(fixture.pool.load().breaker()).isEqualTo(BreakerState.Mode.OPEN);
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
        assertThat(fixture.retriesUnderWay()).isZero();
        first.complete(Outcome.CANCELLED, null);
    }

    @Test
    void waitsAreDrawnFromADoublingRange() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        for (int i = 0; i < 6; i++) {
            assertThat(fixture.repeats(retries, BROKEN)).isTrue();
            fixture.pauseOf(retries);
        }
        assertThat(fixture.random.bounds)
                .extracting(Duration::toMillis)
                .containsExactly(25L, 50L, 100L, 200L, 250L, 250L);
    }

    @Test
    void whatAnEarlierResponseAskedForDoesNotCountLater() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        over(fixture.acquire());
        assertThat(retries.replaces(503, retryAfter("1"))).isTrue();
        fixture.pauseOf(retries);
        retries.attemptBegins();
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        assertThat(fixture.pauseOf(retries)).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    void whatWasSlowIsNotAskedAgainEvenIfItFailedBefore() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        fixture.acquire();
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(retries.pause(fixture.resumed::incrementAndGet)).isFalse();
        assertThat(fixture.repeats(retries, SLOW)).isTrue();
        assertThat(retries.pause(fixture.resumed::incrementAndGet)).isFalse();
        fixture.time.pass(Duration.ofSeconds(1));
        assertThat(fixture.resumed).hasValue(0);
    }

    @Test
    void aWaitThatWouldOutliveTheExchangeDoesNotBegin() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES, Duration.ofMillis(25).plusNanos(1));
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        assertThat(retries.pause(fixture.resumed::incrementAndGet)).isTrue();
        assertThat(retries.interrupt()).isTrue();
        Retries late = fixture.another(Duration.ofMillis(25));
        assertThat(fixture.repeats(late, REFUSED)).isTrue();
        assertThat(late.pause(fixture.resumed::incrementAndGet)).isFalse();
    }

    @Test
    void aWaitIsARetryOfTheBudget() throws Exception {
        Retries first = fixture.upstreams(1).with(RULES);
        Retries second = fixture.another(Duration.ZERO);
        assertThat(fixture.repeats(first, REFUSED)).isTrue();
        assertThat(fixture.retriesUnderWay()).isZero();
        assertThat(first.pause(fixture.resumed::incrementAndGet)).isTrue();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        assertThat(fixture.repeats(second, REFUSED)).isTrue();
        assertThat(second.pause(fixture.resumed::incrementAndGet)).isFalse();
    }

    /** The scheduler says that it has cancelled a task that runs: the attempt that it begins would be nobody's. */
    @Test
    void aWaitThatIsJustOverCannotBeInterrupted() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        assertThat(fixture.repeats(retries, REFUSED)).isTrue();
        assertThat(retries.pause(() -> interrupted.set(retries.interrupt()))).isTrue();
        fixture.time.pass(Duration.ofSeconds(1));
        assertThat(interrupted).hasValue(false);
    }

    @Test
    void aWaitCanBeInterruptedUntilItIsOver() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        assertThat(retries.interrupt()).as("there is none").isFalse();
        assertThat(fixture.repeats(retries, REFUSED)).isTrue();
        assertThat(retries.pause(fixture.resumed::incrementAndGet)).isTrue();
        assertThat(retries.interrupt()).isTrue();
        fixture.time.pass(Duration.ofSeconds(1));
        assertThat(fixture.resumed).hasValue(0);
        assertThat(retries.pause(fixture.resumed::incrementAndGet)).isTrue();
        fixture.time.pass(Duration.ofSeconds(1));
        assertThat(fixture.resumed).hasValue(1);
        assertThat(retries.interrupt()).as("it is over").isFalse();
    }

    @Test
    void afterAWaitTheLatestUpstreamComesLast() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        String first = fixture.tryNext();
        String second = fixture.tryNext();
        assertThat(fixture.acquire()).isNull();
        assertThat(over(retries.acquireAgain())).isEqualTo(first);
        assertThat(second).isNotEqualTo(first);
        assertThat(fixture.acquire()).isNull();
    }

    @Test
    void afterAWaitTheLatestUpstreamWillDoIfTheOthersAreBusy() throws Exception {
        Retries retries = fixture.upstreams(1).upstream(1).with(RULES);
        fixture.selection.prefer("u1", false);
        Lease busy = fixture.acquire();
        assertThat(fixture.tryNext()).isEqualTo("u0");
        assertThat(over(retries.acquireAgain())).isEqualTo("u0");
        busy.complete(Outcome.SUCCESS, null);
    }
}
