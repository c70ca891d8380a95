package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.config.EjectConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PanicConfig;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutlierRulesTest {

    private static OutlierRules rules(int inARow, double rate, int minRequests, double factor) {
        OutlierConfig config = new OutlierConfig(
                true,
                inARow,
                rate,
                minRequests,
                Duration.ofSeconds(10),
                Duration.ZERO,
                factor,
                100,
                OutlierConfig.DEFAULT.eject(),
                PanicConfig.OFF);
        return new OutlierRules(config);
    }

    private static OutlierRules ejecting(double part) {
        EjectConfig eject = new EjectConfig(Duration.ofSeconds(30), Duration.ofSeconds(300), 0, part, false);
        return new OutlierRules(OutlierConfig.DEFAULT.with(eject));
    }

    @ParameterizedTest
    @CsvSource({"5, 4, false", "5, 5, true", "5, 6, true", "1, 1, true", "0, 1000000, false"})
    void failuresInARow(int allowed, int failures, boolean tooMany) {
        assertThat(rules(allowed, 0.5, 20, 1.9).tooManyInARow(failures)).isEqualTo(tooMany);
    }

    @ParameterizedTest
    @CsvSource({
        "0.5, 20, 19, 19, false", "0.5, 20, 20, 9, false", "0.5, 20, 20, 10, true", "0.5, 20, 20, 20, true",
        "0.5, 20, 1000, 499, false", "0.5, 20, 1000, 500, true", "1, 1, 1, 1, true", "0, 1, 9, 9, false"
    })
    void failuresOfARate(double rate, int minRequests, long requests, long failures, boolean tooMany) {
        assertThat(rules(5, rate, minRequests, 0).tooManyOf(requests, failures)).isEqualTo(tooMany);
    }

    /** F7: percentages round to nothing, or to everybody. */
    @ParameterizedTest
    @CsvSource({
        "1, 0.34, 1",
        "2, 0.34, 1",
        "3, 0.34, 1",
        "6, 0.34, 2",
        "3, 0.33, 1",
        "10, 0.1, 1",
        "20, 0.1, 2",
        "100, 0, 1",
        "3, 1, 3",
        "100, 0.29, 29"
    })
    void atMostAPartIsOutAndOneInAnyCase(int upstreams, double part, int most) {
        assertThat(ejecting(part).mostEjected(upstreams)).isEqualTo(most);
    }

    @Test
    void fiveAreEnoughToCompare() {
        double[] rates = {1, 1, 1, 1, 0.5};
        assertThat(rules(5, 0.5, 20, 1.9).successThreshold(rates, 4)).isNegative();
        // The mean is 0.9, the standard deviation 0.2.
        assertThat(rules(5, 0.5, 20, 1.9).successThreshold(rates, 5)).isCloseTo(0.52, within(1e-9));
        assertThat(rules(5, 0.5, 20, 0).successThreshold(rates, 5)).isNegative();
    }

    @Test
    void onlyTheFirstOnesOfTheArrayCount() {
        double[] rates = {1, 1, 1, 1, 0.5, 0, 0, 0};
        assertThat(rules(5, 0.5, 20, 1.9).successThreshold(rates, 5)).isCloseTo(0.52, within(1e-9));
        assertThat(OutlierRules.mean(rates, 5)).isCloseTo(0.9, within(1e-9));
    }

    /** One error in a thousand is 1.9 standard deviations away from four upstreams without one, and no outlier. */
    @Test
    void whoIsNearlyAsGoodAsTheOthersIsNoOutlier() {
        double[] rates = {1, 1, 1, 1, 1, 0.999};
        double threshold = rules(5, 0.5, 20, 1.9).successThreshold(rates, rates.length);
        assertThat(threshold).isLessThan(0.951);
        assertThat(Arrays.stream(rates).filter(rate -> rate < threshold)).isEmpty();
    }

    @Test
    void whoeverHasFewRequestsIsNotCompared() {
        assertThat(rules(5, 0.5, 20, 1.9).comparable(99)).isFalse();
        assertThat(rules(5, 0.5, 20, 1.9).comparable(100)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 3, false", "0.5, 1, 3, true", "0.5, 2, 4, false", "0.5, 0, 0, false", "1, 2, 3, true"})
    void panicBeginsBelowTheThreshold(double threshold, int eligible, int all, boolean panics) {
        PanicConfig panic = new PanicConfig(threshold, PanicConfig.Mode.IGNORE_HEALTH);
        assertThat(new OutlierRules(OutlierConfig.DEFAULT.with(panic)).panics(eligible, all))
                .isEqualTo(panics);
    }

    /** Where few requests make a difference, each one is dated. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 1", "4, 2", "20, 8", "32, 16", "1000000, 16"})
    void someSuccessesAreDated(int minRequests, int each) {
        OutlierRules rules = rules(5, 0.5, minRequests, 0);
        for (int number = 1; number <= 64; number++) {
            assertThat(rules.isDated(number)).isEqualTo(number % each == 0);
        }
    }

    @Test
    void whoIsBackIsOneFailureAwayFromTheNextEjection() {
        assertThat(rules(5, 0.5, 20, 0).failuresOnReturn()).isEqualTo(4);
        assertThat(rules(1, 0.5, 20, 0).failuresOnReturn()).isZero();
        assertThat(rules(0, 0.5, 20, 0).failuresOnReturn()).isZero();
    }

    @Test
    void aWindowOfTenSecondsHasPartsOfOne() {
        assertThat(rules(5, 0.5, 20, 0).partNanos())
                .isEqualTo(Duration.ofSeconds(1).toNanos());
    }

    @Test
    void withoutRatesThereIsNoWindow() {
        assertThat(rules(5, 0, 20, 0).windowed()).isFalse();
        assertThat(rules(5, 0.5, 20, 0).windowed()).isTrue();
        assertThat(rules(5, 0, 20, 1.9).windowed()).isTrue();
    }
}
