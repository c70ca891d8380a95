package io.jettylb.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A balancer and its upstreams, all of them processes, on which a {@link Fault} is played. */
final class Stage implements AutoCloseable {

    /** For how long a fault lasts. */
    static final int SECONDS = Integer.getInteger("lb.fault.seconds", 8);

    /** Requests per second. */
    static final int RATE = Integer.getInteger("lb.fault.rate", 200);

    private final List<FaultyProcess> upstreams = new ArrayList<>();
    private final Path folder;
    private Balancer balancer;
    private long forgotten;

    private Stage(Path folder, int count) throws IOException, InterruptedException {
        this.folder = Files.createTempDirectory(folder, "stage");
        try {
            for (String id : List.of("a", "b", "c").subList(0, count)) {
                upstreams.add(FaultyProcess.start(id, this.folder));
            }
        } catch (IOException | InterruptedException | AssertionError failure) {
            close();
            throw failure;
        }
    }

    private interface Start {
        Balancer over(Path folder, List<FaultyProcess> upstreams) throws IOException, InterruptedException;
    }

    private static Stage open(Path folder, Fault fault, Start start) throws IOException, InterruptedException {
        Stage stage = new Stage(folder, fault.upstreams());
        try {
            stage.balancer = start.over(stage.folder, stage.upstreams);
            stage.awaitAll(fault);
            return stage;
        } catch (IOException | InterruptedException | AssertionError failure) {
            stage.close();
            throw failure;
        }
    }

    /** Ours, in a base that has the module. */
    static Stage ours(JettyBase base, Path folder, Fault fault) throws IOException, InterruptedException {
        return open(folder, fault, (inFolder, upstreams) -> OurBalancer.start(base, upstreams, fault.ours()));
    }

    /** Another one. */
    static Stage peer(String name, Path folder, Fault fault) throws IOException, InterruptedException {
        return open(
                folder,
                fault,
                (inFolder, upstreams) -> PeerBalancer.start(name, inFolder, upstreams, fault.settingsOf(name)));
    }

    /** Waits until each upstream gets traffic. */
    private void awaitAll(Fault fault) throws IOException {
        long end = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        for (String path : fault.ours().keySet()) {
            Set<String> missing = new HashSet<>();
            upstreams.forEach(upstream -> missing.add(upstream.id()));
            for (int i = 0; !missing.isEmpty(); i++) {
                try (KeepAliveClient client = new KeepAliveClient(balancer.port())) {
                    missing.remove(client.get(path + "/first" + i).headers().getOrDefault("x-served-by", ""));
                }
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError(missing + " get no traffic at first:\n" + balancer.output());
                }
            }
        }
    }

    SteadyLoad load(Fault fault) {
        return new SteadyLoad(
                balancer.port(),
                RATE,
                fault.connections(),
                fault.posts(),
                List.copyOf(fault.ours().keySet()));
    }

    Balancer balancer() {
        return balancer;
    }

    List<FaultyProcess> upstreams() {
        return upstreams;
    }

    /** The one that fails where only one does. */
    FaultyProcess b() {
        return upstreams.get(1);
    }

    /** Waits until a part of the fault's time is over. */
    static void until(Seen seen, double part) {
        park(seen.at(Seen.FAULT) + (long) (part * SECONDS * 1e9));
    }

    static void pause(long millis) {
        park(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static void park(long end) {
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** How many requests all upstreams together have received since they started, without probes. */
    long received() throws IOException {
        long sum = 0;
        for (FaultyProcess upstream : upstreams) {
            sum += upstream.requests();
        }
        return sum;
    }

    /** How many requests all upstreams together have received in the busiest second, of those that still run. */
    long busiest() throws IOException {
        Map<Long, Long> sums = new HashMap<>();
        for (FaultyProcess upstream : upstreams) {
            upstream.arrivals().forEach((second, count) -> sums.merge(second, count, Long::sum));
        }
        return sums.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** Waits until the balancer's probes have told each upstream that nothing is in flight there. */
    void awaitIdle() throws IOException {
        long end = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        for (FaultyProcess upstream : upstreams) {
            while (!upstream.inFlight().equals("0")) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError(upstream.id() + ": still in flight: " + upstream.inFlight());
                }
                pause(100);
            }
        }
    }

    /** The POSTs of the steady load that more than one upstream has received, or one of them more than once. */
    List<String> duplicates() throws IOException {
        Set<String> once = new HashSet<>();
        List<String> twice = new ArrayList<>();
        for (FaultyProcess upstream : upstreams) {
            upstream.posted().stream()
                    .filter(post -> post.matches("r\\d+") && !once.add(post))
                    .forEach(twice::add);
        }
        return twice;
    }

    /** What was printed so far does not count. */
    void forgetLog() {
        forgotten = balancer.output().lines().count();
    }

    /** What the balancer has printed since. */
    List<String> log() {
        return balancer.output().lines().skip(forgotten).toList();
    }

    @Override
    public void close() {
        if (balancer != null) {
            balancer.close();
        }
        upstreams.forEach(FaultyProcess::close);
    }
}
