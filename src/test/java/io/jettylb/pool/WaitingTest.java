package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LimitsConfig;
import io.jettylb.config.QueueConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.BreakerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The queue of a pool, and its own max-requests. */
class WaitingTest {

    private static LimitsConfig limits(int maxRequests, int queue) {
        return new LimitsConfig(
                maxRequests, queue == 0 ? null : new QueueConfig(queue, Duration.ofSeconds(5)), null, null);
    }

    private static LimitsConfig queue(int size) {
        return limits(UpstreamConfig.UNLIMITED, size);
    }

    /** One that waits, and what became of it. */
    private static final class Guest {
        final List<Acquired> answers = new ArrayList<>();
        final Waiting waiting;

        Guest(Selection selection) {
            waiting = new Waiting(selection, answers::add);
        }

        static Guest at(Pool pool, Selection selection) {
            Guest guest = new Guest(selection);
            assertThat(pool.acquire(selection)).isNull();
            assertThat(selection.refusal()).isEqualTo(Refusal.FULL);
            assertThat(pool.await(guest.waiting)).isTrue();
            return guest;
        }

        static Guest at(Pool pool) {
            return at(pool, new Selection(0));
        }

        Lease lease() {
            assertThat(answers).hasSize(1);
            return (Lease) answers.get(0);
        }
    }

    @Test
    void thePoolsOwnLimitCountsAllUpstreams() {
        PoolFixture f =
                new PoolFixture().member(1).member(1).limits(limits(3, 0)).start();

        assertThat(List.of(f.hold(), f.hold(), f.hold())).containsOnly("a", "b");
        Selection fourth = new Selection(0);
        assertThat(f.pool.acquire(fourth)).isNull();
        assertThat(fourth.refusal()).isEqualTo(Refusal.FULL);
        assertThat(f.pool.await(new Guest(fourth).waiting)).isFalse();
        f.pool.countRefused();
        assertThat(f.pool.load()).isEqualTo(new PoolLoad(3, 3, 0, 0, 1, BreakerState.Mode.CLOSED));
        f.release("b");
        assertThat(f.hold()).isNotNull();
    }

    @Test
    void roomThatNobodyTookIsNotLost() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .probed()
                .limits(limits(2, 0))
                .start();
        // Nobody is there: the room in the pool is free again.
        for (int i = 0; i < 5; i++) {
            assertThat(f.hold()).isNull();
        }
        f.probe("a", true);
        assertThat(f.hold()).isEqualTo("a");
        for (int i = 0; i < 5; i++) {
            assertThat(f.hold()).isNull();
        }
        assertThat(f.pool.load().inFlight()).isEqualTo(1);
    }

    @Test
    void whyThereIsNobody() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .probed()
                .start();
        assertThat(refusal(f, new Selection(0))).isEqualTo(Refusal.UNAVAILABLE);
        f.probe("ab", true);
        Selection tried = new Selection(0);
        f.pool.acquire(tried).complete(Outcome.BROKEN, null);
        f.pool.acquire(tried).complete(Outcome.BROKEN, null);
        assertThat(refusal(f, tried)).isEqualTo(Refusal.UNAVAILABLE);
        assertThat(List.of(f.hold(), f.hold())).containsOnly("a", "b");
        assertThat(refusal(f, new Selection(0))).isEqualTo(Refusal.FULL);
        Selection bound = new Selection(0);
        bound.prefer("a", true);
        assertThat(refusal(f, bound)).isEqualTo(Refusal.FULL);
        Selection toNobody = new Selection(0);
        toNobody.prefer("z", true);
        assertThat(refusal(f, toNobody)).isEqualTo(Refusal.UNAVAILABLE);
        // A connection that was stale may be replaced as soon as there is room.
        tried.forgive(f.pool.upstreams().get(0), false);
        assertThat(refusal(f, tried)).isEqualTo(Refusal.FULL);
        assertThat(refusal(f, tried)).isEqualTo(Refusal.FULL);
        f.release("a");
        f.release("b");
        assertThat(f.pool.acquire(tried)).isNotNull();
    }

    private static Refusal refusal(PoolFixture f, Selection selection) {
        assertThat(f.pool.acquire(selection)).isNull();
        return selection.refusal();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theyAreServedInTheirOrderAndNobodyOvertakesThem(boolean byPool) {
        PoolFixture f = new PoolFixture()
                .member(1, byPool ? UpstreamConfig.UNLIMITED : 1, 0, "")
                .limits(byPool ? limits(1, 9) : queue(9))
                .start();
        f.hold();
        Guest first = Guest.at(f.pool);
        Guest second = Guest.at(f.pool);
        assertThat(f.pool.load().waiting()).isEqualTo(2);

        f.release("a");
        assertThat(second.answers).isEmpty();
        // It has room of nobody's: the first has it.
        assertThat(f.hold()).isNull();
        first.lease().complete(Outcome.SUCCESS, null);
        Guest third = Guest.at(f.pool);
        second.lease().complete(Outcome.SUCCESS, null);
        third.lease().complete(Outcome.SUCCESS, null);
        assertThat(f.pool.load().waiting()).isZero();
        assertThat(f.hold()).isEqualTo("a");
    }

    @Test
    void oneEndLetsOneIn() {
        PoolFixture f = new PoolFixture().member(1, 2, 0, "").limits(queue(9)).start();
        Lease one = f.pool.acquire(new Selection(0));
        f.hold();
        Guest first = Guest.at(f.pool);
        Guest second = Guest.at(f.pool);

        one.complete(Outcome.SUCCESS, null);
        one.complete(Outcome.SUCCESS, null);
        assertThat(first.answers).hasSize(1);
        assertThat(second.answers).isEmpty();
    }

    @Test
    void aQueueHoldsAsManyAsItMay() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").limits(queue(2)).start();
        f.hold();
        Guest.at(f.pool);
        Guest second = Guest.at(f.pool);

        Guest third = new Guest(new Selection(0));
        assertThat(f.pool.await(third.waiting)).isFalse();
        assertThat(second.waiting.leave()).isTrue();
        assertThat(second.waiting.leave()).isFalse();
        assertThat(f.pool.await(third.waiting)).isTrue();
        assertThat(f.pool.load().waiting()).isEqualTo(2);
    }

    @Test
    void whoHasLeftGetsNothing() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").limits(queue(9)).start();
        f.hold();
        Guest first = Guest.at(f.pool);
        Guest second = Guest.at(f.pool);
        Guest third = Guest.at(f.pool);
        Guest fourth = new Guest(new Selection(0));
        assertThat(fourth.waiting.leave()).isTrue();
        assertThat(f.pool.await(fourth.waiting)).as("it has left before").isTrue();

        assertThat(second.waiting.leave()).isTrue();
        assertThat(first.waiting.leave()).isTrue();
        f.release("a");
        assertThat(third.lease().upstream().id()).isEqualTo("a");
        assertThat(third.waiting.leave()).isFalse();
        assertThat(first.answers).isEmpty();
        assertThat(second.answers).isEmpty();
        assertThat(fourth.answers).isEmpty();
        assertThat(f.pool.load().waiting()).isZero();
    }

    @Test
    void allInTheMiddleOfTheLineMayLeave() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").limits(queue(99)).start();
        f.hold();
        List<Guest> guests = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            guests.add(Guest.at(f.pool));
        }
        SplittableRandom random = new SplittableRandom(1);
        List<Guest> stay = new ArrayList<>(guests);
        for (int i = 0; i < 30; i++) {
            assertThat(stay.remove(random.nextInt(stay.size())).waiting.leave()).isTrue();
        }
        f.release("a");
        for (Guest guest : stay) {
            guest.lease().complete(Outcome.SUCCESS, null);
        }
        assertThat(guests).filteredOn(guest -> !guest.answers.isEmpty()).isEqualTo(stay);
    }

    @Test
    void anUpstreamThatComesUpTakesThem() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .probed()
                .limits(queue(9))
                .start();
        f.probe("a", true);
        f.hold();
        Guest guest = Guest.at(f.pool);
        f.probe("b", true);
        assertThat(guest.lease().upstream().id()).isEqualTo("b");
    }

    @Test
    void anUpstreamThatIsReadyAgainTakesThem() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .limits(queue(5))
                .start();
        f.pool.drains().maintenance("b");
        assertThat(f.hold()).isEqualTo("a");
        Guest guest = Guest.at(f.pool);

        f.pool.drains().ready("b");
        assertThat(guest.lease().upstream().id()).isEqualTo("b");
    }

    @Test
    void whenAllAreDownThereIsNothingToWaitFor() {
        PoolFixture f =
                new PoolFixture().member(1, 1, 0, "").probed().limits(queue(9)).start();
        f.probe("a", true);
        f.hold();
        Guest first = Guest.at(f.pool);
        Guest second = Guest.at(f.pool);
        f.probe("aa", false);
        assertThat(first.answers).containsExactly(Refusal.UNAVAILABLE);
        assertThat(second.answers).containsExactly(Refusal.UNAVAILABLE);
        assertThat(f.pool.load().waiting()).isZero();
    }

    @Test
    void thoseWhoWantOneUpstreamDoNotHoldUpTheOthers() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .limits(queue(9))
                .start();
        Lease a = f.pool.acquire(PoolFixture.boundTo("a"));
        Lease b = f.pool.acquire(PoolFixture.boundTo("b"));
        Guest toA = Guest.at(f.pool, only("a"));
        Guest alsoToA = Guest.at(f.pool, only("a"));
        Guest any = Guest.at(f.pool);
        Guest another = Guest.at(f.pool);
        Guest toB = Guest.at(f.pool, only("b"));

        b.complete(Outcome.SUCCESS, null);
        assertThat(any.lease().upstream().id()).isEqualTo("b");
        a.complete(Outcome.SUCCESS, null);
        assertThat(toA.lease().upstream().id()).isEqualTo("a");
        assertThat(alsoToA.answers).isEmpty();
        any.lease().complete(Outcome.SUCCESS, null);
        assertThat(another.lease().upstream().id()).isEqualTo("b");
        another.lease().complete(Outcome.SUCCESS, null);
        assertThat(toB.lease().upstream().id()).isEqualTo("b");
        toA.lease().complete(Outcome.SUCCESS, null);
        assertThat(alsoToA.lease().upstream().id()).isEqualTo("a");
    }

    @Test
    void anotherAttemptWaitsForAnotherUpstream() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .limits(queue(9))
                .start();
        Lease b = f.pool.acquire(PoolFixture.boundTo("b"));
        Selection retried = new Selection(0);
        f.pool.acquire(retried).complete(Outcome.BROKEN, null);
        Guest guest = Guest.at(f.pool, retried);
        assertThat(guest.answers).isEmpty();
        b.complete(Outcome.SUCCESS, null);
        assertThat(guest.lease().upstream().id()).isEqualTo("b");
    }

    private static Selection only(String id) {
        Selection selection = new Selection(0);
        selection.prefer(id, true);
        return selection;
    }

    @Test
    void otherLimitsHoldAtOnce() {
        PoolFixture f = new PoolFixture().member(1).limits(limits(1, 9)).start();
        f.hold();
        Guest first = Guest.at(f.pool);
        Guest second = Guest.at(f.pool);
        f.pool.limits(limits(2, 9));
        assertThat(first.answers).hasSize(1);
        assertThat(second.answers).isEmpty();
        f.pool.limits(LimitsConfig.NONE);
        assertThat(second.answers).hasSize(1);
        for (int i = 0; i < 20; i++) {
            assertThat(f.hold()).isEqualTo("a");
        }
        // What began without a limit does not count for it, and its end makes no room that is not there.
        f.pool.limits(limits(3, 0));
        f.release("a");
        assertThat(f.hold()).isEqualTo("a");
        second.lease().complete(Outcome.SUCCESS, null);
        first.lease().complete(Outcome.SUCCESS, null);
        assertThat(List.of(f.hold(), f.hold())).containsOnly("a");
        assertThat(f.hold()).isNull();
    }

    /** Between its look and its place in the line, all others may have ended: nobody else would call it. */
    @Test
    void roomThatIsMadeBeforeItWaitsIsNotMissed() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").limits(queue(9)).start();
        f.hold();
        Selection selection = new Selection(0);
        assertThat(f.pool.acquire(selection)).isNull();
        f.release("a");
        Guest guest = new Guest(selection);
        assertThat(f.pool.await(guest.waiting)).isTrue();
        assertThat(guest.lease().upstream().id()).isEqualTo("a");
    }

    /** As when a request that is served fails at once. */
    @Test
    void roomThatIsMadeWhileOthersAreServedIsNotMissed() {
        PoolFixture f = new PoolFixture()
                .member(1, 1, 0, "")
                .member(1, 1, 0, "")
                .limits(queue(9))
                .start();
        Lease a = f.pool.acquire(PoolFixture.boundTo("a"));
        Lease b = f.pool.acquire(PoolFixture.boundTo("b"));
        Guest toA = Guest.at(f.pool, only("a"));
        assertThat(f.pool.await(new Waiting(new Selection(0), acquired -> a.complete(Outcome.SUCCESS, null))))
                .isTrue();
        b.complete(Outcome.SUCCESS, null);
        assertThat(toA.lease().upstream().id()).isEqualTo("a");
    }
}
