package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many changes with a strategy whose pickers take long to make, in virtual time: ten milliseconds each. */
class FlapStormTest {

    private static final Duration COST = Duration.ofMillis(10);
    private static final ProbeResult FAILED = ProbeResult.failed("status 503");

    private long now = Long.MAX_VALUE - 1_000;
    private int made;
    private List<? extends Candidate> latest = new ArrayList<>();
    private int turn;

    private final Strategy slow = new Strategy() {
        @Override
        public Picker pickerFor(List<? extends Candidate> candidates) {
            now += COST.toNanos();
            made++;
            latest = candidates;
            return (hash, attempt) -> turn++ % candidates.size();
        }
    };

    private Pool pool(int upstreams) {
        PoolConfig config = Configs.probed(Configs.pool(IntStream.range(0, upstreams)
                .mapToObj(i -> URI.create("http://127.0.0.1:" + (1000 + i)))
                .toList()));
        return new Pool(config, slow, () -> now);
    }

    private static void probe(Pool pool, int upstream, ProbeResult result) {
        pool.probed("u" + upstream, result);
        pool.probed("u" + upstream, result);
    }

    @Test
    void takesATenthOfOneProcessorAtMostAndHandsOutNobodyWhoIsDown() {
        Pool pool = pool(100);
        boolean[] up = new boolean[100];
        SplittableRandom random = new SplittableRandom(4);
        long start = now;
        made = 0;
        for (int flap = 0; flap < 20_000; flap++) {
            int upstream = random.nextInt(100);
            up[upstream] = random.nextBoolean();
            probe(pool, upstream, up[upstream] ? ProbeResult.PASSED : FAILED);
            now += Duration.ofMillis(1).toNanos();
            Lease lease = pool.acquire(new Selection(0));
            if (lease != null) {
                assertThat(up[Integer.parseInt(lease.upstream().id().substring(1))])
                        .isTrue();
                lease.complete(Outcome.SUCCESS, null);
            }
        }
        long elapsed = now - start;
        assertThat(made * COST.toNanos()).isLessThanOrEqualTo(elapsed / 10 + 2 * COST.toNanos());
        assertThat(made).isGreaterThan(100);
    }

    /** A pool of three of which two are known to requests, and the third has come since. */
    private Pool waiting() {
        Pool pool = pool(3);
        probe(pool, 0, ProbeResult.PASSED);
        probe(pool, 1, ProbeResult.PASSED);
        assertThat(latest).hasSize(2);
        probe(pool, 2, ProbeResult.PASSED);
        assertThat(latest).hasSize(2);
        return pool;
    }

    @Test
    void theNextRequestMakesWhatWasPutOff() {
        Pool pool = waiting();
        now += COST.toNanos() * 9 - 1;
        assertThat(pool.acquire(new Selection(0))).isNotNull();
        assertThat(latest).hasSize(2);
        now++;
        assertThat(pool.acquire(new Selection(0))).isNotNull();
        assertThat(latest).hasSize(3);
        assertThat(made).isEqualTo(3);
    }

    @Test
    void nobodyIsTurnedAwayForTheSakeOfThat() {
        Pool pool = waiting();
        probe(pool, 0, FAILED);
        probe(pool, 1, FAILED);

        assertThat(pool.acquire(new Selection(0)).upstream().id()).isEqualTo("u2");
    }

    @Test
    void retriesReachThoseWhoCameSince() {
        Pool pool = waiting();
        Selection selection = new Selection(0);
        pool.acquire(selection).complete(Outcome.BROKEN, null);
        pool.acquire(selection).complete(Outcome.BROKEN, null);

        assertThat(pool.acquire(selection).upstream().id()).isEqualTo("u2");
    }
}
