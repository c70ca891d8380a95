package io.jettylb.it;

import java.util.Locale;

/** Upstreams that die, and come back. */
final class KillFaults {

    /** One is killed, and started again when two fifths of the time are over. */
    static final Fault ONE =
            Fault.of("`kill -9` one, later restart it", Fault.PROBED, KillFaults::losses, (stage, seen) -> {
                kill(stage.b(), seen, "");
                Stage.until(seen, 0.4);
                stage.b().restart();
                seen.mark("back");
                Stage.until(seen, 1);
            });

    /** All of them, one after the other; each is back before the next is killed. */
    static final Fault ROLLING =
            Fault.of("rolling `kill -9` of all three", Fault.PROBED, KillFaults::losses, (stage, seen) -> {
                for (int i = 0; i < 3; i++) {
                    kill(stage.upstreams().get(i), seen, String.valueOf(i));
                    Stage.until(seen, (i + 0.3) / 3);
                    stage.upstreams().get(i).restart();
                    Stage.until(seen, (i + 1.0) / 3);
                }
            });

    /** The same order, but each one says first that it is to be drained, until nothing arrives any more. */
    static final Fault DRAINED = Fault.of(
            "rolling restart, with drain",
            Fault.PROBED.replace("probe {", "probe { drain-on-404 = true,"),
            KillFaults::losses,
            (stage, seen) -> {
                int restarts = 0;
                do {
                    for (FaultyProcess upstream : stage.upstreams()) {
                        restart(stage, upstream);
                        restarts++;
                    }
                } while (System.nanoTime() - seen.at(Seen.FAULT) < Stage.SECONDS * 1_000_000_000L);
                seen.number("restarts", restarts);
            });

    /** All are killed at once, and back after five seconds. */
    static final Fault ALL = Fault.of("all down 5 s, then back", Fault.PROBED, KillFaults::outage, (stage, seen) -> {
        seen.mark("killing");
        stage.upstreams().forEach(FaultyProcess::kill);
        seen.mark("killed");
        Stage.pause(5_000);
        seen.mark("return");
        for (FaultyProcess upstream : stage.upstreams()) {
            upstream.restart();
        }
        seen.mark("back");
        Stage.pause(Math.max(4_000, Stage.SECONDS * 1_000L - 5_000));
        seen.mark("counted");
        seen.number("received", stage.received());
        seen.number("in the busiest second", stage.busiest());
    });

    private KillFaults() {}

    private static void kill(FaultyProcess upstream, Seen seen, String which) {
        seen.mark("killing" + which);
        upstream.kill();
        seen.mark("killed" + which);
    }

    private static void restart(Stage stage, FaultyProcess upstream) throws Exception {
        upstream.tell("probe 404");
        stage.balancer().takeOut(upstream.id());
        long end = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        for (long before = -1, now = upstream.requests(); now != before; now = upstream.requests()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(
                        upstream.id() + " is not drained:\n" + stage.balancer().output());
            }
            before = now;
            Stage.pause(300);
        }
        upstream.kill();
        upstream.restart();
        stage.balancer().putBack(upstream.id());
        while (upstream.requests() == 0) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(upstream.id() + " gets no traffic again:\n"
                        + stage.balancer().output());
            }
            Stage.pause(50);
        }
    }

    static String losses(Seen seen) {
        Samples during = seen.during();
        return String.format(
                Locale.ROOT,
                "%d of %d GET, %d of %d POST",
                during.of("GET").failed().count(),
                during.of("GET").count(),
                during.of("POST").failed().count(),
                during.of("POST").count());
    }

    private static String outage(Seen seen) {
        Samples down = seen.from("killed", "return");
        Samples told = down.where(sample -> sample.status() == 503 && sample.retryAfter() != null);
        double back = seen.untilServed("back");
        return String.format(
                Locale.ROOT,
                "%.0f %% 503 with `Retry-After`; then %s, at most %d requests/s",
                100 * told.share(down),
                back < 0
                        ? "nothing for " + (seen.at("counted") - seen.at("back")) / 1_000_000_000L + " s"
                        : String.format(Locale.ROOT, "back after %.1f s", back / 1_000),
                (long) seen.number("in the busiest second"));
    }
}
