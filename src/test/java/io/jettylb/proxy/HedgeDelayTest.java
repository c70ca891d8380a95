package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.HedgeConfig;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HedgeDelayTest {

    private static HedgeDelay percentile(double quantile) {
        return new HedgeDelay(new HedgeConfig(Duration.ZERO, quantile));
    }

    @Test
    void aDurationStaysWhatItIs() {
        HedgeDelay delay = new HedgeDelay(new HedgeConfig(Duration.ofMillis(50), 0));
        for (int i = 0; i < 1_000; i++) {
            delay.waited(TimeUnit.SECONDS.toNanos(1));
        }
        assertThat(delay.after()).isEqualTo(Duration.ofMillis(50));
        assertThat(delay.observes()).isFalse();
    }

    @Test
    void aPercentileIsUnknownBeforeThereIsEnoughToKnowItFrom() {
        HedgeDelay delay = percentile(0.95);
        for (int i = 1; i < HedgeDelay.MIN_COUNT; i++) {
            delay.waited(1_000_000);
        }
        assertThat(delay.after()).isZero();
        delay.waited(1_000_000);
        assertThat(delay.after()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.9, 0.95, 0.99, 0.999})
    void aPercentileIsTheTimeWithinWhichThatPartIsAnswered(double quantile) {
        HedgeDelay delay = percentile(quantile);
        SplittableRandom random = new SplittableRandom(7);
        int late = 0;
        int trials = 200_000;
        for (int i = 0; i < trials; i++) {
            // Latencies have long tails.
            long nanos = (long) Math.exp(15 + 1.5 * random.nextGaussian());
            late += i > 10_000 && nanos > delay.after().toNanos() ? 1 : 0;
            delay.waited(nanos);
        }
        double share = (double) late / (trials - 10_000);
        assertThat(share).isBetween((1 - quantile) * 0.6, (1 - quantile) * 1.4);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 15, 16, 17, 31, 32, 1_000, 123_456_789, Long.MAX_VALUE / 2})
    void aTimeIsKnownToASixteenthAndNeverTooShort(long nanos) {
        HedgeDelay delay = percentile(0.5);
        for (int i = 0; i < 3 * HedgeDelay.MIN_COUNT; i++) {
            delay.waited(nanos);
        }
        assertThat(delay.after().toNanos()).isGreaterThan(nanos).isLessThanOrEqualTo(nanos + nanos / 16 + 1);
    }

    @Test
    void whatWasLongAgoIsForgotten() {
        HedgeDelay delay = percentile(0.95);
        for (int i = 0; i < 10_000; i++) {
            delay.waited(TimeUnit.SECONDS.toNanos(5));
        }
        for (int i = 0; i < 5_000; i++) {
            delay.waited(TimeUnit.MILLISECONDS.toNanos(2));
        }
        assertThat(delay.after()).isLessThan(Duration.ofMillis(3));
    }

    @Test
    void aClockThatGoesBackIsNoTime() {
        HedgeDelay delay = percentile(0.5);
        for (int i = 0; i < 3 * HedgeDelay.MIN_COUNT; i++) {
            delay.waited(-5);
        }
        assertThat(delay.after()).isEqualTo(Duration.ofNanos(1));
    }
}
