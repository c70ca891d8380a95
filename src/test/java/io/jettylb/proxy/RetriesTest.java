package io.jettylb.proxy;

import static io.jettylb.proxy.RetriesFixture.ALL;
import static io.jettylb.proxy.RetriesFixture.BROKEN;
import static io.jettylb.proxy.RetriesFixture.REFUSED;
import static io.jettylb.proxy.RetriesFixture.RULES;
import static io.jettylb.proxy.RetriesFixture.SLOW;
import static io.jettylb.proxy.RetriesFixture.SLOW_UNSENT;
import static io.jettylb.proxy.RetriesFixture.STALE;
import static io.jettylb.proxy.RetriesFixture.over;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConditions;
import io.jettylb.config.RetryConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import java.time.Duration;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Attempts and budget of one request. */
class RetriesTest {

    private final RetriesFixture fixture = new RetriesFixture();

    @AfterEach
    void stop() throws Exception {
        fixture.stop();
    }

    @Test
    void aRequestHasSoManyAttemptsInTotal() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        assertThat(fixture.repeats(retries, REFUSED)).isTrue();
        retries.attemptBegins();
        assertThat(fixture.repeats(retries, REFUSED)).isTrue();
        retries.attemptBegins();
        assertThat(fixture.repeats(retries, REFUSED)).isFalse();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
        assertThat(retries.repeats(SLOW, null, true)).as("decided before").isTrue();
    }

    @Test
    void theRulesDecideWhatIsRepeated() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES.with(RetryConditions.NONE));
        assertThat(fixture.repeats(retries, REFUSED)).isFalse();
        assertThat(fixture.repeats(retries, BROKEN)).isFalse();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
        assertThat(fixture.pool.retryBudget().refused()).isZero();
    }

    @Test
    void nothingIsRepeatedWhenTheTimeOfTheExchangeIsOver() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES, Duration.ofMillis(10));
        fixture.time.pass(Duration.ofMillis(10).minusNanos(1));
        assertThat(fixture.repeats(retries, REFUSED)).isTrue();
        assertThat(retries.replaces(SLOW)).isTrue();
        retries.end();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isTrue();
        retries.end();
        fixture.time.pass(Duration.ofNanos(1));
        assertThat(fixture.repeats(retries, REFUSED)).isFalse();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(retries.replaces(503, HttpFields.EMPTY)).isFalse();
    }

    @Test
    void theFirstStaleConnectionCostsNoAttempt() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES.with(new RetryBudgetConfig(1, 100)));
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(fixture.repeats(retries, STALE))
                    .as("attempt %d", attempt)
                    .isTrue();
            retries.attemptBegins();
        }
        assertThat(fixture.repeats(retries, STALE)).isFalse();
    }

    @Test
    void whoeverHasOneAttemptHasNoMoreForAStaleConnection() throws Exception {
        Retries retries = fixture.upstreams(2).with(new RetryConfig(1).with(ALL));
        fixture.tryNext();
        fixture.tryNext();
        assertThat(fixture.repeats(retries, STALE)).isFalse();
        assertThat(fixture.acquire()).as("nobody is forgiven").isNull();
    }

    @Test
    void aClientKeepsItsUpstreamOverAStaleConnectionButNotInTheLastAttempt() throws Exception {
        Retries retries = fixture.upstreams(2).with(new RetryConfig(2).with(ALL));
        fixture.selection.prefer("u1", false);
        assertThat(fixture.tryNext()).isEqualTo("u1");
        assertThat(fixture.repeats(retries, STALE)).isTrue();
        assertThat(fixture.tryNext()).isEqualTo("u1");
        retries.attemptBegins();
        assertThat(fixture.repeats(retries, STALE)).isTrue();
        assertThat(fixture.tryNext()).isEqualTo("u0");
        retries.attemptBegins();
        assertThat(fixture.repeats(retries, STALE)).isFalse();
    }

    @Test
    void whatMayHaveArrivedIsRepeatedWithinTheBudgetAndWhatHasNotWithoutIt() throws Exception {
        Retries first = fixture.upstreams(2).with(RULES);
        Retries second = fixture.another(Duration.ZERO);
        assertThat(fixture.repeats(first, BROKEN)).isTrue();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        assertThat(fixture.repeats(second, BROKEN)).isFalse();
        assertThat(fixture.repeats(second, REFUSED)).isTrue();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        first.attemptBegins();
        assertThat(fixture.repeats(first, BROKEN))
                .as("takes the place of its own")
                .isTrue();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        first.end();
        assertThat(fixture.retriesUnderWay()).isZero();
        first.end();
        assertThat(fixture.retriesUnderWay()).as("given back once").isZero();
        assertThat(fixture.repeats(second, BROKEN)).isTrue();
    }

    @Test
    void aRetryThatWasNotSentIsNoBurdenAnyMore() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        retries.attemptBegins();
        assertThat(fixture.repeats(retries, REFUSED)).isTrue();
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void aSlowAttemptIsGivenUpForAnUpstreamThatIsReservedThen() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        Lease slow = fixture.acquire();
        assertThat(retries.replaces(SLOW)).isTrue();
        assertThat(fixture.inFlight()).isEqualTo(2);
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        assertThat(retries.repeats(SLOW, null, true)).isTrue();
        assertThat(fixture.retriesUnderWay()).as("decided before").isEqualTo(1);
        Lease reserved = retries.takeReserved();
        assertThat(over(reserved)).isNotEqualTo(over(slow));
        assertThat(retries.takeReserved()).as("taken").isNull();
        assertThat(retries.pause(fixture.resumed::incrementAndGet))
                .as("it was slow")
                .isFalse();
    }

    @Test
    void aSlowAttemptGoesOnWhereThereIsNobodyElse() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        fixture.acquire();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(retries.takeReserved()).isNull();
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void aSlowAttemptGoesOnWithoutABudgetUnlessNothingWasSent() throws Exception {
        Retries retries = fixture.upstreams(3).with(RULES.with(new RetryBudgetConfig(0, 0)));
        fixture.acquire();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(fixture.inFlight()).isEqualTo(1);
        assertThat(retries.replaces(SLOW_UNSENT)).isTrue();
        assertThat(fixture.inFlight()).isEqualTo(2);
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void aRetryThatGoesOnGoesOnBeingOne() throws Exception {
        Retries retries = fixture.upstreams(2).with(new RetryConfig(2).with(ALL).with(RULES.budget()));
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        retries.attemptBegins();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
    }

    @Test
    void aRetryThatFindsNobodyElseGoesOnBeingOne() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        fixture.acquire();
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        fixture.acquire();
        retries.attemptBegins();
        assertThat(retries.replaces(SLOW)).isFalse();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
    }

    @Test
    void aRetryThatIsReplacedIsStillOneRetry() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        fixture.acquire();
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        retries.attemptBegins();
        assertThat(retries.replaces(SLOW)).isTrue();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
    }

    @Test
    void whatWasReservedInVainIsGivenBack() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        fixture.acquire().complete(Outcome.CANCELLED, null);
        assertThat(retries.replaces(SLOW)).isTrue();
        assertThat(fixture.inFlight()).isEqualTo(1);
        retries.end();
        assertThat(fixture.inFlight()).isZero();
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void comingBackLaterIsAdvisedOnlyIfNobodyHasGotTheRequest() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        assertThat(retries.answer(REFUSED)).isEqualTo(ErrorAnswer.NO_UPSTREAM);
        assertThat(retries.answer(SLOW)).isEqualTo(ErrorAnswer.GATEWAY_TIMEOUT);
        assertThat(retries.answer(REFUSED)).isEqualTo(ErrorAnswer.BAD_GATEWAY);
        assertThat(retries.answer(BROKEN)).isEqualTo(ErrorAnswer.BAD_GATEWAY);
    }
}
