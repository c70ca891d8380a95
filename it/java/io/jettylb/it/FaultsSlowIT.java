package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Upstreams that answer late or never, under a steady load. Bounds of times leave a second for a busy machine. */
class FaultsSlowIT {

    private static final int CONNECT_MILLIS = 1_000;
    private static final int BUSY_MILLIS = 1_000;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void aBlackHoleCostsAConnectTimeoutAtFirstAndNothingLater(JettyHome home) throws Exception {
        FaultRun.play(home, SlowFaults.BLACK_HOLE, (stage, seen) -> {
            assertThat(seen.during().complaints()).isEmpty();
            assertThat(seen.during().slowest()).as("the slowest, ms").isLessThan(CONNECT_MILLIS + BUSY_MILLIS);
            // A trial now and then may fall into it again.
            assertThat(seen.later()
                            .where(sample -> sample.millis() >= CONNECT_MILLIS)
                            .share(seen.later()))
                    .as("the share that waits in the later half")
                    .isLessThan(0.01);
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void strategiesThatLookAtLatencyAvoidASlowOne(JettyHome home) throws Exception {
        FaultRun.play(home, SlowFaults.SLOW, (stage, seen) -> {
            assertThat(seen.during().complaints()).isEmpty();
            for (String path : SlowFaults.SLOW.ours().keySet()) {
                Samples strategy = seen.during().on(path);
                assertThat(strategy.count()).as(path).isPositive();
                assertThat(strategy.servedBy("b").share(strategy)).as(path).isLessThan(1 / 3.0 / 3);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void aStoppedOneCostsAFewRequestsOneTryEach(JettyHome home) throws Exception {
        FaultRun.play(home, SlowFaults.FROZEN, (stage, seen) -> {
            assertThat(seen.during().complaints()).isEmpty();
            assertThat(seen.during().slowest())
                    .as("the slowest, ms")
                    .isLessThan(SlowFaults.PER_TRY_MILLIS + BUSY_MILLIS);
            assertThat(SlowFaults.late(seen).count())
                    .as("slow ones")
                    .isLessThanOrEqualTo(SlowFaults.FROZEN.connections());
        });
    }
}
