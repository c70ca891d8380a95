package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Upstreams that answer wrongly, under a steady load. */
class FaultsErrorIT {

    private static final Pattern EJECTED = Pattern.compile("/b ejected for ([0-9.]+) (ms|s)");

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void onesThatAnswer500AreDetected(JettyHome home) throws Exception {
        FaultRun.play(home, ErrorFaults.STATUS_500, (stage, seen) -> {
            assertThat(seen.during().failed().count()).isPositive();
            assertFewLater(seen.later());
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void onesThatAnswer500AreNotNoticedWhereThatIsTriedAgain(JettyHome home) throws Exception {
        FaultRun.play(home, ErrorFaults.RETRIED_500, (stage, seen) -> {
            assertThat(seen.during().of("GET").complaints()).isEmpty();
            assertFewLater(seen.later());
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void aCutResponseIsNeverShownAsWholeAndWhoCutsIsEjected(JettyHome home) throws Exception {
        FaultRun.play(home, ErrorFaults.CUT, (stage, seen) -> {
            assertThat(ErrorFaults.whole(seen).all()).isEmpty();
            assertThat(seen.during()
                            .failed()
                            .where(sample -> sample.status() == 200)
                            .all())
                    .as("complete ones with less in them")
                    .isEmpty();
            assertThat(seen.during().failed().count()).isPositive();
            assertFewLater(seen.later());
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void oneThatFlapsIsOutForLongerEachTimeAndTheOthersStay(JettyHome home) throws Exception {
        FaultRun.play(home, ErrorFaults.FLAPPING, (stage, seen) -> {
            assertThat(seen.during().of("GET").complaints()).isEmpty();
            List<Double> times = EJECTED.matcher(String.join("\n", stage.log()))
                    .results()
                    .map(line ->
                            Double.parseDouble(line.group(1)) * (line.group(2).equals("s") ? 1_000 : 1))
                    .toList();
            assertThat(times).isNotEmpty();
            // Some of them are forgotten while it is well.
            assertThat(Collections.max(times)).isGreaterThan(times.get(0));
            assertThat(seen.number("log lines")).isLessThan(2 * Stage.SECONDS);
            assertUntouched(stage, List.of("a", "c"));
            double a = seen.during().servedBy("a").count();
            double c = seen.during().servedBy("c").count();
            assertThat(a / (a + c)).as("share of a beside c").isBetween(0.4, 0.6);
        });
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.FaultRun#homes")
    void ofTwoTheOneThatFailsFastAttractsNothing(JettyHome home) throws Exception {
        FaultRun.play(home, ErrorFaults.OF_TWO, (stage, seen) -> {
            assertThat(seen.during().of("GET").complaints()).isEmpty();
            assertThat(seen.number("attempts on b") / seen.during().count())
                    .as("attempts on b per request")
                    .isLessThan(0.1);
            assertFewLater(seen.later());
        });
    }

    private static void assertFewLater(Samples later) {
        assertThat(later.count()).isPositive();
        assertThat(later.failed().share(later)).as("failed in the later half").isLessThan(0.01);
    }

    /** Nothing is said about these. */
    static void assertUntouched(Stage stage, List<String> ids) {
        assertThat(stage.log()).noneMatch(line -> ids.stream().anyMatch(id -> line.contains("pool/" + id + " ")));
    }
}
