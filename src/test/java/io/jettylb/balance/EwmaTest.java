package io.jettylb.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EwmaTest {

    private static final long DECAY = TimeUnit.SECONDS.toNanos(10);

    @Test
    void theFirstObservationIsTheAverage() {
        Ewma ewma = new Ewma(1, DECAY, 0, false);
        assertThat(ewma.isSet(0)).isFalse();
        assertThat(ewma.at(0, 5)).isZero();
        ewma.observe(0, 7, Long.MAX_VALUE - 5);
        assertThat(ewma.isSet(0)).isTrue();
        assertThat(ewma.at(0, Long.MAX_VALUE - 5)).isEqualTo(7);
    }

    @Test
    void aClockMayBeBelowZero() {
        Ewma ewma = new Ewma(1, DECAY, 0, false);
        long start = -1_000_000 * DECAY;
        ewma.observe(0, 100, start);
        ewma.observe(0, 20, start + DECAY);
        double kept = Math.exp(-1);
        assertThat(ewma.last(0)).isCloseTo(100 * kept + 20 * (1 - kept), within(1e-9));
    }

    @Test
    void whatIsOldCountsByItsAge() {
        Ewma ewma = new Ewma(2, DECAY, 0, false);
        ewma.observe(1, 100, 0);
        ewma.observe(1, 20, DECAY / 2);
        double kept = Math.exp(-0.5);
        assertThat(ewma.last(1)).isCloseTo(100 * kept + 20 * (1 - kept), within(1e-9));
        // The other one is another one.
        assertThat(ewma.isSet(0)).isFalse();
    }

    @Test
    void itFadesWhileNothingIsObserved() {
        Ewma ewma = new Ewma(1, DECAY, 0, false);
        // The clock may pass its end.
        ewma.observe(0, 100, Long.MAX_VALUE - 3);
        assertThat(ewma.at(0, Long.MAX_VALUE - 3 + DECAY)).isCloseTo(100 / Math.E, within(1e-4));
        assertThat(ewma.at(0, Long.MAX_VALUE - 3 + DECAY / 100_000)).isCloseTo(100 * Math.exp(-1e-5), within(1e-4));
        assertThat(ewma.at(0, Long.MAX_VALUE - 4)).isEqualTo(100);
    }

    @Test
    void itFadesAlongTheCurveAndNeverRises() {
        Ewma ewma = new Ewma(1, DECAY, 0, false);
        ewma.observe(0, 1, 0);
        double before = 1;
        for (long since = 0; since < 40 * DECAY; since += DECAY / 997) {
            double left = ewma.at(0, since);
            double exact = Math.exp(-(double) since / DECAY);
            assertThat(left).isCloseTo(exact, within(1e-6 * exact)).isLessThanOrEqualTo(before);
            before = left;
        }
        assertThat(ewma.at(0, 5_000 * DECAY)).isZero();
        assertThat(ewma.at(0, Long.MAX_VALUE)).isZero();
    }

    @Test
    void aPeakIsTheAverageAtOnce() {
        Ewma ewma = new Ewma(1, DECAY, 0, true);
        ewma.observe(0, 10, 0);
        ewma.observe(0, 500, 1);
        assertThat(ewma.last(0)).isEqualTo(500);
        ewma.observe(0, 10, 1 + DECAY);
        assertThat(ewma.last(0)).isCloseTo(500 / Math.E + 10 * (1 - 1 / Math.E), within(1e-9));
    }

    @Test
    void theLeastGainIsForCrowdedMoments() {
        Ewma ewma = new Ewma(1, DECAY, 0.01, false);
        ewma.observe(0, 0, 0);
        ewma.observe(0, 1, 1);
        assertThat(ewma.last(0)).isCloseTo(0.01, within(1e-9));
        ewma.observe(0, 1, 1 + DECAY);
        assertThat(ewma.last(0)).isCloseTo(0.01 / Math.E + 1 - 1 / Math.E, within(1e-9));
    }

    /** Whatever the threads do, an average lies between its observations, and no time counts twice. */
    @Test
    void threadsTogetherStayWithinBounds() throws Exception {
        Ewma ewma = new Ewma(1, 1_000, 0, false);
        AtomicLong clock = new AtomicLong();
        ewma.observe(0, 60, 0);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                double value = 40 + 10 * (thread % 5);
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        ewma.observe(0, value, clock.incrementAndGet());
                        assertThat(ewma.last(0)).isBetween(40 - 1e-6, 80 + 1e-6);
                        assertThat(ewma.at(0, clock.get())).isBetween(0.0, 80 + 1e-6);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(ewma.sinceLast(0, clock.get())).isZero();
    }
}
