package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.EjectConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.health.Ejection.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must hold of any requests, however they end. */
class OutlierInvariantsTest {

    private static final Outcome[] OUTCOMES = Outcome.values();
    private static final int[] STATUSES = {200, 200, 404, 500, 502, 503};

    private static PoolFixture pool(int size, double most) {
        EjectConfig eject = new EjectConfig(Duration.ofSeconds(30), Duration.ofSeconds(300), 0.1, most, false);
        PoolFixture f = new PoolFixture().outlier(OutlierConfig.DEFAULT.with(eject));
        for (int i = 0; i < size; i++) {
            f.member(1);
        }
        return f.start();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 2", "3, 0.34, 3", "3, 1, 4", "6, 0.34, 5", "8, 1, 6", "12, 0.2, 7"})
    void somebodyIsLeftAndNotTooManyAreOut(int size, double most, long seed) {
        PoolFixture f = pool(size, most);
        SplittableRandom random = new SplittableRandom(seed);
        Deque<Lease> running = new ArrayDeque<>();
        int allowed = Math.max(1, (int) Math.floor(size * most));
        int ejections = 0;
        for (int i = 0; i < 20_000; i++) {
            f.pass(Duration.ofMillis(random.nextInt(200)));
            Lease lease = f.pool.acquire(new Selection(0));
            assertThat(lease).isNotNull();
            running.add(lease);
            if (running.size() > random.nextInt(10)) {
                end(running.poll(), random);
            }
            List<UpstreamStatus> status = f.pool.status();
            assertThat(status).anyMatch(UpstreamStatus::eligible);
            long out = status.stream()
                    .filter(s -> s.ejection() != null && s.ejection().reason() != Reason.REFUSED)
                    .count();
            assertThat(out).isLessThanOrEqualTo(allowed);
            ejections += out > 0 ? 1 : 0;
        }
        assertThat(size == 1 || ejections > 0).isTrue();
        running.forEach(lease -> lease.complete(Outcome.SUCCESS, null));
        assertThat(f.pool.status()).allMatch(s -> s.inFlight() == 0);
    }

    private static void end(Lease lease, SplittableRandom random) {
        // Some upstreams are worse than others.
        boolean bad = lease.upstream().id().charAt(0) % 2 == 0;
        if (random.nextInt(4) > 0) {
            lease.answering(bad ? STATUSES[random.nextInt(STATUSES.length)] : 200);
        }
        lease.complete(bad ? OUTCOMES[random.nextInt(OUTCOMES.length)] : Outcome.SUCCESS, null);
    }

    /** However long all of them failed, all are back when they are well. */
    @Test
    void nobodyIsForgotten() {
        PoolFixture f = pool(6, 1);
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < 5_000; i++) {
            f.pass(Duration.ofMillis(100));
            Lease lease = f.pool.acquire(new Selection(0));
            if (random.nextBoolean()) {
                lease.answering(503);
                lease.complete(Outcome.ERROR_RESPONSE, null);
            } else {
                lease.complete(random.nextBoolean() ? Outcome.CONNECT_FAILED : Outcome.BROKEN, null);
            }
        }
        assertThat(f.eligible()).hasSize(1);
        f.pass(Duration.ofSeconds(330));
        f.counts(6);
        assertThat(f.eligible()).isEqualTo("abcdef");
    }
}
