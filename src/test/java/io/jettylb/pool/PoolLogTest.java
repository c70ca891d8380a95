package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolLogTest {

    @ParameterizedTest
    @CsvSource({"0, 0 ms", "200, 200 ms", "1000, 1 s", "1234, 1.2 s", "9900, 9.9 s", "30000, 30 s", "31700, 32 s"})
    void timesAreShort(long millis, String text) {
        assertThat(PoolLog.time(Duration.ofMillis(millis).toNanos())).isEqualTo(text);
    }

    @Test
    void partsArePercentages() {
        assertThat(PoolLog.percent(0.9991)).isEqualTo("99.9 %");
    }

    @Test
    void failuresHaveACause() {
        assertThat(Failure.status(503).words()).isEqualTo("503");
        assertThat(Failure.slow(2_300_000_000L).words()).isEqualTo("slow: 2.3 s");
        assertThat(Failure.of(Outcome.CONNECT_FAILED, new ConnectException("refused"))
                        .words())
                .isEqualTo("connect failed: java.net.ConnectException: refused");
        assertThat(Failure.of(Outcome.TIMED_OUT, null).words()).isEqualTo("timed out");
        assertThat(Failure.of(Outcome.BROKEN, null).words()).isEqualTo("broken");
    }
}
