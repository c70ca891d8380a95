package io.jettylb.proxy;

import static io.jettylb.proxy.RetriesFixture.BROKEN;
import static io.jettylb.proxy.RetriesFixture.REFUSED;
import static io.jettylb.proxy.RetriesFixture.RULES;
import static io.jettylb.proxy.RetriesFixture.over;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.RetryBudgetConfig;
import io.jettylb.config.RetryConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Selection;
import java.net.ConnectException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which requests get an attempt beside the one under way. */
class RetryHedgesTest {

    private final RetriesFixture fixture = new RetriesFixture();

    @AfterEach
    void stop() throws Exception {
        fixture.stop();
    }

    @Test
    void anotherUpstreamGetsItWithinTheBudget() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        Lease slow = fixture.acquire();
        Lease second = retries.hedge(slow.upstream());
        assertThat(second.upstream()).isNotEqualTo(slow.upstream());
        assertThat(fixture.inFlight()).isEqualTo(2);
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
        over(second);
        retries.end();
        assertThat(fixture.retriesUnderWay()).isZero();
        retries.end();
        assertThat(fixture.retriesUnderWay()).as("given back once").isZero();
    }

    @Test
    void itIsOneOfTheAttempts() throws Exception {
        Retries retries = fixture.upstreams(3).with(new RetryConfig(2).with(new RetryBudgetConfig(1, 9)));
        Lease slow = fixture.acquire();
        assertThat(retries.hedge(slow.upstream())).isNotNull();
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(fixture.repeats(retries, BROKEN)).isFalse();
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void thereIsOneBesideEachAttempt() throws Exception {
        Retries retries = fixture.upstreams(4).with(new RetryConfig(4).with(new RetryBudgetConfig(1, 9)));
        Lease slow = fixture.acquire();
        assertThat(retries.hedge(slow.upstream())).isNotNull();
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        retries.attemptBegins();
        Lease next = fixture.acquire();
        assertThat(retries.hedge(next.upstream())).isNotNull();
    }

    /** Also if that was the attempt beside it, of which nothing else follows. */
    @Test
    void comingBackLaterIsNotAdvisedIfEitherHasGotTheRequest() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        retries.attemptEnds(REFUSED);
        assertThat(retries.answer(REFUSED)).isEqualTo(ErrorAnswer.NO_UPSTREAM);
        retries.attemptEnds(BROKEN);
        assertThat(retries.answer(REFUSED)).isEqualTo(ErrorAnswer.BAD_GATEWAY);
    }

    @Test
    void aRetryAfterwardsTakesItsPlace() throws Exception {
        Retries retries = fixture.upstreams(3).with(RULES);
        Lease slow = fixture.acquire();
        assertThat(retries.hedge(slow.upstream())).isNotNull();
        assertThat(fixture.repeats(retries, BROKEN)).isTrue();
        assertThat(fixture.retriesUnderWay()).isEqualTo(1);
    }

    @Test
    void thereIsNoneWithoutABudget() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES.with(new RetryBudgetConfig(0, 0)));
        Lease slow = fixture.acquire();
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(fixture.inFlight()).isEqualTo(1);
    }

    @Test
    void thereIsNoneWhereThereIsNobodyElse() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        Lease slow = fixture.acquire();
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(fixture.inFlight()).isEqualTo(1);
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    /** It was stale just now, and has the request again. */
    @Test
    void thereIsNoneAtTheSameUpstream() throws Exception {
        Retries retries = fixture.upstreams(1).with(RULES);
        Lease slow = fixture.acquire();
        fixture.selection.forgive(slow.upstream(), true);
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(fixture.inFlight()).isEqualTo(1);
        assertThat(fixture.retriesUnderWay()).isZero();
    }

    @Test
    void thereIsNoneBesideTheUpstreamThatHasTheSession() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        fixture.selection.prefer("u1", false);
        Lease bound = fixture.acquire();
        assertThat(retries.hedge(bound.upstream())).isNull();
        assertThat(fixture.pool.retryBudget().granted()).isZero();
    }

    @Test
    void thereIsNoneWhenTheTimeOfTheExchangeIsOver() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES, Duration.ofMillis(10));
        Lease slow = fixture.acquire();
        fixture.time.pass(Duration.ofMillis(10));
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(fixture.pool.retryBudget().granted()).isZero();
    }

    /** First it is ejected, and then a trial of it is due. */
    @Test
    void noEjectedUpstreamIsTriedWithIt() throws Exception {
        Retries retries = fixture.upstreams(2).with(RULES);
        Selection other = new Selection(0);
        other.prefer("u1", true);
        fixture.pool.acquire(other).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
        Lease slow = fixture.acquire();
        assertThat(slow.upstream().id()).isEqualTo("u0");
        assertThat(retries.hedge(slow.upstream())).isNull();
        fixture.time.pass(Duration.ofSeconds(2));
        assertThat(retries.hedge(slow.upstream())).isNull();
        assertThat(over(fixture.pool.acquire(new Selection(0))))
                .as("the trial is left to a request that can be repeated")
                .isEqualTo("u1");
        assertThat(fixture.inFlight()).isEqualTo(1);
        assertThat(fixture.retriesUnderWay()).isZero();
    }
}
