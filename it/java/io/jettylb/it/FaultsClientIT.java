package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that misbehave, beside a steady load of others. */
class FaultsClientIT {

    /** What a heap or the number of sockets may differ by, without anything having leaked. */
    private static final double HEAP_MIB = 8;

    private static final int SOCKETS = 16;
    private static final double BUSY_MILLIS = 25;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void malformedRequestsChangeNoUpstreamsState(JettyHome home) throws Exception {
        FaultRun.play(home, ClientFaults.MALFORMED, (stage, seen) -> {
            assertThat(seen.during().complaints()).isEmpty();
            assertUnharmed(stage);
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void abortedClientsLeaveNothingBehind(JettyHome home) throws Exception {
        FaultRun.play(home, ClientFaults.ABORTED, (stage, seen) -> {
            // Counting what lives stops the server for a moment.
            assertThat(seen.during().failed().share(seen.during()))
                    .as("%s", seen.during().complaints())
                    .isLessThan(0.01);
            assertUnharmed(stage);
            assertThat(seen.number("sockets after")).isLessThan(seen.number("sockets before") + SOCKETS);
            assertThat(seen.number("heap after")).isLessThan(seen.number("heap before") + HEAP_MIB);
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void slowClientsDoNotSlowDownOthers(JettyHome home) throws Exception {
        FaultRun.play(home, ClientFaults.SLOWLORIS, (stage, seen) -> {
            assertThat(seen.during().complaints()).isEmpty();
            assertUnharmed(stage);
            assertThat(ClientFaults.besideP99(seen))
                    .as("p99 beside them, ms")
                    .isLessThan(1.5 * ClientFaults.quietP99(seen) + BUSY_MILLIS);
        });
    }

    private static void assertUnharmed(Stage stage) throws Exception {
        stage.awaitIdle();
        assertThat(stage.duplicates()).as("POSTs that arrived twice").isEmpty();
        FaultsErrorIT.assertUntouched(stage, List.of("a", "b", "c"));
        for (FaultyProcess upstream : stage.upstreams()) {
            assertThat(upstream.states()).as("states of " + upstream.id()).isSubsetOf("down", "up");
        }
    }
}
