package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be said about retries, and what is wrong with it. */
class RetryConfigTest {

    private static final String CONDITIONS = "connect-failure, reset-before-response, timeout, or a status or range of"
            + " 400..599 such as \"502\" or \"502-504\"";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    private RetryConfig retry(String body) throws Exception {
        return files.pool(GOOD + ", retry { " + body + " }").retry();
    }

    private List<String> problems(String body) throws Exception {
        return files.problems("lb.pools.p { " + GOOD + "\nretry { " + body + " } }");
    }

    @Test
    void isReadWithEveryKey() throws Exception {
        assertThat(retry("""
                attempts = 5, on = [connect-failure, timeout, 500, "502-504", "429"], non-idempotent = true, buffer = 1KiB
                per-try-timeout = 1s, backoff = 10ms, max-backoff = 1s, max-retry-after = 5s, budget = 0.5, budget-min = 0
                hedge-after = p95
                """))
                .isEqualTo(new RetryConfig(
                        5,
                        new RetryConditions(
                                true,
                                false,
                                true,
                                List.of(
                                        new StatusRange(500, 500),
                                        new StatusRange(502, 504),
                                        new StatusRange(429, 429))),
                        true,
                        1024,
                        Duration.ofSeconds(1),
                        new BackoffConfig(Duration.ofMillis(10), Duration.ofSeconds(1), Duration.ofSeconds(5)),
                        new RetryBudgetConfig(0.5, 0),
                        new HedgeConfig(Duration.ZERO, 0.95)));
    }

    @Test
    void hasTheDefaultsOfTheContract() throws Exception {
        RetryConfig retry = retry("");

        assertThat(retry.on().connectFailure()).isTrue();
        assertThat(retry.on().resetBeforeResponse()).isTrue();
        assertThat(retry.on().timeout()).isFalse();
        for (int status = 200; status < 600; status++) {
            assertThat(retry.on().covers(status))
                    .as("%d", status)
                    .isEqualTo(List.of(502, 503, 504).contains(status));
        }
        assertThat(retry)
                .isEqualTo(new RetryConfig(
                        3,
                        RetryConditions.DEFAULT,
                        false,
                        65_536,
                        Duration.ZERO,
                        new BackoffConfig(Duration.ofMillis(25), Duration.ofMillis(250), Duration.ofSeconds(1)),
                        new RetryBudgetConfig(0.2, 3),
                        HedgeConfig.OFF));
    }

    @Test
    void takesOneConditionWithoutAList() throws Exception {
        assertThat(retry("on = timeout").on()).isEqualTo(new RetryConditions(false, false, true, List.of()));
        assertThat(retry("on = []").on()).isEqualTo(RetryConditions.NONE);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0B, 0", "64KiB, 65536", "64k, 65536", "1 MB, 1000000", "64MiB, 67108864"})
    void takesSizesWithUnits(String written, int bytes) throws Exception {
        assertThat(retry("buffer = " + written).buffer()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"65536", "1.5", "true", "65MiB", "64KiBs", "-1KiB", "lots", "[]"})
    void refusesOtherSizes(String written) throws Exception {
        assertThat(problems("buffer = " + written))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .startsWith("lb.conf:2: pools.p.retry.buffer: ")
                        .contains(written)
                        .endsWith("(expected: a size with a unit, such as 64KiB, at most 64MiB, or 0 for none)"));
    }

    @Test
    void aLongerFirstWaitMovesTheLongestAlong() throws Exception {
        assertThat(retry("backoff = 1s").backoff())
                .isEqualTo(new BackoffConfig(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)));
        assertThat(problems("backoff = 1s, max-backoff = 500ms"))
                .containsExactly(
                        "lb.conf:2: pools.p.retry.max-backoff: \"500ms\" (expected: at least backoff, 1000ms)");
    }

    @Test
    void aTimeoutForEachTryThatNothingFollowsIsAMistake() throws Exception {
        assertThat(problems("per-try-timeout = 1s"))
                .containsExactly(
                        "lb.conf:2: pools.p.retry.per-try-timeout: \"1s\" (expected: 0s, or timeout among retry.on)");
        assertThat(problems("per-try-timeout = 1s, on = timeout")).isEmpty();
        assertThat(problems("per-try-timeout = 0s")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"50ms, 50, 0", "1s, 1000, 0", "0s, 0, 0", "p50, 0, 0.5", "p99, 0, 0.99", "p99.9, 0, 0.999"})
    void aSecondAttemptBeginsAfterADurationOrAPercentile(String written, long millis, double quantile)
            throws Exception {
        HedgeConfig hedge = retry("hedge-after = " + written).hedge();

        assertThat(hedge.after()).isEqualTo(Duration.ofMillis(millis));
        assertThat(hedge.quantile()).isCloseTo(quantile, within(1e-9));
        assertThat(hedge.isOn()).isEqualTo(!"0s".equals(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"50", "p", "p49", "p100", "p99.99", "95%", "true", "-1ms", "0.1ms", "[]"})
    void refusesOtherTimesForASecondAttempt(String written) throws Exception {
        assertThat(problems("hedge-after = " + written))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .startsWith("lb.conf:2: pools.p.retry.hedge-after: ")
                        .endsWith("(expected: 0s for off, a duration with a unit such as 50ms, or a percentile from p50"
                                + " to p99.9 such as p95)"));
    }

    @Test
    void aSecondAttemptThatIsOneTooManyIsAMistake() throws Exception {
        assertThat(problems("attempts = 1, hedge-after = 50ms"))
                .containsExactly("lb.conf:2: pools.p.retry.hedge-after: \"50ms\" (expected: 0s, or retry.attempts of 2"
                        + " and more)");
        assertThat(problems("attempts = 1, hedge-after = 0s")).isEmpty();
    }

    @Test
    void tellsAllProblemsAtOnce() throws Exception {
        assertThat(problems("""
                attempts = 0
                on = [conect-failure, "600", "504-502"]
                non-idempotent = POST
                per-try-timeout = 1
                backoff = 0s
                budget = 20
                budget-min = -1
                """))
                .containsExactly(
                        "lb.conf:2: pools.p.retry.attempts: 0 (expected: 1..100)",
                        "lb.conf:3: pools.p.retry.on[0]: \"conect-failure\" (expected: " + CONDITIONS
                                + "; did you mean connect-failure?)",
                        "lb.conf:3: pools.p.retry.on[1]: \"600\" (expected: " + CONDITIONS + ")",
                        "lb.conf:3: pools.p.retry.on[2]: \"504-502\" (expected: " + CONDITIONS + ")",
                        "lb.conf:4: pools.p.retry.non-idempotent: \"POST\" (expected: true or false)",
                        "lb.conf:5: pools.p.retry.per-try-timeout: 1 (expected: a duration with a unit, such as 5s)",
                        "lb.conf:6: pools.p.retry.backoff: \"0s\" (expected: 1ms to 1d)",
                        "lb.conf:7: pools.p.retry.budget: 20 (expected: 0..1)",
                        "lb.conf:8: pools.p.retry.budget-min: -1 (expected: 0..100000)");
        assertThat(problems("on { }"))
                .containsExactly("lb.conf:2: pools.p.retry.on: a block (expected: a list of " + CONDITIONS + ")");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "error > connect-failure, reset-before-response",
                "http_502 > \"502\"",
                "non_idempotent > non-idempotent = true",
                "5xx > connect-failure, reset-before-response, timeout, \"500-599\"",
                "gateway-error > connect-failure, reset-before-response, timeout, \"502-504\"",
                "reset > reset-before-response",
                "conn-failure > connect-failure",
                "empty-response > reset-before-response",
                "response-timeout > timeout",
                "all-retryable-errors > connect-failure, reset-before-response, timeout, \"500-504\"",
                "off > [], or attempts = 1"
            })
    void knowsTheConditionsOfOthers(String theirs, String ours) throws Exception {
        assertThat(problems("on = [" + theirs + "]"))
                .containsExactly("lb.conf:2: pools.p.retry.on[0]: \"" + theirs + "\" (expected: " + CONDITIONS
                        + "; did you mean " + ours + "?)");
    }

    @ParameterizedTest
    @CsvSource({
        "retry_on, on",
        "proxy_next_upstream, on",
        "retryNonIdempotentMethod, non-idempotent",
        "request_buffers, buffer",
        "proxy_next_upstream_timeout, per-try-timeout",
        "hedging, hedge-after",
        "base_interval, backoff",
        "min_retry_concurrency, budget-min",
        "budget_percent, budget"
    })
    void knowsTheKeysOfOthers(String theirs, String ours) throws Exception {
        assertThat(problems(theirs + " = 1"))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .startsWith("lb.conf:2: pools.p.retry." + theirs
                                + ": unknown key (expected: attempts, on, non-idempotent,")
                        .endsWith("budget-min; did you mean " + ours + "?)"));
    }

    @Test
    void knowsWhereOthersPutThem() throws Exception {
        assertThat(files.problems("lb.pools.p { " + GOOD + ", proxy_next_upstream = error, retry_budget = 1 }"))
                .anySatisfy(problem -> assertThat(problem).endsWith("; did you mean retry.on?)"))
                .anySatisfy(problem -> assertThat(problem).endsWith("; did you mean retry.budget?)"))
                .hasSize(2);
    }
}
