package io.jettylb.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the system knows of a process. */
final class Gauges {

    private Gauges() {}

    /** Open sockets, those that listen included. */
    static long sockets(ProcessHandle process) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return descriptors.filter(Gauges::isSocket).count();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException gone) {
            return false;
        }
    }

    /** Bytes of memory that are its own, in MiB. */
    static double residentMiB(ProcessHandle process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("no VmRSS of " + process.pid());
    }

    /** What a Java process still needs of its heap after a collection, in MiB. */
    static double liveHeapMiB(ProcessHandle process) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try (RunningProcess histogram = RunningProcess.run(
                Path.of("").toAbsolutePath(),
                List.of(jcmd.toString(), String.valueOf(process.pid()), "GC.class_histogram"))) {
            histogram.awaitExit();
            return Long.parseLong(histogram.await("^Total +\\d+ +(\\d+)").group(1)) / 1024.0 / 1024.0;
        }
    }
}
