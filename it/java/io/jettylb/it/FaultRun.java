package io.jettylb.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Faults as tests: played on ours, and judged. */
final class FaultRun {

    /** The module is installed once for each Jetty. */
    private static final Map<String, JettyBase> BASES = new ConcurrentHashMap<>();

    private static final int LOG_LINES = 60;

    private FaultRun() {}

    /** What must hold. */
    interface Judge {
        void judge(Stage stage, Seen seen) throws Exception;
    }

    /** On which Jetty: the newest, and with {@code -Pfull} the oldest, too. */
    static List<JettyHome> homes() {
        List<JettyHome> all = JettyHome.all();
        return Boolean.getBoolean("lb.fault.all") ? all : all.subList(all.size() - 1, all.size());
    }

    /** Plays it, keeps its figures, and has it judged. */
    static void play(JettyHome home, Fault fault, Judge judge) throws Exception {
        JettyBase base = base(home);
        try (Stage stage = Stage.ours(base, base.resolve(".."), fault)) {
            Seen seen = fault.play(stage);
            FaultReport.add(fault, "ours on " + home.version(), seen);
            try {
                judge.judge(stage, seen);
            } catch (AssertionError failed) {
                List<String> log = stage.balancer().output().lines().toList();
                failed.addSuppressed(new AssertionError(seen + "\n"
                        + String.join("\n", log.subList(Math.max(0, log.size() - LOG_LINES), log.size()))));
                throw failed;
            }
        }
    }

    private static JettyBase base(JettyHome home) throws IOException, InterruptedException {
        JettyBase base = BASES.get(home.version());
        if (base == null) {
            Path folder = Files.createDirectories(Path.of("target", "faults").toAbsolutePath());
            base = JettyBase.withModule(
                    home, Files.createTempDirectory(folder, home.version()).resolve("base"));
            BASES.put(home.version(), base);
        }
        return base;
    }
}
