package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Upstreams that are killed or restarted under a steady load. */
class FaultsKillIT {

    private static final double BUDGET = 0.2;
    private static final int BUDGET_MIN = 3;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void aKilledOneCostsNoGetAndAtMostThePostsThatItHad(JettyHome home) throws Exception {
        FaultRun.play(home, KillFaults.ONE, (stage, seen) -> {
            assertNothingLostBut(seen, List.of(""));
            assertThat(stage.duplicates()).isEmpty();
            assertThat(seen.untilServed("back", "b"))
                    .as("ms until b has traffic again")
                    .isBetween(0.0, (double) Fault.RISE * Fault.PROBE_INTERVAL_MILLIS);
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void allKilledOneAfterTheOtherCostNoGetAndNoPostArrivesTwice(JettyHome home) throws Exception {
        FaultRun.play(home, KillFaults.ROLLING, (stage, seen) -> {
            assertNothingLostBut(seen, List.of("0", "1", "2"));
            assertThat(stage.duplicates()).isEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void aRollingRestartWithDrainIsNotNoticed(JettyHome home) throws Exception {
        FaultRun.play(home, KillFaults.DRAINED, (stage, seen) -> {
            assertThat(seen.during().complaints()).isEmpty();
            assertThat(stage.duplicates()).isEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void whileAllAreDownClientsAreToldToComeBackAndThenThereIsNoStorm(JettyHome home) throws Exception {
        FaultRun.play(home, KillFaults.ALL, (stage, seen) -> {
            Samples down = seen.from("killed", "return");
            assertThat(down.where(sample -> sample.status() != 503 || sample.retryAfter() == null)
                            .complaints())
                    .as("other answers than 503 with Retry-After")
                    .isEmpty();
            assertThat(down.count()).isPositive();

            Samples after = seen.from("return", "counted");
            assertThat(seen.number("received"))
                    .as("attempts, for %d requests", after.count())
                    .isLessThanOrEqualTo((1 + BUDGET) * after.count() + BUDGET_MIN);
            // A second of theirs, seen from the clients, is a bit longer.
            assertThat(seen.number("in the busiest second"))
                    .isLessThanOrEqualTo((1 + BUDGET) * after.busiest(1_200_000_000L) + BUDGET_MIN);

            long recovered = seen.at("back") + Fault.RISE * Fault.PROBE_INTERVAL_MILLIS * 1_000_000L;
            assertThat(after.sent(recovered, seen.at("counted")).complaints()).isEmpty();
        });
    }

    /** No GET, and of the POSTs only those that were under way when one of them was killed. */
    private static void assertNothingLostBut(Seen seen, List<String> kills) {
        assertThat(seen.during().of("GET").complaints()).as("GET").isEmpty();
        Samples lost = seen.during().of("POST").failed();
        assertThat(lost.where(post -> kills.stream()
                                .noneMatch(kill -> post.overlaps(seen.at("killing" + kill), seen.at("killed" + kill))))
                        .complaints())
                .as("POST")
                .isEmpty();
    }
}
