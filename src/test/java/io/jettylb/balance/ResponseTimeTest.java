package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.equal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.balance.Observer.Ending;
import io.jettylb.kit.Fixtures.Upstream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The figure that latency-aware strategies compare, exactly, on a clock that a test sets. */
class ResponseTimeTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long DECAY = 10 * SECOND;
    private static final double MILLI = 1e6;

    private final List<Upstream> upstreams = equal(2);
    private long now;

    private ResponseTimes times(boolean peak, boolean lastByte, boolean silence, int levels) {
        return new ResponseTimes(new ResponseTimes.Rules(DECAY, peak, lastByte, silence, 100, levels), () -> now);
    }

    private ResponseTimes peak() {
        return times(true, false, true, 1);
    }

    private void serve(ResponseTime time, double millis, int status) {
        time.began();
        long nanos = (long) (millis * MILLI);
        now += nanos;
        time.responded(nanos, status);
        time.ended(nanos, Ending.COMPLETE);
    }

    @Test
    void whatWasNeverMeasuredCostsNothingUntilItIsTried() {
        ResponseTime time = peak().of(upstreams.get(0));
        assertThat(time.estimate(0, now)).isZero();
        time.began();
        assertThat(time.estimate(1, now)).isEqualTo(ResponseTime.FIRST_PENDING);
        now += SECOND;
        time.responded(SECOND, 200);
        assertThat(time.estimate(0, now)).isEqualTo(SECOND);
    }

    @Test
    void aPeakCountsAtOnceAndIsForgottenByTime() {
        ResponseTime time = peak().of(upstreams.get(0));
        serve(time, 10, 200);
        serve(time, 800, 200);
        assertThat(time.estimate(0, now)).isEqualTo(800 * MILLI);
        assertThat(time.estimate(0, now + DECAY)).isCloseTo(800 * MILLI / Math.E, within(1_000.0));
        now += DECAY - 10_000_000;
        serve(time, 10, 200);
        double kept = Math.exp(-1);
        assertThat(time.estimate(0, now)).isCloseTo(800 * MILLI * kept + 10 * MILLI * (1 - kept), within(1.0));
    }

    @Test
    void itFadesForOneRequestOnly() {
        ResponseTime time = times(true, false, false, 1).of(upstreams.get(0));
        serve(time, 500, 200);
        now += 6 * DECAY;
        assertThat(time.estimate(0, now)).isLessThan(2 * MILLI);
        time.began();
        assertThat(time.estimate(1, now + DECAY)).isEqualTo(500 * MILLI);
        time.ended(5, Ending.CANCELLED);
        assertThat(time.estimate(0, now)).isLessThan(2 * MILLI);
    }

    @Test
    void silenceIsAPeakWhileItLasts() {
        ResponseTime time = peak().of(upstreams.get(0));
        serve(time, 10, 200);
        time.began();
        now += SECOND;
        time.began();
        now += SECOND;
        assertThat(time.estimate(2, now)).isEqualTo(2 * SECOND);
        // Another one was answered: nothing is known of the rest.
        time.responded(SECOND, 200);
        assertThat(time.estimate(1, now)).isEqualTo(SECOND);
    }

    @Test
    void aClientThatGivesUpHasMeasuredToo() {
        ResponseTime time = peak().of(upstreams.get(0));
        serve(time, 10, 200);
        time.began();
        now += 3 * SECOND;
        time.ended(3 * SECOND, Ending.CANCELLED);
        assertThat(time.estimate(0, now)).isEqualTo(3 * SECOND);
        // One that leaves early, or in the middle of a response, says nothing.
        time.began();
        now += 5;
        time.ended(5, Ending.CANCELLED);
        time.began();
        time.responded(6, 200);
        double before = time.estimate(0, now);
        now += 3 * SECOND;
        time.ended(3 * SECOND, Ending.CANCELLED);
        assertThat(time.estimate(0, now)).isLessThan(before);
    }

    @Test
    void aBlackHoleWithoutHistoryIsNoBargainForThoseWhoGiveUp() {
        ResponseTimes times = peak();
        serve(times.of(upstreams.get(1)), 40, 200);
        ResponseTime time = times.of(upstreams.get(0));
        time.began();
        now += 5;
        time.ended(5, Ending.CANCELLED);
        assertThat(time.estimate(0, now)).isCloseTo(40 * MILLI, within(1.0));
    }

    @Test
    void failuresCostMoreThanAnySuccessAndAreForgotten() {
        ResponseTimes times = peak();
        ResponseTime good = times.of(upstreams.get(0));
        ResponseTime bad = times.of(upstreams.get(1));
        serve(good, 20, 200);
        serve(bad, 1, 503);
        // Its share of failures is 1, so it costs the penalty in response times of the pool.
        assertThat(bad.estimate(0, now)).isCloseTo(100 * 20 * MILLI, within(1.0));
        assertThat(bad.estimate(0, now + 5 * DECAY)).isCloseTo(2_000 * MILLI * Math.exp(-5), within(100.0));
    }

    @Test
    void aFailureAmongManySuccessesCostsItsShare() {
        ResponseTimes times = peak();
        ResponseTime time = times.of(upstreams.get(0));
        for (int i = 0; i < 1_000; i++) {
            serve(time, 20, 200);
        }
        serve(time, 1, 500);
        // It is one of the latest hundred.
        assertThat(time.estimate(0, now)).isCloseTo((20 + 100 * 0.01 * 20) * MILLI, within(MILLI));
    }

    @Test
    void onlyWhatTheUpstreamIsToBlameForIsAFailure() {
        for (int status : new int[] {200, 204, 301, 304, 400, 401, 403, 404, 408, 413, 501, 505}) {
            assertThat(ResponseTime.isFailure(status)).as("%d", status).isFalse();
        }
        for (int status : new int[] {429, 500, 502, 503, 504, 507, 599}) {
            assertThat(ResponseTime.isFailure(status)).as("%d", status).isTrue();
        }
        ResponseTime cut = peak().of(upstreams.get(0));
        serve(cut, 5, 200);
        cut.began();
        cut.ended(5, Ending.FAILED);
        assertThat(cut.failures(now)).isPositive();
        assertThat(cut.estimate(0, now)).isGreaterThan(5 * MILLI);
    }

    @Test
    void aFailureNeverLooksFastButALateOneLooksSlow() {
        ResponseTimes times = times(false, false, false, 1);
        ResponseTime time = times.of(upstreams.get(0));
        serve(time, 100, 200);
        double before = time.estimate(0, now);
        serve(time, 1, 500);
        assertThat(time.estimate(0, now)).isGreaterThanOrEqualTo(before);
        now += DECAY;
        time.began();
        time.ended(30 * SECOND, Ending.FAILED);
        assertThat(time.estimate(0, now)).isGreaterThan(15.0 * SECOND);
    }

    @Test
    void theLastByteMayBeWhatCounts() {
        ResponseTime time = times(false, true, false, 1).of(upstreams.get(0));
        time.began();
        now += SECOND;
        time.responded(SECOND, 200);
        // Not measured yet: it must not attract all requests until then.
        assertThat(time.estimate(1, now)).isEqualTo(ResponseTime.FIRST_PENDING);
        now += SECOND;
        time.ended(2 * SECOND, Ending.COMPLETE);
        assertThat(time.estimate(0, now)).isEqualTo(2 * SECOND);
    }

    @Test
    void levelsOfLoadAreKeptApart() {
        Upstream upstream = upstreams.get(0);
        ResponseTime time = times(false, false, false, 8).of(upstream);
        upstream.inFlight = 1;
        time.responded(10, 200);
        upstream.inFlight = 9;
        time.responded(900, 200);
        assertThat(time.estimate(0, now)).isEqualTo(10);
        assertThat(time.estimate(1, now)).isEqualTo(10);
        assertThat(time.estimate(4, now)).isEqualTo(900);
        assertThat(time.estimate(8, now)).isEqualTo(900);
        assertThat(time.estimate(Integer.MAX_VALUE, now)).isEqualTo(900);
    }

    @Test
    void anUpstreamHasOneRecordHoweverOftenItIsAskedFor() {
        ResponseTimes times = peak();
        assertThat(times.of(upstreams.get(0))).isSameAs(times.of(upstreams)[0]).isNotSameAs(times.of(upstreams.get(1)));
    }
}
