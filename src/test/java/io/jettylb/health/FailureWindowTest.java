package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FailureWindowTest {

    private static final Offset<Double> EXACTLY = within(1e-9);
    private static final long WIDTH = 1_000;
    // The clock wraps within the first window.
    private static final long START = Long.MAX_VALUE - 10;

    /** Six attempts of which three failed. */
    private static FailureWindow half() {
        FailureWindow window = FailureWindow.empty(START);
        for (int i = 0; i < 6; i++) {
            window = window.with(i % 2 == 0, START + i, WIDTH);
        }
        return window;
    }

    @Test
    void withoutAttemptsNothingHasFailed() {
        assertThat(FailureWindow.empty(START).total(START, WIDTH)).isZero();
        assertThat(FailureWindow.empty(START).rate(START, WIDTH)).isZero();
    }

    @Test
    void withinTheWindowAllCountInFull() {
        assertThat(half().total(START + WIDTH - 1, WIDTH)).isCloseTo(6, EXACTLY);
        assertThat(half().rate(START + WIDTH - 1, WIDTH)).isCloseTo(0.5, EXACTLY);
    }

    @Test
    void afterItTheyCountLessAndLess() {
        assertThat(half().total(START + WIDTH, WIDTH)).isCloseTo(6, EXACTLY);
        assertThat(half().total(START + WIDTH + 250, WIDTH)).isCloseTo(4.5, EXACTLY);
        assertThat(half().total(START + WIDTH + 999, WIDTH)).isCloseTo(0.006, EXACTLY);
        assertThat(half().total(START + 2 * WIDTH, WIDTH)).isZero();
        assertThat(half().total(START + 5 * WIDTH, WIDTH)).isZero();
    }

    @Test
    void olderFailuresCountAsOlderAttemptsDo() {
        long later = START + WIDTH + 500;
        assertThat(half().rate(later, WIDTH)).isCloseTo(0.5, EXACTLY);
        // Half of six and two; half of three and two.
        FailureWindow both = half().with(true, later, WIDTH).with(true, later, WIDTH);
        assertThat(both.total(later, WIDTH)).isCloseTo(5, EXACTLY);
        assertThat(both.rate(later, WIDTH)).isCloseTo(3.5 / 5, EXACTLY);
    }

    /** Threads that read the clock one after the other may come in another order. */
    @Test
    void aClockThatGoesBackDoesNotMakeMoreOfThem() {
        FailureWindow later = half().with(false, START + WIDTH, WIDTH);
        assertThat(later.total(START + WIDTH - 500, WIDTH)).isCloseTo(7, EXACTLY);
    }
}
