package io.jettylb.it;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The faults of the black-box tests, each with ours, nginx and HAProxy one after the other, as a table. To be run by
 * hand after {@code mvn verify}, and where the peers are installed:
 *
 * <pre>{@code
 * java -cp target/test-classes -Dlb.fault.seconds=60 io.jettylb.it.FaultTable [peers=nginx,haproxy,ours] [rows=1,2,3]
 * }</pre>
 *
 * <p>All figures of each go to {@code target/faults.txt}, those of the tests too.
 */
public final class FaultTable {

    private static final List<Fault> ROWS = List.of(
            KillFaults.ONE,
            KillFaults.DRAINED,
            SlowFaults.BLACK_HOLE,
            ErrorFaults.STATUS_500,
            ErrorFaults.RETRIED_500,
            SlowFaults.SLOW,
            ErrorFaults.CUT,
            KillFaults.ALL,
            ErrorFaults.FLAPPING,
            ErrorFaults.OF_TWO,
            SlowFaults.FROZEN,
            KillFaults.ROLLING,
            ClientFaults.MALFORMED,
            ClientFaults.SLOWLORIS,
            ClientFaults.ABORTED);

    private FaultTable() {}

    /**
     * Plays the faults and prints the table.
     *
     * @param arguments see above
     * @throws Exception if something could not be started
     */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = Arrays.stream(arguments)
                .map(argument -> argument.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        List<String> peers =
                List.of(options.getOrDefault("peers", "nginx,haproxy,ours").split(","));
        List<String> rows = List.of(options.getOrDefault("rows", "").split(","));
        Path folder = Files.createTempDirectory("faults");
        JettyBase base = peers.contains("ours") ? base(folder) : null;
        System.out.println("| fault | " + String.join(" | ", peers) + " |");
        System.out.println("|---|" + "---|".repeat(peers.size()));
        for (int row = 1; row <= ROWS.size(); row++) {
            if (rows.contains("") || rows.contains(String.valueOf(row))) {
                Fault fault = ROWS.get(row - 1);
                List<String> cells = new ArrayList<>();
                for (String peer : peers) {
                    cells.add(cell(peer, fault, folder, base));
                }
                System.out.println("| " + fault.name() + " | " + String.join(" | ", cells) + " |");
            }
        }
        System.exit(0);
    }

    private static String cell(String peer, Fault fault, Path folder, JettyBase base) throws Exception {
        if (!peer.equals("ours") && !PeerBalancer.isInstalled(peer)) {
            return "not installed";
        }
        try (Stage stage = peer.equals("ours") ? Stage.ours(base, folder, fault) : Stage.peer(peer, folder, fault)) {
            Seen seen = fault.play(stage);
            FaultReport.add(fault, peer, seen);
            return fault.cell().apply(seen);
        } catch (AssertionError failed) {
            return failed.getMessage().lines().findFirst().orElse("failed");
        }
    }

    /** The newest Jetty and the zip of the build. */
    private static JettyBase base(Path folder) throws IOException, InterruptedException {
        Path target = Path.of("target").toAbsolutePath();
        setDefault("lb.zip", newest(target, "jetty-lb-*-config.zip"));
        Path home = newest(
                Path.of(System.getProperty(
                        "lb.homes", target.resolve("jetty-homes").toString())),
                "jetty-home-12.1.*");
        return JettyBase.withModule(
                new JettyHome(home.getFileName().toString().replace("jetty-home-", ""), home), folder.resolve("base"));
    }

    private static void setDefault(String property, Path value) {
        System.setProperty(property, System.getProperty(property, value.toString()));
    }

    private static Path newest(Path folder, String pattern) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
            TreeSet<Path> sorted = new TreeSet<>();
            found.forEach(sorted::add);
            return sorted.last();
        }
    }
}
