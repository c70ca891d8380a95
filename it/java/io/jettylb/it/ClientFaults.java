package io.jettylb.it;

import io.jettylb.servlet.faults.BadRequests;
import java.io.IOException;
import java.util.Locale;

/** Clients at fault. */
final class ClientFaults {

    /** How many of them there are. */
    static final int STORM = Integer.getInteger("lb.fault.clients", 20_000);

    static final int SLOW = 500;

    /** Requests that are wrong in themselves. */
    static final Fault MALFORMED =
            Fault.of("malformed requests and bad chunks", Fault.CALM, ClientFaults::unharmed, (stage, seen) -> {
                seen.number("clients", STORM);
                seen.number("unanswered", ClientStorm.malformed(stage.balancer().port(), STORM, BadRequests.WRONG));
            });

    /** Clients that reset their connections. */
    static final Fault ABORTED = Fault.of("aborted clients", Fault.CALM, ClientFaults::leftovers, (stage, seen) -> {
        ProcessHandle process = stage.balancer().process();
        // What is allocated once is there then.
        ClientStorm.aborted(stage.balancer().port(), 2_000);
        seen.number("sockets before", settledSockets(process));
        seen.number("MiB before", Gauges.residentMiB(process));
        seen.number("heap before", heap(stage, process));
        seen.number("clients", STORM);
        ClientStorm.aborted(stage.balancer().port(), STORM);
        seen.number("sockets after", settledSockets(process));
        seen.number("MiB after", Gauges.residentMiB(process));
        seen.number("heap after", heap(stage, process));
    });

    /** Slow ones, which come twice, each time for a quarter of the time. */
    static final Fault SLOWLORIS =
            Fault.of("500 slow clients (slowloris)", Fault.CALM, ClientFaults::beside, (stage, seen) -> {
                long quarter = Stage.SECONDS * 250L;
                for (int turn = 0; turn < 2; turn++) {
                    seen.mark("quiet " + turn);
                    Stage.pause(quarter);
                    seen.mark("coming " + turn);
                    try (SlowClients slow = new SlowClients(stage.balancer().port(), SLOW)) {
                        seen.mark("slow " + turn);
                        Stage.pause(quarter);
                        seen.mark("over " + turn);
                        seen.number("refused " + turn, slow.refused());
                    }
                }
            });

    private ClientFaults() {}

    private static double heap(Stage stage, ProcessHandle process) throws IOException, InterruptedException {
        return stage.balancer() instanceof OurBalancer ? Gauges.liveHeapMiB(process) : 0;
    }

    /** The fewest of some seconds: the load itself comes and goes. */
    private static double settledSockets(ProcessHandle process) throws IOException {
        long fewest = Long.MAX_VALUE;
        // Longer than connections to upstreams are kept unused.
        for (int i = 0; i < 60; i++) {
            fewest = Math.min(fewest, Gauges.sockets(process));
            Stage.pause(100);
        }
        return fewest;
    }

    private static String unharmed(Seen seen) {
        return KillFaults.losses(seen) + String.format(Locale.ROOT, " beside %d", (long) seen.number("clients"));
    }

    private static String leftovers(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%d: sockets %+d, memory %+.0f MiB",
                (long) seen.number("clients"),
                (long) (seen.number("sockets after") - seen.number("sockets before")),
                seen.number("MiB after") - seen.number("MiB before"));
    }

    private static String beside(Seen seen) {
        return String.format(
                Locale.ROOT,
                "%d failed; p99 %.1f ms, without them %.1f ms",
                seen.during().failed().count(),
                besideP99(seen),
                quietP99(seen));
    }

    static double besideP99(Seen seen) {
        return p99(seen, "slow ", "over ");
    }

    static double quietP99(Seen seen) {
        return p99(seen, "quiet ", "coming ");
    }

    /** Of the two times, the better one: neighbours on the machine disturb one of them at most. */
    private static double p99(Seen seen, String from, String to) {
        return Math.min(
                seen.from(from + 0, to + 0).percentile(0.99),
                seen.from(from + 1, to + 1).percentile(0.99));
    }
}
