package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The line itself, where its pool would not play along. */
class WaitingLineTest {

    /** Whose turn it is may leave at that very moment: then the room is the next one's. */
    @Test
    void whoLeavesWhenCalledGivesTheRoomBack() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").start();
        Waiting[] leaves = new Waiting[1];
        AtomicInteger takes = new AtomicInteger();
        WaitingLine line = new WaitingLine(
                selection -> {
                    Lease lease = f.pool.acquire(selection);
                    if (takes.getAndIncrement() == 1) {
                        leaves[0].leave();
                    }
                    return lease;
                },
                (what, cause) -> {});
        Lease held = f.pool.acquire(new Selection(0));
        List<Acquired> answers = new ArrayList<>();
        leaves[0] = new Waiting(new Selection(0), answers::add);
        line.join(leaves[0], 9);
        List<Acquired> nexts = new ArrayList<>();
        Waiting next = new Waiting(new Selection(0), nexts::add);
        held.complete(Outcome.SUCCESS, null);
        line.join(next, 9);
        assertThat(answers).isEmpty();
        assertThat(nexts).singleElement().isInstanceOf(Lease.class);
        assertThat(line.length()).isZero();
    }

    @Test
    void aStrategyThatFailsRefusesOneAndTheNextIsServed() {
        PoolFixture f = new PoolFixture().member(1, 1, 0, "").start();
        AtomicInteger takes = new AtomicInteger();
        List<Throwable> failures = new ArrayList<>();
        WaitingLine line = new WaitingLine(
                selection -> {
                    if (takes.getAndIncrement() == 0) {
                        throw new IllegalStateException("strategy");
                    }
                    return f.pool.acquire(selection);
                },
                (what, cause) -> failures.add(cause));
        List<Acquired> first = new ArrayList<>();
        List<Acquired> second = new ArrayList<>();
        line.join(new Waiting(new Selection(0), first::add), 9);
        line.join(new Waiting(new Selection(0), second::add), 9);
        assertThat(first).containsExactly(Refusal.UNAVAILABLE);
        assertThat(second).singleElement().isInstanceOf(Lease.class);
        assertThat(failures).hasSize(1);
    }
}
