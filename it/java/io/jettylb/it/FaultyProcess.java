package io.jettylb.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;

/** A {@link FaultyUpstream} in its process, to be told how to fail, stopped, killed, and started again where it was. */
final class FaultyProcess implements AutoCloseable {

    private final String id;
    private final Path folder;
    private RunningProcess process;
    private int port;
    private int control;

    private FaultyProcess(String id, Path folder) {
        this.id = id;
        this.folder = folder;
    }

    static FaultyProcess start(String id, Path folder) throws IOException, InterruptedException {
        FaultyProcess upstream = new FaultyProcess(id, folder);
        upstream.restart();
        return upstream;
    }

    /** Starts it again, on the port that it had, and waits until it listens. */
    void restart() throws IOException, InterruptedException {
        process = RunningProcess.java(
                folder,
                List.of(
                        "-Xmx32m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classes(),
                        FaultyUpstream.class.getName(),
                        id,
                        String.valueOf(port),
                        posts().toString()));
        Matcher ports = process.await("listening on (\\d+) and (\\d+)");
        port = Integer.parseInt(ports.group(1));
        control = Integer.parseInt(ports.group(2));
    }

    private static String classes() {
        return Path.of(FaultyUpstream.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
    }

    private Path posts() {
        return folder.resolve("posts-" + id);
    }

    /** The contents of all POSTs that it, or one before it on this port, has received. */
    List<String> posted() throws IOException {
        return Files.exists(posts()) ? Files.readAllLines(posts(), ISO_8859_1) : List.of();
    }

    /** Gives it a command, see there, and waits for the answer. */
    String tell(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), control)) {
            socket.setSoTimeout((int) RunningProcess.PATIENCE.toMillis());
            socket.getOutputStream().write((command + "\n").getBytes(ISO_8859_1));
            String answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1)).readLine();
            if (answer == null) {
                throw new IOException(id + " could not " + command + ":\n" + process.output());
            }
            return answer;
        }
    }

    /** How many requests this process has seen, without probes. */
    long requests() throws IOException {
        return Long.parseLong(stats()[0]);
    }

    /** How many the balancer thinks are in flight here, as its latest probe said; {@code ?} before one has said so. */
    String inFlight() throws IOException {
        return stats()[1];
    }

    /** The words for its state that the balancer's probes have used. */
    List<String> states() throws IOException {
        String[] stats = stats();
        return stats.length < 3 ? List.of() : List.of(stats[2].split(","));
    }

    /** How many requests this process has seen in each second of the system's time. */
    Map<Long, Long> arrivals() throws IOException {
        Map<Long, Long> arrivals = new TreeMap<>();
        for (String second : tell("arrivals").split(",")) {
            String[] pair = second.split("=");
            if (pair.length == 2) {
                arrivals.put(Long.parseLong(pair[0]), Long.parseLong(pair[1]));
            }
        }
        return arrivals;
    }

    private String[] stats() throws IOException {
        return tell("stats").split(" ", 3);
    }

    void kill() {
        process.kill();
    }

    /** Stops it without its noticing: SIGSTOP. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    String id() {
        return id;
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.kill();
    }
}
