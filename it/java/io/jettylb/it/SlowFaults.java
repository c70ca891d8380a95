package io.jettylb.it;

import java.util.Locale;
import java.util.Map;

/** Upstreams that answer late or never. */
final class SlowFaults {

    /** In milliseconds, in all rows that try again upon it. */
    static final int PER_TRY_MILLIS = 1_000;

    /** Its process lives, but no new connection is accepted any more. */
    static final Fault BLACK_HOLE = Fault.of(
                    "one black-holed (accept queue full)", Fault.PROBED, SlowFaults::times, (stage, seen) -> {
                        stage.b().tell("vanish");
                        Stage.until(seen, 1);
                    })
            .withConnections(96);

    /** It takes 50 times as long, under each of the strategies that look at latency. */
    static final Fault SLOW = Fault.of("one slow (× 50)", "", SlowFaults::share, (stage, seen) -> {
                stage.b().tell("delay 1000");
                Stage.until(seen, 1);
            })
            .withConnections(96)
            .withPools(Map.of(
                    "/peak-ewma", Fault.PROBED + "\nstrategy = peak-ewma",
                    "/least-response-time", Fault.PROBED + "\nstrategy = least-response-time",
                    "/prequal", Fault.PROBED + "\nstrategy = prequal"))
            .withBalance("least_conn;", "leastconn");

    /** Stopped and continued by signals. */
    static final Fault FROZEN = Fault.of("SIGSTOP one for 3 s", "", SlowFaults::slow, (stage, seen) -> {
                stage.b().freeze();
                Stage.pause(3_000);
                stage.b().thaw();
                Stage.until(seen, 1);
            })
            .withGetsOnly()
            .withPools(Map.of(
                    "/pool",
                    Fault.PLAIN + "\nretry { per-try-timeout = 1s,"
                            + " on = [connect-failure, reset-before-response, timeout, \"502\", \"503\", \"504\"] }"))
            .withRetry("1s", "", "");

    private SlowFaults() {}

    private static String times(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%d failed; p99 %.0f ms, later %.0f ms",
                seen.during().failed().count(),
                seen.during().percentile(0.99),
                seen.later().percentile(0.99));
    }

    private static String share(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%.1f %% of requests; p99 %.0f ms",
                100 * seen.during().servedBy("b").share(seen.during()),
                seen.during().percentile(0.99));
    }

    private static String slow(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%d failed, %d slow, slowest %.0f ms",
                seen.during().failed().count(),
                late(seen).count(),
                seen.during().slowest());
    }

    /** What was not answered within half of the time that an attempt has. */
    static Samples late(Seen seen) {
        return seen.during().where(sample -> sample.millis() > PER_TRY_MILLIS / 2.0);
    }
}
