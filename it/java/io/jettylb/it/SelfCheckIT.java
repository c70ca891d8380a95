package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said at the start about the server around the module, and by {@code check --server} about its files. */
class SelfCheckIT {

    private static final String HOMES = "io.jettylb.it.JettyHome#all";
    private static final String COMPRESSION =
            "compression: GzipHandler in front of a mount changes what passes, and below"
                    + " Jetty 12.0.32 and 12.1.8 leaks memory (CVE-2026-1605): disable its module";
    private static final String GRACEFUL =
            "graceful: a stop cuts requests in flight: enable the module graceful (GracefulHandler)";

    @TempDir
    Path folder;

    private static List<String> warnings(JettyBase base) {
        return base.server()
                .output()
                .lines()
                .filter(line -> line.contains("WARN") && line.contains("self-check: "))
                .map(line -> line.substring(line.indexOf("self-check: ") + "self-check: ".length()))
                .toList();
    }

    private RunningProcess checkServer(JettyHome home, Path base) throws IOException {
        Path jar = base.resolve("lib/lb/jetty-lb-" + JettyHome.property("lb.version") + ".jar");
        return RunningProcess.java(
                base,
                List.of(
                        "-jar",
                        jar.toString(),
                        "check",
                        "--server",
                        base.toString(),
                        home.directory().toString()));
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void whatWouldBetrayTheModuleIsSaidOnceAndTheSameFromTheFiles(JettyHome home) throws Exception {
        Path directory = folder.resolve("base");
        try (TestUpstream upstream = TestUpstream.start("a");
                JettyBase base = JettyBase.empty(home, directory)) {
            base.unzipModule();
            base.addModules("lb", "http", "gzip");
            base.lbConf(Conf.of("/api", upstream.configured()));
            base.start();

            base.server().await("self-check: graceful");
            assertThat(warnings(base)).containsExactly(COMPRESSION, GRACEFUL);
            try (RunningProcess check = checkServer(home, directory)) {
                assertThat(check.awaitExit()).isEqualTo(1);
                assertThat(check.output().lines())
                        .containsExactlyInAnyOrder(
                                directory.resolve("etc/lb.conf") + ": ok, 1 mount, 1 pool, 1 upstream",
                                "warning: " + COMPRESSION,
                                "warning: " + GRACEFUL,
                                "server: Jetty " + home.version() + ", 2 warnings");
            }
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void theExampleGivesNoReasonToWarn(JettyHome home) throws Exception {
        Path example = Path.of("jetty-base-example").toAbsolutePath();
        Path directory = folder.resolve("base");
        try (JettyBase base = JettyBase.empty(home, directory)) {
            base.unzipModule();
            base.lbConf(Files.readString(example.resolve("etc/lb.conf")));
            try (DirectoryStream<Path> inis = Files.newDirectoryStream(example.resolve("start.d"), "*.ini")) {
                for (Path ini : inis) {
                    base.write("start.d/" + ini.getFileName(), Files.readString(ini));
                }
            }
            Files.createDirectories(base.resolve("webapps"));
            Files.createDirectories(base.resolve("logs"));
            base.addModules("lb");
            base.start();
            // Warnings come after the line that start() waits for.
            base.server().terminate();
            base.server().awaitExit();

            assertThat(base.server().output()).doesNotContain("self-check");
            try (RunningProcess check = checkServer(home, directory)) {
                assertThat(check.awaitExit()).isZero();
                assertThat(check.output()).endsWith("server: Jetty " + home.version() + ", 0 warnings");
            }
        }
    }
}
