package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.AdaptiveConcurrencyConfig;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.UpstreamConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** A limit that follows response times, in virtual time. */
class AdaptivePoolTest {

    private static final AdaptiveConcurrencyConfig RULES =
            new AdaptiveConcurrencyConfig(5, 50, 20, 1.5, Duration.ofMillis(100));

    private final PoolFixture f = new PoolFixture()
            .member(1)
            .limits(new LimitsConfig(UpstreamConfig.UNLIMITED, null, RULES, null))
            .start();

    private final Deque<Lease> inFlight = new ArrayDeque<>();

    private int limit() {
        return f.pool.load().limit();
    }

    /** As many requests as there is room for, all the time, each of which takes so long. */
    private void load(Duration each, int rounds, int status) {
        for (int round = 0; round < rounds; round++) {
            for (Lease lease = f.pool.acquire(new Selection(0));
                    lease != null;
                    lease = f.pool.acquire(new Selection(0))) {
                inFlight.add(lease);
            }
            f.pass(each);
            int all = inFlight.size();
            for (int i = 0; i < all; i++) {
                Lease over = inFlight.poll();
                if (status > 0) {
                    over.answering(status);
                }
                over.complete(status > 0 ? Outcome.SUCCESS : Outcome.TIMED_OUT, null);
            }
        }
    }

    @Test
    void itBeginsWhereItIsToldAndRisesWhileAllIsWell() {
        assertThat(limit()).isEqualTo(20);
        load(Duration.ofMillis(10), 1_000, 200);
        assertThat(limit()).isEqualTo(50);
    }

    @Test
    void itFallsWhenResponsesAreSlowAndComesBack() {
        load(Duration.ofMillis(10), 300, 200);
        int before = limit();
        load(Duration.ofMillis(60), 25, 200);
        int slow = limit();
        assertThat(slow).isBetween(5, before / 2);
        load(Duration.ofMillis(10), 2_000, 200);
        assertThat(limit()).isGreaterThan(slow * 2);
    }

    @Test
    void itNeverFallsBelowItsLeast() {
        load(Duration.ofMillis(10), 300, 200);
        load(Duration.ofSeconds(5), 40, 200);
        assertThat(limit()).isBetween(5, 20);
        assertThat(f.hold()).isEqualTo("a");
    }

    @Test
    void refusalsThatAreFastAreNoGoodNews() {
        load(Duration.ofMillis(10), 300, 200);
        int before = limit();
        load(Duration.ofMillis(1), 3_000, 503);
        assertThat(limit()).isLessThan(before / 2);
    }

    @Test
    void attemptsThatAreGivenUpCount() {
        load(Duration.ofMillis(10), 300, 200);
        int before = limit();
        load(Duration.ofMillis(100), 50, 0);
        assertThat(limit()).isLessThan(before / 2);
    }

    @Test
    void whereNobodyWantsMoreItDoesNotRise() {
        for (int i = 0; i < 1_000; i++) {
            Lease lease = f.pool.acquire(new Selection(0));
            f.pass(Duration.ofMillis(10));
            lease.answering(200);
            lease.complete(Outcome.SUCCESS, null);
        }
        assertThat(limit()).isEqualTo(20);
    }

    @Test
    void theFixedLimitHoldsBesideIt() {
        f.pool.limits(new LimitsConfig(7, null, RULES, null));
        assertThat(limit()).isEqualTo(7);
        for (int i = 0; i < 7; i++) {
            assertThat(f.hold()).isEqualTo("a");
        }
        assertThat(f.hold()).isNull();
    }

    @Test
    void whatWasLearnedOutlivesAReloadThatChangesSomethingElse() {
        load(Duration.ofMillis(10), 300, 200);
        int before = limit();
        assertThat(before).isGreaterThan(20);
        f.pool.limits(new LimitsConfig(1_000, null, RULES, null));
        assertThat(limit()).isEqualTo(before);
        AdaptiveConcurrencyConfig other = new AdaptiveConcurrencyConfig(5, 50, 21, 1.5, Duration.ofMillis(100));
        f.pool.limits(new LimitsConfig(1_000, null, other, null));
        assertThat(limit()).isEqualTo(21);
    }
}
