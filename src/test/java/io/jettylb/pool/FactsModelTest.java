package io.jettylb.pool;

import io.jettylb.balance.Picker;
import io.jettylb.config.PoolConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * Probes, failing requests and the operator change what is known of two upstreams while requests come and go, in every
 * order: the snapshot that is left behind shows what is known, nobody counts twice, and no trial is lost.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
public class FactsModelTest {

    private static final PoolConfig CONFIG = Models.config(2, 1).with(Configs.PROBE);

    private final Pool pool = Models.pool(CONFIG);
    private final Lease[] held = new Lease[8];

    @Operation
    public void acquire(@Param(name = "thread") int thread) {
        if (held[thread] == null) {
            held[thread] = pool.acquire(new Selection(Picker.NO_KEY));
        }
    }

    @Operation
    public void succeed(@Param(name = "thread") int thread) {
        Lease lease = held[thread];
        held[thread] = null;
        if (lease != null) {
            lease.answering(200);
            lease.complete(Outcome.SUCCESS, null);
        }
    }

    @Operation
    public void failToConnect(@Param(name = "thread") int thread) {
        Lease lease = held[thread];
        held[thread] = null;
        if (lease != null) {
            lease.complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
        }
    }

    @Operation
    public void pass() {
        pool.probed("a", ProbeResult.PASSED);
    }

    @Operation
    public void fail() {
        pool.probed("b", ProbeResult.failed("no"));
    }

    @Operation
    public void comeUp() {
        pool.probed("b", ProbeResult.PASSED);
    }

    @Operation
    public void weigh(@Param(name = "thread") int thread) {
        pool.weight("a", thread);
    }

    @Validate
    public void nothingIsLost() {
        int leases = 0;
        for (Lease lease : held) {
            leases += lease == null ? 0 : 1;
        }
        int inFlight = 0;
        int open = 0;
        for (UpstreamStatus status : pool.status()) {
            inFlight += status.inFlight();
            open += status.eligible() ? 1 : 0;
        }
        check(inFlight == leases, "in flight: " + inFlight + ", leases: " + leases);
        Snapshot snapshot = pool.snapshot();
        int seen = 0;
        for (Tier tier : snapshot.tiers()) {
            for (Group group : tier.groups()) {
                seen += group.nodes().length;
            }
        }
        check(snapshot.stale() || seen == open, "open: " + open + ", in the snapshot: " + seen);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    @Test
    void everyOrderLeavesTheTruth() {
        new ModelCheckingOptions()
                .iterations(Models.SCENARIOS)
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(2)
                .verifier(EpsilonVerifier.class)
                .check(FactsModelTest.class);
    }
}
