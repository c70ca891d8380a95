package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.config.DrainConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeConfig;
import io.jettylb.health.AdminState;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Upstreams that are taken out of service by the operator or by their own answers. */
class DrainTest {

    private static final ProbeResult NOT_FOUND = ProbeResult.draining("status 404");
    private static final ProbeResult FAILED = ProbeResult.failed("status 503");

    private final ChangingPool pool = new ChangingPool(ChangingPool.config("ab", true));
    private final Drains drains = pool.pool.drains();

    @Test
    void aDrainServesBoundClientsUntilTheDeadline() {
        drains.drain("a");

        assertThat(pool.served(3)).isEqualTo("bbb");
        assertThat(pool.bound("a")).isEqualTo("a");
        assertThat(pool.status("a").mode()).isEqualTo(AdminState.Mode.DRAIN);
        pool.pass(Duration.ofSeconds(10));
        assertThat(pool.status("a").service())
                .isEqualTo(new UpstreamStatus.Service(
                        AdminState.Mode.DRAIN, false, Duration.ofSeconds(10), Duration.ofSeconds(20)));
        pool.pass(Duration.ofSeconds(20));
        assertThat(pool.bound("a")).isEqualTo("b");
        assertThat(pool.status("a").up()).isTrue();
    }

    @Test
    void requestsUnderWayAreLeftToFinish() {
        Lease lease = pool.acquireBound("a");
        drains.drain("a");

        pool.pass(ChangingPool.DEADLINE);
        assertThat(drains.settle()).isEmpty();
        assertThat(pool.status("a").inFlight()).isOne();
        lease.complete(Outcome.SUCCESS, null);
        assertThat(pool.status("a").inFlight()).isZero();
    }

    @Test
    void readyEndsItAndARepeatedDrainDoesNotMoveTheDeadline() {
        drains.drain("a");
        pool.pass(Duration.ofSeconds(10));
        drains.drain("a");

        assertThat(drains.settle())
                .isEqualTo(OptionalLong.of(Duration.ofSeconds(20).toNanos()));
        drains.ready("a");
        assertThat(drains.settle()).isEmpty();
        assertThat(pool.status("a").service()).isEqualTo(UpstreamStatus.Service.READY);
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void maintenanceServesNobody() {
        Lease lease = pool.acquireBound("a");
        drains.maintenance("a");

        assertThat(pool.served(3)).isEqualTo("bbb");
        assertThat(pool.bound("a")).isEqualTo("b");
        assertThat(pool.status("a").mode()).isEqualTo(AdminState.Mode.MAINTENANCE);
        lease.complete(Outcome.SUCCESS, null);
        drains.ready("a");
        assertThat(pool.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void tunnelsHaveTheDeadlineInBoth() {
        drains.drain("a");
        drains.maintenance("b");
        var upstreams = pool.pool.upstreams();

        assertThat(upstreams).noneMatch(drains::isOver);
        pool.pass(ChangingPool.DEADLINE);
        assertThat(upstreams).allMatch(drains::isOver);
        drains.ready("a");
        assertThat(drains.isOver(upstreams.get(0))).isFalse();
        assertThat(drains.isOver(ChangingPool.upstream('x', 1))).isTrue();
    }

    @Test
    void withoutATimeNobodyWaits() {
        pool.become(pool.config.with(new DrainConfig(Duration.ZERO)));
        drains.drain("a");

        assertThat(pool.bound("a")).isEqualTo("b");
        assertThat(drains.isOver(pool.pool.upstreams().get(0))).isTrue();
    }

    @Test
    void theLastOneMayBeDrained() {
        drains.drain("a");
        drains.drain("b");

        assertThat(pool.acquire()).isNull();
        assertThat(pool.bound("b")).isEqualTo("b");
    }

    @Test
    void anEjectedOneThatIsDrainedIsNobodysLastResort() {
        ChangingPool other = new ChangingPool("ab");
        other.refuse("a");
        other.pass(Duration.ofSeconds(5));
        other.pool.drains().drain("a");
        other.pool.drains().drain("b");

        assertThat(other.acquire()).isNull();
    }

    @Test
    void itSurvivesAnotherConfiguration() {
        drains.drain("a");
        pool.become(pool.config.with(ChangingPool.members("abc")));

        assertThat(pool.served(4)).doesNotContain("a");
        pool.pass(ChangingPool.DEADLINE);
        assertThat(pool.bound("a")).isNotEqualTo("a");
    }

    @Test
    void maintenanceOfOneThatWasRemovedEndsItAtOnce() {
        pool.become("b");
        drains.maintenance("a");

        assertThat(pool.ids()).containsExactly("b");
        assertThatThrownBy(() -> drains.maintenance("a")).hasMessage("p/a: no such upstream");
    }

    @Test
    void whoeverListensIsToldOfDrainsAndOfThoseThatAreGone() {
        AtomicInteger told = new AtomicInteger();
        drains.listener(told::incrementAndGet);
        Lease lease = pool.acquireBound("a");

        drains.drain("a");
        drains.drain("a");
        drains.ready("a");
        assertThat(told).hasValue(2);
        pool.become("b");
        pool.pass(ChangingPool.DEADLINE);
        lease.complete(Outcome.SUCCESS, null);
        assertThat(told).hasValue(3);
    }

    @Test
    void a404DrainsWhoIsUpAndEndsWithAPass() {
        ChangingPool probed = probed();
        probed.probe("a", NOT_FOUND);
        probed.probe("a", NOT_FOUND);
        probed.probe("a", NOT_FOUND);

        assertThat(probed.served(3)).isEqualTo("bbb");
        assertThat(probed.bound("a")).isEqualTo("a");
        assertThat(probed.status("a").up()).isTrue();
        assertThat(probed.status("a").mode()).isEqualTo(AdminState.Mode.DRAIN);
        probed.probe("a", ProbeResult.PASSED);
        assertThat(probed.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void a404IsNeitherPassNorFailureOfWhoIsUpAndAFailureOfWhoIsDown() {
        ChangingPool probed = probed();
        probed.probe("a", FAILED);
        probed.probe("a", NOT_FOUND);
        assertThat(probed.status("a").up()).isTrue();
        probed.probe("a", FAILED);
        assertThat(probed.status("a").up()).isFalse();

        probed.probe("a", ProbeResult.PASSED);
        probed.probe("a", NOT_FOUND);
        probed.probe("a", ProbeResult.PASSED);
        assertThat(probed.status("a").up()).isFalse();
        probed.probe("a", ProbeResult.PASSED);
        assertThat(probed.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void aFailureWhileItDrainsDoesNotPutItIntoServiceAgain() {
        ChangingPool probed = probed();
        probed.probe("a", NOT_FOUND);
        probed.probe("a", FAILED);

        assertThat(probed.served(3)).isEqualTo("bbb");
        assertThat(probed.bound("a")).isEqualTo("a");
    }

    private static ChangingPool probed() {
        ProbeCheck c = ProbeCheck.PLAIN;
        ProbeConfig rules = Configs.PROBE.with(
                null,
                Configs.PROBE.initial(),
                new ProbeCheck(c.type(), c.scheme(), c.port(), c.request(), c.expectation(), c.service(), false, true));
        ChangingPool probed = new ChangingPool(ChangingPool.config("ab", true).with(rules));
        probed.probe("ab", ProbeResult.PASSED);
        return probed;
    }
}
