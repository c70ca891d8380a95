package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.EjectConfig;
import io.jettylb.health.Ejection.Reason;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EjectionTest {

    private static final EjectionRules RULES = rules(30, 300, 0.1);

    private static EjectionRules rules(int time, int max, double jitter) {
        return EjectionRules.of(
                new EjectConfig(Duration.ofSeconds(time), Duration.ofSeconds(max), jitter, 0.34, false));
    }

    private static long nanos(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    private static Ejection next(Ejection before, Reason reason, long now) {
        return before.next(reason, RULES, now, 0);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "4, 8", "5, 10", "6, 10", "1000, 10"})
    void eachFailedTrialOfOneThatRefusesDoublesTheTimeUpToTenSeconds(int times, int seconds) {
        Ejection before = new Ejection(Reason.REFUSED, 0, times - 1, 0);
        Ejection after = before.next(Reason.REFUSED, RULES, 500, 1);
        assertThat(after.times()).isEqualTo(times);
        assertThat(after.atNanos()).isEqualTo(500 + nanos(seconds));
    }

    @ParameterizedTest
    @CsvSource({"1, 30", "2, 60", "3, 90", "10, 300", "11, 300", "2147483647, 300"})
    void whoFailsRequestsIsOutForSoManyTimesAsLong(int times, int seconds) {
        Ejection before = new Ejection(Reason.FAILURE_RATE, 0, 0, times - 1);
        Ejection after = next(before, Reason.FAILURE_RATE, 500);
        assertThat(after.times()).isEqualTo(times);
        assertThat(after.atNanos()).isEqualTo(500 + nanos(seconds));
    }

    @Test
    void jitterMakesItLongerByItsPart() {
        assertThat(Ejection.NONE
                        .next(Reason.CONSECUTIVE_FAILURES, RULES, 0, 0.5)
                        .atNanos())
                .isEqualTo(Duration.ofMillis(31_500).toNanos());
        assertThat(new Ejection(Reason.SUCCESS_RATE, 0, 0, 50)
                        .next(Reason.SUCCESS_RATE, RULES, 0, 1)
                        .atNanos())
                .isEqualTo(nanos(330));
    }

    @Test
    void shorterTimesOfTheConfigurationHoldForRefusalsToo() {
        EjectionRules rules =
                EjectionRules.of(new EjectConfig(Duration.ofMillis(200), Duration.ofMillis(300), 0, 0.34, false));
        Ejection first = Ejection.NONE.next(Reason.REFUSED, rules, 0, 0);
        assertThat(first.atNanos()).isEqualTo(Duration.ofMillis(200).toNanos());
        assertThat(first.next(Reason.REFUSED, rules, 0, 0).atNanos())
                .isEqualTo(Duration.ofMillis(300).toNanos());
    }

    @Test
    void aTrialIsDueWhenTheTimeIsOver() {
        Ejection ejection = next(Ejection.NONE, Reason.REFUSED, 0);
        assertThat(ejection.active()).isTrue();
        assertThat(ejection.dueAt(nanos(1) - 1)).isFalse();
        assertThat(ejection.dueAt(nanos(1))).isTrue();
    }

    @Test
    void theClockMayWrap() {
        long start = Long.MAX_VALUE - 5;
        Ejection ejection = next(Ejection.NONE, Reason.REFUSED, start);
        assertThat(ejection.dueAt(start + 10)).isFalse();
        assertThat(ejection.dueAt(start + nanos(1))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0", "9223372036854775807", "-9223372036854775808"})
    void whoIsNotEjectedHasNothingDueAndBeginsAtOne(long now) {
        assertThat(Ejection.NONE.active()).isFalse();
        assertThat(Ejection.NONE.dueAt(now)).isFalse();
        assertThat(Ejection.NONE.times()).isZero();
        assertThat(Ejection.NONE.over(now)).isEqualTo(Ejection.NONE);
        assertThat(next(Ejection.NONE, Reason.REFUSED, now).times()).isEqualTo(1);
    }

    @Test
    void theCountDoesNotWrap() {
        Ejection ejection = next(new Ejection(Reason.REFUSED, 0, Integer.MAX_VALUE, 0), Reason.REFUSED, 0);
        assertThat(ejection.times()).isEqualTo(Integer.MAX_VALUE);
        assertThat(ejection.atNanos()).isEqualTo(nanos(10));
    }

    /** One ejection is forgotten for each 30 s in service. */
    @ParameterizedTest
    @CsvSource({"0, 4", "29, 4", "30, 3", "60, 2", "90, 1", "100000, 1"})
    void timeInServiceMakesTheNextEjectionShorter(int inService, int times) {
        Ejection back = new Ejection(Reason.FAILURE_RATE, 0, 0, 3).over(nanos(7));
        Ejection again = next(back, Reason.CONSECUTIVE_FAILURES, nanos(7 + inService));
        assertThat(back.active()).isFalse();
        assertThat(again.times()).isEqualTo(times);
    }

    /** So are those for refused connections, by the same time. */
    @ParameterizedTest
    @CsvSource({"0, 4", "29, 4", "30, 3", "60, 2", "90, 1"})
    void timeInServiceMakesTheNextRefusalShorter(int inService, int times) {
        Ejection back = new Ejection(Reason.REFUSED, 0, 3, 0).over(nanos(7));
        assertThat(next(back, Reason.REFUSED, nanos(7 + inService)).times()).isEqualTo(times);
    }

    /** However long it was away, ten times ten seconds are enough to be trusted again. */
    @Test
    void aLongOutageIsForgottenAsFastAsAShorterOne() {
        Ejection back = new Ejection(Reason.FAILURE_RATE, 0, 0, 1_000_000).over(0);
        assertThat(next(back, Reason.FAILURE_RATE, nanos(30 * 10)).times()).isEqualTo(2);
        assertThat(next(back, Reason.FAILURE_RATE, nanos(30 * 11)).times()).isEqualTo(1);
    }

    @Test
    void refusalsDoNotMakeTheEjectionOfOneThatFailsRequestsLonger() {
        Ejection down = Ejection.NONE;
        for (int i = 0; i < 8; i++) {
            down = next(down, Reason.REFUSED, 0);
        }
        Ejection failing = next(down.over(0), Reason.CONSECUTIVE_FAILURES, 1);
        assertThat(failing.atNanos()).isEqualTo(1 + nanos(30));
        assertThat(failing.refusals()).isEqualTo(8);
    }

    /** Whoever is ejected for failing and then gone is to be back soon after its restart. */
    @Test
    void aRefusedTrialIsRepeatedSoon() {
        Ejection failing = next(Ejection.NONE, Reason.FAILURE_RATE, 0);
        assertThat(failing.afterTrial(true, false)).isEqualTo(Reason.REFUSED);
        assertThat(next(failing, Reason.REFUSED, 0).atNanos()).isEqualTo(nanos(1));
    }

    @Test
    void whatStartsMaySayForAWhileThatItIsNotReady() {
        Ejection down = next(Ejection.NONE, Reason.REFUSED, 0);
        assertThat(down.afterTrial(false, true)).isEqualTo(Reason.REFUSED);
        assertThat(down.afterTrial(false, false)).isEqualTo(Reason.CONSECUTIVE_FAILURES);
    }

    @ParameterizedTest
    @EnumSource(value = Reason.class, names = "REFUSED", mode = EnumSource.Mode.EXCLUDE)
    void whoFailsItsTrialStaysOutForTheSameReason(Reason reason) {
        Ejection out = next(Ejection.NONE, reason, 0);
        assertThat(out.afterTrial(false, true)).isEqualTo(reason);
        assertThat(out.afterTrial(false, false)).isEqualTo(reason);
    }

    /** Errors prove nothing to one that was ejected for errors. */
    @ParameterizedTest
    @EnumSource(Reason.class)
    void aTrialPassesUnlessItIsWhatItWasEjectedFor(Reason reason) {
        Ejection out = next(Ejection.NONE, reason, 0);
        boolean byErrors = reason == Reason.FAILURE_RATE || reason == Reason.SUCCESS_RATE;
        assertThat(Arrays.stream(Verdict.values()).map(out::passes)).containsExactly(true, !byErrors, false);
    }

    @ParameterizedTest
    @CsvSource({
        "200, SUCCESS",
        "101, SUCCESS",
        "404, SUCCESS",
        "429, SUCCESS",
        "499, SUCCESS",
        "500, ERROR",
        "501, SUCCESS",
        "502, FAILURE",
        "503, FAILURE",
        "504, FAILURE",
        "505, SUCCESS",
        "599, SUCCESS"
    })
    void aStatusIsAVerdict(int status, Verdict verdict) {
        assertThat(Verdict.of(status)).isEqualTo(verdict);
    }
}
