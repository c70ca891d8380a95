package io.jettylb.pool;

import io.jettylb.balance.Picker;
import io.jettylb.config.LimitsConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.QueueConfig;
import io.jettylb.config.UpstreamConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * Requests that wait for the only upstream, which has room for one, in every order in which they can come, be served and
 * leave: no call is missed, no room is lost, and nobody is served who has left.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
public class QueueModelTest {

    private static final PoolConfig CONFIG = Models.config(1, 1)
            .with(new LimitsConfig(UpstreamConfig.UNLIMITED, new QueueConfig(2, Duration.ofSeconds(5)), null, null));

    private final Pool pool = Models.pool(CONFIG);
    /** What the thread has: a lease, or the place where it waits. */
    private final AtomicReferenceArray<Object> has = new AtomicReferenceArray<>(8);

    private final AtomicReferenceArray<Waiting> places = new AtomicReferenceArray<>(8);

    /** One request after the other: random scenarios are short, and each is to have ends as well as beginnings. */
    @Operation
    public void goOn(@Param(name = "thread") int thread) {
        if (has.getAndSet(thread, null) instanceof Lease lease) {
            lease.complete(Outcome.SUCCESS, null);
        } else if (places.get(thread) == null) {
            come(thread);
        }
    }

    private void come(int thread) {
        Selection selection = new Selection(Picker.NO_KEY);
        Lease lease = pool.acquire(selection);
        if (lease != null) {
            has.set(thread, lease);
            return;
        }
        Waiting place = new Waiting(selection, answer -> {
            places.set(thread, null);
            if (answer instanceof Lease served && !has.compareAndSet(thread, null, served)) {
                throw new IllegalStateException("served twice");
            }
        });
        places.set(thread, place);
        if (!pool.await(place)) {
            places.set(thread, null);
        }
    }

    @Operation
    public void leave(@Param(name = "thread") int thread) {
        Waiting place = places.get(thread);
        if (place != null && place.leave()) {
            places.set(thread, null);
        }
    }

    @Validate
    public void nobodyWaitsForNothing() {
        int leases = 0;
        int waiting = 0;
        for (int i = 0; i < has.length(); i++) {
            leases += has.get(i) == null ? 0 : 1;
            waiting += places.get(i) == null ? 0 : 1;
        }
        PoolLoad load = pool.load();
        check(load.inFlight() == leases, "in flight: " + load.inFlight() + ", leases: " + leases);
        check(load.waiting() == waiting, "in line: " + load.waiting() + ", waiting: " + waiting);
        check(waiting == 0 || leases > 0, "the upstream is idle, waiting: " + waiting);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Test
    void nobodyIsForgotten() {
        new ModelCheckingOptions()
                .iterations(Models.SCENARIOS)
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(2)
                .verifier(EpsilonVerifier.class)
                .check(QueueModelTest.class);
    }
}
