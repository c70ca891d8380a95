package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LimitsConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.QueueConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where ejections, drains, panics and the queue meet. */
class SeamsTest {

    private static final LimitsConfig QUEUE =
            new LimitsConfig(UpstreamConfig.UNLIMITED, new QueueConfig(9, Duration.ofSeconds(5)), null, null);

    private static ProbeResult notFound() {
        return new ProbeResult(false, true, "status 404", null);
    }

    @Test
    void oneThatRefusesWhileItsProbesDrainItGetsItsTrialWhenTheyPassAgain() {
        PoolFixture f = new PoolFixture().member(1).member(1).probed().start();
        f.probe("ab", true);
        f.pool.probed("b", notFound());
        f.refuse("b");
        assertThat(f.counts(4)).containsOnlyKeys("a");
        f.probe("b", true);
        f.pass(Duration.ofSeconds(1));
        assertThat(f.trial("b").upstream().id()).isEqualTo("b");
    }

    @Test
    void nobodyStaysEjectedWhereEjectionsAreSwitchedOff() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        f.answers("b", 503, 503, 503, 503, 503);
        assertThat(f.eligible()).isEqualTo("a");

        PoolConfig off = f.config.with(OutlierConfig.DEFAULT.on(false));
        f.pool.reconfigure(off, f.pool.strategy());
        assertThat(f.eligible()).isEqualTo("ab");
        assertThat(f.counts(10)).containsOnlyKeys("a", "b");
    }

    @Test
    void whatIsTooMuchForTheOthersWaitsAndDoesNotGoToOneThatFails() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .limits(QUEUE)
                .start();
        f.answers("b", 503, 503, 503, 503, 503);
        assertThat(f.hold()).isEqualTo("a");
        Selection another = new Selection(0);
        assertThat(f.pool.acquire(another)).isNull();
        assertThat(another.refusal()).isEqualTo(Refusal.FULL);
        // Where nobody else is left, it is better than nothing.
        f.release("a");
        assertThat(f.tried()).isEqualTo("ab");
    }

    @Test
    void aPanicThatRefusesTakesNoClientFromItsUpstream() {
        PoolFixture f = panicking(PanicConfig.Mode.FAIL, new LimitsConfig(UpstreamConfig.UNLIMITED, null, null, null));
        f.refuse("b");
        f.refuse("c");
        assertThat(f.pool.panics()).isTrue();
        f.pass(Duration.ofSeconds(1));
        assertThat(f.pool.acquire(PoolFixture.boundTo("a"))).isNull();
        Lease its = f.pool.acquire(PoolFixture.boundTo("c"));
        assertThat(its.onTrial()).isTrue();
        assertThat(its.upstream().id()).isEqualTo("c");
        assertThat(f.trial("b").upstream().id()).isEqualTo("b");
    }

    @Test
    void requestsWaitAlsoForThoseWhomAPanicIgnores() {
        PoolFixture f = panicking(PanicConfig.Mode.IGNORE_HEALTH, QUEUE);
        f.probe("aabbcc", false);
        assertThat(f.pool.panics()).isTrue();
        assertThat(List.of(f.hold(), f.hold(), f.hold())).containsExactlyInAnyOrder("a", "b", "c");
        Selection fourth = new Selection(0);
        assertThat(f.pool.acquire(fourth)).isNull();
        assertThat(fourth.refusal()).isEqualTo(Refusal.FULL);
    }

    private static PoolFixture panicking(PanicConfig.Mode mode, LimitsConfig limits) {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .probed()
                .outlier(OutlierConfig.DEFAULT.with(new PanicConfig(0.5, mode)))
                .limits(limits)
                .start();
        f.probe("abc", true);
        return f;
    }

    @Test
    void anAnswerThatFailsIsNotTheEndOfTheQueue() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").limits(QUEUE).start();
        f.hold();
        Waiting broken = new Waiting(new Selection(0), answer -> {
            ((Lease) answer).complete(Outcome.SUCCESS, null);
            throw new IllegalStateException("of somebody else");
        });
        List<Acquired> answers = new ArrayList<>();
        Waiting second = new Waiting(new Selection(0), answers::add);
        for (Waiting waiting : List.of(broken, second)) {
            assertThat(f.pool.acquire(waiting.selection())).isNull();
            assertThat(f.pool.await(waiting)).isTrue();
        }
        f.release("a");
        assertThat(answers).singleElement().isInstanceOf(Lease.class);
    }

    @Test
    void aBoundClientIsServedByItsUpstreamWhileOthersWait() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .limits(QUEUE)
                .start();
        f.pool.weight("b", 0);
        Lease b = f.pool.acquire(PoolFixture.boundTo("b"));
        assertThat(f.hold()).isEqualTo("a");
        List<Acquired> answers = new ArrayList<>();
        Waiting free = new Waiting(new Selection(0), answer -> answers.add(null));
        Waiting bound = new Waiting(PoolFixture.boundTo("b"), answers::add);
        for (Waiting waiting : List.of(free, bound)) {
            assertThat(f.pool.acquire(waiting.selection())).isNull();
            assertThat(f.pool.await(waiting)).isTrue();
        }
        b.complete(Outcome.SUCCESS, null);
        assertThat(answers).singleElement().isInstanceOf(Lease.class);
    }
}
