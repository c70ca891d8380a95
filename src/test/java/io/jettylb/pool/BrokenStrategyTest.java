package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.DrainConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A strategy of somebody else that cannot make a picker for some lists. */
class BrokenStrategyTest {

    private final ChangingPool pool = new ChangingPool(
            Configs.balanced(ChangingPool.config("ab", false), "closest").with(Configs.PROBE));
    /** The lists that it cannot pick from; none at first. */
    private String breaksAt = "";

    private int asked;

    private final Strategy strategy = new Strategy() {
        private final Strategy sound = pool.strategy;

        @Override
        public Picker pickerFor(List<? extends Candidate> candidates) {
            asked++;
            StringBuilder ids = new StringBuilder();
            candidates.forEach(candidate -> ids.append(candidate.id()));
            if (ids.toString().equals(breaksAt)) {
                throw new IllegalArgumentException("a bug");
            }
            return sound.pickerFor(candidates);
        }
    };

    BrokenStrategyTest() {
        pool.strategy = strategy;
        pool.become(pool.config);
        pool.probe("ab", ProbeResult.PASSED);
    }

    private void assertRefused(PoolConfig next) {
        assertThatThrownBy(() -> pool.pool.reconfigure(next, strategy))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageMatching("strategy closest cannot pick among \\d upstreams?: .*: a bug");
    }

    @Test
    void aChangeThatItCannotFollowChangesNothing() {
        pool.pool.weight("b", 3);
        Lease lease = pool.acquireBound("a");
        List<UpstreamStatus> before = pool.pool.status();
        breaksAt = "bc";
        assertRefused(pool.config
                .with(ChangingPool.members("bc"))
                .with(new DrainConfig(Duration.ZERO))
                .with(OutlierConfig.DEFAULT.on(false))
                .with((ProbeConfig) null));

        assertThat(pool.pool.status()).isEqualTo(before);
        assertThat(pool.pool.strategy()).isSameAs(strategy);
        lease.complete(Outcome.SUCCESS, null);
        assertThat(pool.counts(8)).isEqualTo(Map.of("a", 2, "b", 6));
        // Its health is judged as before, and its drain takes as long.
        pool.probe("aa", ProbeResult.failed("status 503"));
        assertThat(pool.status("a").up()).isFalse();
        pool.pool.drains().drain("b");
        assertThat(pool.status("b").service().left()).isEqualTo(ChangingPool.DEADLINE);

        breaksAt = "";
        assertThat(pool.become("bc")).hasToString("+1 -1 ~0");
    }

    /** All are in order, but those who can get requests at present are not. */
    @Test
    void whoIsDownIsNotPickedFrom() {
        pool.probe("bb", ProbeResult.failed("status 503"));
        breaksAt = "a";
        assertRefused(pool.config.with(new DrainConfig(Duration.ZERO)));
        assertThat(pool.served(3)).isEqualTo("aaa");
    }

    @Test
    void itIsReplacedWhenItFailsLaterAndAskedAgainNowAndThen() {
        breaksAt = "a";
        pool.probe("bb", ProbeResult.failed("status 503"));
        assertThat(pool.pool.snapshot().failure()).isNotNull();
        assertThat(pool.served(3)).isEqualTo("aaa");
        breaksAt = "ab";
        pool.probe("bb", ProbeResult.PASSED);
        asked = 0;
        assertThat(pool.counts(100)).isEqualTo(Map.of("a", 50, "b", 50));
        assertThat(asked).isZero();
        pool.pool.weight("a", 9);
        assertThat(asked).isOne();
        assertThat(pool.counts(100)).isEqualTo(Map.of("a", 50, "b", 50));

        breaksAt = "";
        pool.pass(Duration.ofSeconds(1));
        assertThat(pool.counts(100)).isEqualTo(Map.of("a", 90, "b", 10));
        assertThat(pool.pool.snapshot().failure()).isNull();
        pool.pass(Duration.ofSeconds(100));
        pool.served(10);
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void theOperatorIsToldWhenThatBeginsAndEnds() {
        PoolLog log = new PoolLog("p");
        assertThat(log.strategyFails()).isFalse();
        log.strategy(null);
        assertThat(log.strategyFails()).isFalse();
        log.strategy(new IllegalStateException("a bug"));
        assertThat(log.strategyFails()).isTrue();
        log.strategy(new IllegalStateException("another bug"));
        assertThat(log.strategyFails()).isTrue();
        log.strategy(null);
        assertThat(log.strategyFails()).isFalse();
    }

    @Test
    void aPoolDoesNotBeginWithOne() {
        breaksAt = "ab";
        PoolConfig config = Configs.balanced(ChangingPool.config("ab", false), "closest");
        assertThatThrownBy(() -> new Pool(config, strategy, () -> 0))
                .hasMessage("strategy closest cannot pick among 2 upstreams: "
                        + "java.lang.IllegalArgumentException: a bug");
        assertThatThrownBy(() -> new Pool(config, candidates -> null, () -> 0)).hasMessageContaining("no picker");
    }
}
