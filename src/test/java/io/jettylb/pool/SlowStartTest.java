package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.config.SlowStartConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy's formula: max(min, (t / window) ^ (1 / aggression)). */
class SlowStartTest {

    @ParameterizedTest
    @CsvSource({
        // seconds, aggression, least percent, factor
        "0, 1, 10, 0.1",
        "2, 1, 10, 0.1",
        "3, 1, 10, 0.1",
        "4.5, 1, 10, 0.15",
        "15, 1, 10, 0.5",
        "29, 1, 10, 0.966667",
        "30, 1, 10, 1",
        "31, 1, 10, 1",
        "15, 2, 10, 0.707107",
        "15, 0.5, 10, 0.25",
        "1, 2, 10, 0.182574",
        "1, 1, 50, 0.5",
        "1, 1, 100, 1",
        "-1, 1, 10, 0.1"
    })
    void factors(double seconds, double aggression, int least, double factor) {
        SlowStart slowStart = new SlowStart(new SlowStartConfig(Duration.ofSeconds(30), aggression, least));

        assertThat(slowStart.factor((long) (seconds * 1e9))).isCloseTo(factor, within(1e-6));
    }

    @Test
    void growsInTwentySteps() {
        SlowStart slowStart = new SlowStart(new SlowStartConfig(Duration.ofSeconds(30), 1, 10));

        assertThat(slowStart.step()).isEqualTo(Duration.ofMillis(1500).toNanos());
        assertThat(slowStart.off()).isFalse();
        assertThat(new SlowStart(SlowStartConfig.OFF).off()).isTrue();
    }
}
