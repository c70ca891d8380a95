package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.config.InitialHealth;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.ProbeType;
import io.jettylb.config.SharesConfig;
import io.jettylb.config.SlowStartConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.config.ZoneConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Another configuration for a pool that is serving. */
class ReconfigureTest {

    private static final ProbeResult FAILED = ProbeResult.failed("status 503");

    private static ChangingPool probed(String ids) {
        ChangingPool pool = new ChangingPool(ChangingPool.config(ids, false).with(Configs.PROBE));
        pool.probe(ids, ProbeResult.PASSED);
        return pool;
    }

    @Test
    void tellsHowTheUpstreamsDiffer() {
        ChangingPool pool = new ChangingPool("abc");

        assertThat(pool.become("abc")).hasToString("+0 -0 ~0");
        assertThat(pool.become("bcd")).hasToString("+1 -1 ~0");
        PoolConfig heavier = pool.config.with(
                List.of(ChangingPool.upstream('b', 3), ChangingPool.upstream('c', 1), ChangingPool.upstream('d', 2)));
        assertThat(pool.become(heavier)).hasToString("+0 -0 ~2");
        assertThat(pool.counts(12)).isEqualTo(Map.of("b", 6, "c", 2, "d", 4));
    }

    @Test
    void theRoundRobinPositionSurvives() {
        ChangingPool pool = new ChangingPool("abc");
        ChangingPool same = new ChangingPool("abc");
        String undisturbed = same.served(9);

        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            order.append(pool.served(1));
            pool.become("abc");
        }
        assertThat(order.toString()).isEqualTo(undisturbed);
    }

    @Test
    void requestsUnderWayGoOnCounting() {
        ChangingPool pool = new ChangingPool("a");
        Lease lease = pool.acquire();
        UpstreamConfig before = lease.upstream();

        pool.become(pool.config.with(List.of(ChangingPool.upstream('a', 7))));
        assertThat(pool.status("a").inFlight()).isOne();
        assertThat(pool.acquire().upstream()).isSameAs(before);
        assertThat(lease.upstream()).isSameAs(before);
        lease.complete(Outcome.SUCCESS, null);
        assertThat(pool.status("a").inFlight()).isOne();
    }

    @Test
    void anEjectionSurvives() {
        ChangingPool pool = new ChangingPool("abc");
        pool.refuse("a");

        pool.become("ab");
        assertThat(pool.status("a").ejections()).isOne();
        assertThat(pool.counts(4)).isEqualTo(Map.of("b", 4));
    }

    @Test
    void aWeightOfTheOperatorSurvivesUntilAnotherIsWritten() {
        ChangingPool pool = new ChangingPool("ab");
        pool.pool.weight("a", 3);

        pool.become("abc");
        assertThat(pool.status("a").weight()).isEqualTo(3);
        pool.become(pool.config.with(List.of(ChangingPool.upstream('a', 2), ChangingPool.upstream('b', 1))));
        assertThat(pool.status("a").weight()).isEqualTo(2);
    }

    @Test
    void newLimitsAndTiersHoldForTheNextRequest() {
        ChangingPool pool = new ChangingPool("ab");
        URI b = URI.create("http://127.0.0.1:9098");
        UpstreamConfig backup = new UpstreamConfig("b", b, 1, null, UpstreamConfig.UNLIMITED, 1, "");
        UpstreamConfig a = pool.config.upstreams().get(0);
        UpstreamConfig limited = new UpstreamConfig("a", a.uri(), 1, null, 1, 0, "");

        assertThat(pool.become(pool.config.with(List.of(limited, backup)))).hasToString("+0 -0 ~2");
        assertThat(pool.served(3)).isEqualTo("aaa");
        Lease full = pool.acquire();
        assertThat(full.upstream().id()).isEqualTo("a");
        assertThat(pool.served(2)).isEqualTo("bb");
    }

    @Test
    void healthSurvivesAndNewcomersWaitForTheirFirstProbe() {
        ChangingPool pool = probed("ab");
        pool.probe("bb", FAILED);

        pool.become("abc");
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 4));
        assertThat(pool.status("b").up()).isFalse();
        pool.probe("c", ProbeResult.PASSED);
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 2, "c", 2));
    }

    @Test
    void newcomersBeginAsTheProbesSay() {
        ChangingPool pool = probed("a");
        ProbeConfig rules = Configs.PROBE.with(null, InitialHealth.UP, ProbeCheck.PLAIN);

        pool.become(pool.config.with(rules).with(ChangingPool.members("ab")));
        assertThat(pool.status("b").eligible()).isTrue();
    }

    @Test
    void otherProbesTakeNobodyDownWhoIsUpAndBringNobodyUpBeforeTheyPass() {
        ChangingPool pool = probed("ab");
        pool.probe("aab", FAILED);
        ProbeConfig other = Configs.PROBE.with(null, InitialHealth.DOWN, ProbeCheck.of(ProbeType.TCP));

        pool.become(pool.config.with(other));
        assertThat(pool.status("a").up()).isFalse();
        assertThat(pool.status("b").up()).isTrue();
        // What the old ones have found counts neither against b nor against a.
        pool.probe("b", FAILED);
        assertThat(pool.status("b").up()).isTrue();
        pool.probe("a", ProbeResult.PASSED);
        assertThat(pool.status("a").up()).isTrue();
    }

    @Test
    void otherIntervalsLeaveHealthAlone() {
        ChangingPool pool = probed("ab");
        pool.probe("b", FAILED);
        ProbeConfig p = Configs.PROBE;
        ProbeConfig faster = new ProbeConfig(
                p.path(), Duration.ofMillis(50), p.timeout(), 2, 2, p.fastInterval(), p.jitter(), p.expectStatus());

        pool.become(pool.config.with(faster));
        pool.probe("b", FAILED);
        assertThat(pool.status("b").up()).isFalse();
    }

    @Test
    void probesThatComeLaterFindWhoIsThereUpAndThoseThatGoLeaveNobodyDown() {
        ChangingPool pool = new ChangingPool("ab");
        assertThatThrownBy(() -> pool.probe("a", FAILED)).isInstanceOf(IllegalArgumentException.class);

        pool.become(pool.config.with(Configs.PROBE));
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
        pool.probe("aa", FAILED);
        assertThat(pool.status("a").up()).isFalse();
        pool.become(pool.config.with((ProbeConfig) null));
        assertThat(pool.status("a").up()).isTrue();
        assertThatThrownBy(() -> pool.probe("a", FAILED)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aProbeOfSomebodyWhoWasReplacedSaysNothing() {
        ChangingPool pool = probed("ab");
        UpstreamConfig old = pool.pool.upstreams().get(0);
        UpstreamConfig moved = new UpstreamConfig("a", URI.create("http://127.0.0.1:9500"), 1);

        assertThat(pool.become(pool.config.with(List.of(moved, ChangingPool.upstream('b', 1)))))
                .hasToString("+1 -1 ~0");
        pool.pool.probed(old, ProbeResult.PASSED);
        assertThat(pool.status("a").up()).isFalse();
        pool.pool.probed(pool.pool.upstreams().get(0), ProbeResult.PASSED);
        assertThat(pool.status("a").up()).isTrue();
    }

    @Test
    void newcomersOfARunningPoolGetTheirShareStepByStep() {
        SharesConfig slow = new SharesConfig(new SlowStartConfig(Duration.ofSeconds(10), 1, 10), ZoneConfig.NONE, null);
        ChangingPool pool = new ChangingPool(ChangingPool.config("ab", false).with(slow));
        assertThat(pool.counts(10)).isEqualTo(Map.of("a", 5, "b", 5));

        pool.become("abc");
        assertThat(pool.counts(21)).isEqualTo(Map.of("a", 10, "b", 10, "c", 1));
        pool.pass(Duration.ofSeconds(10));
        assertThat(pool.counts(9)).isEqualTo(Map.of("a", 3, "b", 3, "c", 3));
    }

    @Test
    void anotherStrategyLearnsFromTheNextAttemptOnAndTheFormerOneHearsTheEndOfItsOwn() {
        ChangingPool pool = new ChangingPool("ab");
        pool.strategy = pool.newStrategy("peak-ewma");
        pool.become(pool.config);
        Lease old = pool.acquire();

        pool.strategy = pool.newStrategy("least-response-time");
        pool.become(pool.config);
        Lease lease = pool.acquire();
        old.complete(Outcome.SUCCESS, null);
        lease.complete(Outcome.SUCCESS, null);
        assertThat(pool.status("a").inFlight() + pool.status("b").inFlight()).isZero();
        assertThat(pool.counts(20).keySet()).containsExactly("a", "b");
    }

    @Test
    void aStrategyThatFailsChangesNothing() {
        ChangingPool pool = new ChangingPool("ab");
        Strategy broken = new Strategy() {
            @Override
            public Picker pickerFor(List<? extends Candidate> candidates) {
                throw new IllegalStateException("broken");
            }

            @Override
            public io.jettylb.balance.Observer observerOf(Candidate candidate) {
                throw new IllegalStateException("broken");
            }
        };

        assertThatThrownBy(() -> pool.pool.reconfigure(pool.config.with(ChangingPool.members("bc")), broken))
                .hasMessage("broken");
        assertThat(pool.ids()).containsExactly("a", "b");
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void whoIsRemovedWithoutRequestsIsGoneAtOnce() {
        ChangingPool pool = new ChangingPool("ab");

        pool.become("b");
        assertThat(pool.ids()).containsExactly("b");
        assertThat(pool.served(2)).isEqualTo("bb");
        assertThat(pool.bound("a")).isEqualTo("b");
    }

    @Test
    void whoIsRemovedFinishesWhatItHas() {
        ChangingPool pool = new ChangingPool("a");
        Lease lease = pool.acquire();

        pool.become("b");
        assertThat(pool.ids()).containsExactly("b", "a");
        assertThat(pool.status("a").service().removed()).isTrue();
        assertThat(pool.served(2)).isEqualTo("bb");
        lease.complete(Outcome.SUCCESS, null);
        assertThat(pool.ids()).containsExactly("b");
    }

    @Test
    void boundClientsOfOneThatIsRemovedAreServedUntilTheDeadline() {
        ChangingPool pool = new ChangingPool(ChangingPool.config("ab", true));

        pool.become("b");
        assertThat(pool.bound("a")).isEqualTo("a");
        assertThat(pool.served(2)).isEqualTo("bb");
        pool.pass(ChangingPool.DEADLINE.minusNanos(1));
        assertThat(pool.bound("a")).isEqualTo("a");
        pool.pass(Duration.ofNanos(1));
        assertThat(pool.bound("a")).isEqualTo("b");
        pool.pool.drains().settle();
        assertThat(pool.ids()).containsExactly("b");
    }

    @Test
    void whoComesBackBeforeTheDeadlineIsTheSameAndAfterItANewOne() {
        ChangingPool pool = new ChangingPool(ChangingPool.config("ab", true));
        Lease lease = pool.acquireBound("a");

        pool.become("b");
        assertThat(pool.become("ab")).hasToString("+1 -0 ~0");
        assertThat(pool.status("a").inFlight()).isOne();
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));

        pool.become("b");
        pool.pass(ChangingPool.DEADLINE);
        pool.become("ab");
        assertThat(pool.ids()).containsExactly("a", "b", "a");
        assertThat(pool.status("a").inFlight()).isZero();
        lease.complete(Outcome.SUCCESS, null);
        assertThat(pool.ids()).containsExactly("a", "b");
    }
}
