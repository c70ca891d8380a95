package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EjectionTest {

    private static final EjectionRules RULES = new EjectionRules(Duration.ofSeconds(1), Duration.ofSeconds(10));

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "4, 8", "5, 10", "6, 10", "1000, 10"})
    void eachRepeatDoublesTheTimeUpToTheMaximum(int count, int seconds) {
        Ejection before = new Ejection(0, count - 1);
        Ejection after = before.next(RULES, 500);
        assertThat(after.count()).isEqualTo(count);
        assertThat(after.untilNanos())
                .isEqualTo(500 + Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void aTrialIsDueWhenTheTimeIsOver() {
        Ejection ejection = Ejection.NONE.next(RULES, 0);
        long end = Duration.ofSeconds(1).toNanos();
        assertThat(ejection.active()).isTrue();
        assertThat(ejection.dueAt(end - 1)).isFalse();
        assertThat(ejection.dueAt(end)).isTrue();
    }

    @Test
    void theClockMayWrap() {
        long start = Long.MAX_VALUE - 5;
        Ejection ejection = Ejection.NONE.next(RULES, start);
        assertThat(ejection.dueAt(start + 10)).isFalse();
        assertThat(ejection.dueAt(start + Duration.ofSeconds(1).toNanos())).isTrue();
    }

    @Test
    void whoIsNotEjectedHasNothingDue() {
        assertThat(Ejection.NONE.active()).isFalse();
        assertThat(Ejection.NONE.dueAt(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void theCountDoesNotWrap() {
        Ejection ejection = new Ejection(0, Integer.MAX_VALUE).next(RULES, 0);
        assertThat(ejection.active()).isTrue();
        assertThat(ejection.untilNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
    }
}
