package io.jettylb.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** nginx or HAProxy, with the settings in {@code it/peers}. */
final class PeerBalancer implements Balancer {

    /** Where both are installed. */
    private static final Path PROGRAMS = Path.of("/usr/sbin");

    private final boolean nginx;
    private final Path folder;
    private final List<FaultyProcess> upstreams;
    private final Settings settings;
    private final int port;
    private final RunningProcess process;

    /**
     * What differs from row to row.
     *
     * @param balance the strategy: nginx's directive, or HAProxy's word
     * @param timeout until the response's head
     * @param retry upon what
     */
    record Settings(String balance, String timeout, String retry) {}

    private PeerBalancer(String name, Path folder, List<FaultyProcess> upstreams, Settings settings)
            throws IOException, InterruptedException {
        this.nginx = name.equals("nginx");
        this.folder = folder;
        this.upstreams = upstreams;
        this.settings = settings;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path file = write("");
        process = RunningProcess.run(
                folder,
                nginx
                        ? List.of(program(name).toString(), "-e", "stderr", "-c", file.toString())
                        : List.of(program(name).toString(), "-db", "-f", file.toString()));
        awaitPort();
    }

    static PeerBalancer start(String name, Path folder, List<FaultyProcess> upstreams, Settings settings)
            throws IOException, InterruptedException {
        return new PeerBalancer(name, folder, upstreams, settings);
    }

    static boolean isInstalled(String name) {
        return Files.isExecutable(program(name));
    }

    private static Path program(String name) {
        return PROGRAMS.resolve(name);
    }

    private Path write(String without) throws IOException {
        String servers = upstreams.stream()
                .map(upstream -> nginx
                        ? "server 127.0.0.1:" + upstream.port() + (upstream.id().equals(without) ? " down;" : ";")
                        : "server " + upstream.id() + " 127.0.0.1:" + upstream.port())
                .collect(Collectors.joining("\n"));
        String file = nginx ? "nginx.conf" : "haproxy.cfg";
        String text = Files.readString(Path.of("it", "peers", file), UTF_8)
                .replace("@FOLDER@", folder.toString())
                .replace("@PORT@", String.valueOf(port))
                .replace("@SERVERS@", servers)
                .replace("@BALANCE@", settings.balance())
                .replace("@TIMEOUT@", settings.timeout())
                .replace("@RETRY@", settings.retry());
        return Files.writeString(folder.resolve(file), text, UTF_8);
    }

    private void awaitPort() throws InterruptedException {
        long end = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException notYet) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    process.awaitExit();
                    throw new AssertionError(process.output(), notYet);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String output() {
        return process.output();
    }

    @Override
    public ProcessHandle process() {
        ProcessHandle first = ProcessHandle.of(process.pid()).orElseThrow();
        return first.children().findFirst().orElse(first);
    }

    @Override
    public void takeOut(String id) throws IOException, InterruptedException {
        if (nginx) {
            reload(id);
        }
    }

    @Override
    public void putBack(String id) throws IOException, InterruptedException {
        if (nginx) {
            reload("");
        }
    }

    private void reload(String without) throws IOException, InterruptedException {
        write(without);
        new ProcessBuilder("kill", "-HUP", String.valueOf(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        process.close();
    }
}
