package io.jettylb.it;

import java.util.Locale;

/** Upstreams that answer, but wrongly. */
final class ErrorFaults {

    /** It says 500 at once, the others take their time. */
    static final Fault STATUS_500 = Fault.of(
            "one answers 500 at once", Fault.PROBED, ErrorFaults::share, (stage, seen) -> failing(stage, seen, 500));

    /** The same where that is a reason to try again. */
    static final Fault RETRIED_500 = Fault.of(
                    "the same, with retry on 500",
                    Fault.PROBED
                            + "\nretry { on = [connect-failure, reset-before-response, \"500\", \"502\", \"503\", \"504\"] }",
                    KillFaults::losses,
                    (stage, seen) -> failing(stage, seen, 500))
            .withRetry("60s", " http_500", " 500");

    /** Only half of the content comes. */
    static final Fault CUT = Fault.of("one resets mid-body", Fault.PROBED, ErrorFaults::cut, (stage, seen) -> {
        stage.b().tell("cut true");
        seen.mark("cut");
        Stage.until(seen, 1);
    });

    /** For two seconds it fails, for two it does not. Times are short so that their growth shows. */
    static final Fault FLAPPING = Fault.of(
            "one flapping every 2 s",
            Fault.PROBED + "\noutlier { eject = 500ms, max-eject = 60s }",
            ErrorFaults::flaps,
            (stage, seen) -> {
                for (int flap = 0; flap < Stage.SECONDS / 2; flap++) {
                    stage.b().tell("status " + (flap % 2 == 0 ? 503 : 200));
                    Stage.until(seen, (flap + 1) * 2.0 / Stage.SECONDS);
                }
                seen.number("log lines", stage.log().size());
            });

    /** It fails at once, the only other one takes its time. */
    static final Fault OF_TWO = Fault.of(
                    "pool of two, one failing fast", Fault.PROBED, ErrorFaults::attracted, (stage, seen) -> {
                        long before = stage.b().requests();
                        failing(stage, seen, 503);
                        seen.number("attempts on b", stage.b().requests() - before);
                    })
            .withUpstreams(2);

    private ErrorFaults() {}

    private static void failing(Stage stage, Seen seen, int status) throws Exception {
        stage.b().tell("status " + status);
        Stage.until(seen, 1);
    }

    /** The responses of b that passed for complete. */
    static Samples whole(Seen seen) {
        return seen.from("cut", Seen.END)
                .servedBy("b")
                .where(sample -> sample.problem() == null && sample.status() == 200);
    }

    private static String share(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%.1f %% failed, later %.1f %%",
                100 * seen.during().failed().share(seen.during()),
                100 * seen.later().failed().share(seen.later()));
    }

    private static String cut(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%d shown as whole; %.1f %% failed, later %.1f %%",
                whole(seen).count(),
                100 * seen.during().failed().share(seen.during()),
                100 * seen.later().failed().share(seen.later()));
    }

    private static String flaps(Seen seen) {
        return KillFaults.losses(seen) + String.format(Locale.ROOT, "; %d log lines", (long) seen.number("log lines"));
    }

    private static String attracted(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%.1f %% of attempts; %s",
                100 * seen.number("attempts on b") / Math.max(1, seen.during().count()),
                KillFaults.losses(seen));
    }
}
