package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.RetryBudgetConfig;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many retries there may be. */
class RetryBudgetTest {

    private static final RetryBudgetConfig RULES = new RetryBudgetConfig(0.2, 3);

    private int requests;
    private long now = Long.MAX_VALUE - 5;
    private final RetryBudget budget = new RetryBudget(() -> requests, () -> now, new PoolLog("p"));

    private int grantedOf(int asked, RetryBudgetConfig rules) {
        int granted = 0;
        for (int i = 0; i < asked; i++) {
            granted += budget.begin(rules) ? 1 : 0;
        }
        return granted;
    }

    @ParameterizedTest
    @CsvSource({"0, 3", "14, 3", "18, 3", "19, 4", "98, 19", "99, 20", "999, 200"})
    void aShareOfTheRequestsUnderWayButAtLeastTheMinimum(int underWay, int granted) {
        requests = underWay;
        assertThat(grantedOf(300, RULES)).isEqualTo(granted);
        assertThat(budget.active()).isEqualTo(granted);
        assertThat(budget.granted()).isEqualTo(granted);
        assertThat(budget.refused()).isEqualTo(300 - granted);
    }

    /** A request that asks while its attempt is still under way is among those that count, and is added to them. */
    @ParameterizedTest
    @CsvSource({"15, 3, 3", "19, 3, 4", "20, 4, 4", "100, 20, 20", "1000, 200, 200", "1004, 200, 201"})
    void oneThatCountsTwiceIsAtMostOneRetryMore(int underWay, int exactly, int granted) {
        requests = underWay;
        int share = (int) (RULES.share() * underWay);
        assertThat(Math.max(RULES.min(), share)).isEqualTo(exactly);
        assertThat(grantedOf(300, RULES)).isEqualTo(granted);
        assertThat(granted - exactly).isBetween(0, 1);
    }

    @Test
    void aSecondAttemptTakesNothingThatWasSaved() {
        requests = 0;
        for (int i = 0; i < 1_000; i++) {
            budget.request(RULES);
        }
        int hedges = 0;
        for (int i = 0; i < 10; i++) {
            hedges += budget.beginHedge(RULES) ? 1 : 0;
        }
        assertThat(hedges).isEqualTo(3);
        assertThat(budget.active()).isEqualTo(3);
        assertThat(budget.granted()).isEqualTo(3);
        assertThat(budget.refused()).isEqualTo(7);
        assertThat(budget.begin(RULES)).isTrue();
    }

    @Test
    void oneThatEndsMakesRoomForAnother() {
        assertThat(grantedOf(4, RULES)).isEqualTo(3);
        budget.end();
        assertThat(grantedOf(2, RULES)).isEqualTo(1);
        assertThat(budget.active()).isEqualTo(3);
    }

    @Test
    void nothingIsGrantedWithoutAShareAndAMinimum() {
        RetryBudgetConfig nothing = new RetryBudgetConfig(0, 0);
        requests = 1_000_000;
        for (int i = 0; i < 1_000; i++) {
            budget.request(nothing);
        }
        assertThat(grantedOf(10, nothing)).isZero();
        assertThat(budget.active()).isZero();
    }

    @Test
    void allOfThemMayBeRetried() {
        requests = 9;
        assertThat(grantedOf(20, new RetryBudgetConfig(1, 0))).isEqualTo(10);
    }

    @Test
    void whatWasNotUsedIsSavedForWhenManyFailAtOnce() {
        for (int i = 0; i < 50; i++) {
            budget.request(RULES);
        }
        assertThat(grantedOf(100, RULES)).isEqualTo(3 + 10);
        for (int i = 0; i < 13; i++) {
            budget.end();
        }
        assertThat(budget.active()).isZero();
        assertThat(grantedOf(100, RULES)).as("once").isEqualTo(3);
    }

    @Test
    void noMoreThanAHundredAreSaved() {
        for (int i = 0; i < 100_000; i++) {
            budget.request(RULES);
        }
        assertThat(grantedOf(1_000, RULES)).isEqualTo(3 + RetryBudget.MAX_SAVED);
    }

    @Test
    void retriesDoNotMultiplyALongOutage() {
        // Each request fails at once and asks for one retry, which takes as long as ten further requests.
        int granted = 0;
        int begun = 0;
        requests = 10;
        for (int i = 0; i < 10_000; i++) {
            budget.request(RULES);
            if (begun > 0 && i % 10 == 0) {
                while (begun > 0) {
                    budget.end();
                    begun--;
                }
            }
            if (budget.begin(RULES)) {
                granted++;
                begun++;
            }
        }
        // The share in the long run, and the minimum of three in each ten.
        assertThat(granted).isBetween(2_000, 5_100);
    }

    @Test
    void concurrentRequestsGetNoMoreThanThereIs() throws Exception {
        requests = 99;
        ExecutorService threads = Executors.newFixedThreadPool(8);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger most = new AtomicInteger();
        AtomicInteger granted = new AtomicInteger();
        for (int t = 0; t < 8; t++) {
            threads.execute(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                for (int i = 0; i < 20_000; i++) {
                    if (budget.begin(RULES)) {
                        granted.incrementAndGet();
                        most.accumulateAndGet(budget.active(), Math::max);
                        budget.end();
                    }
                }
            });
        }
        go.countDown();
        threads.shutdown();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isBetween(1, 20);
        assertThat(granted.get()).isPositive();
        assertThat(budget.granted()).isEqualTo(granted.get());
        assertThat(budget.active()).isZero();
    }
}
