package io.jettylb.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file with all figures, to which each played fault adds a line. */
final class FaultReport {

    private static final Path FILE = Path.of("target", "faults.txt");

    private FaultReport() {}

    static void add(Fault fault, String candidate, Seen seen) throws IOException {
        Files.writeString(
                FILE,
                fault.name() + " | " + candidate + " | " + Stage.SECONDS + " s | " + seen + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
