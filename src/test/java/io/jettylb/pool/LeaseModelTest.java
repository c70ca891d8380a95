package io.jettylb.pool;

import io.jettylb.balance.Picker;
import java.net.ConnectException;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * Leases of one upstream with room for two, in every order in which three threads can meet: there is always an order of
 * one after the other that explains what they got.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
public class LeaseModelTest {

    private final Pool pool = new PoolFixture().member(1, 2, 0, "").start().pool;

    private final Lease[] held = new Lease[8];

    @Operation
    public boolean acquire(@Param(name = "thread") int thread) {
        if (held[thread] != null) {
            return false;
        }
        held[thread] = pool.acquire(new Selection(Picker.NO_KEY));
        return held[thread] != null;
    }

    @Operation
    public void succeed(@Param(name = "thread") int thread) {
        end(thread, Outcome.SUCCESS);
    }

    /** The only upstream is never ejected, so this makes no difference. */
    @Operation
    public void failToConnect(@Param(name = "thread") int thread) {
        end(thread, Outcome.CONNECT_FAILED);
    }

    private void end(int thread, Outcome outcome) {
        Lease lease = held[thread];
        if (lease != null) {
            lease.complete(outcome, outcome == Outcome.SUCCESS ? null : new ConnectException("refused"));
            // Twice is once.
            lease.complete(Outcome.SUCCESS, null);
            held[thread] = null;
        }
    }

    @Operation
    public int inFlight() {
        return pool.status().get(0).inFlight();
    }

    @Test
    void everyOrderMakesSense() {
        new ModelCheckingOptions()
                .iterations(Models.SCENARIOS)
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(2)
                .check(LeaseModelTest.class);
    }
}
