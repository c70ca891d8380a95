package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class NewsTest {

    private final News news = new News();
    private long now = Long.MAX_VALUE - 5;

    private boolean ejected(int times, int secondsLater) {
        now += Duration.ofSeconds(secondsLater).toNanos();
        return news.ejected(times, now);
    }

    @Test
    void theFirstEjectionsAreToldWithTheirEnds() {
        for (int times = 1; times <= 3; times++) {
            assertThat(ejected(times, 1)).isTrue();
            assertThat(news.stays(now)).isFalse();
            assertThat(news.back()).isTrue();
        }
    }

    @Test
    void laterOnesOnceInAMinute() {
        assertThat(ejected(3, 0)).isTrue();
        assertThat(ejected(4, 59)).isFalse();
        assertThat(news.back()).isFalse();
        assertThat(ejected(5, 1)).isTrue();
        assertThat(news.back()).isTrue();
        assertThat(ejected(6, 10)).isFalse();
    }

    /** Otherwise the last that the operator has read is that it is back. */
    @Test
    void whoComesAndGoesAndStaysAwayIsTold() {
        assertThat(ejected(3, 0)).isTrue();
        assertThat(ejected(4, 10)).isFalse();
        assertThat(news.stays(now)).isFalse();
        now += Duration.ofSeconds(50).toNanos();
        assertThat(news.stays(now)).isTrue();
        assertThat(news.stays(now)).isFalse();
        assertThat(news.back()).isTrue();
    }

    /** Twelve hours of an upstream that is there for two seconds out of four. */
    @Test
    void theLogOfAFlappingUpstreamIsBounded() {
        int lines = 0;
        for (int i = 0; i < 12 * 3600 / 4; i++) {
            lines += ejected(i + 1, 4) ? 2 : 0;
        }
        assertThat(lines).isLessThan(12 * 60 * 2 + 6);
    }
}
