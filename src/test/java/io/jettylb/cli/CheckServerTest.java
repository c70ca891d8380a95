package io.jettylb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.TestCatalog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check --server}: the self-check from the files of a base. */
class CheckServerTest {

    private static final String GRACEFUL =
            "warning: graceful: a stop cuts requests in flight: enable the module graceful (GracefulHandler)";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void aGoodBase() throws IOException {
        write("base/etc/lb.conf", "lb.mounts./.pool = a, lb.pools.a.upstreams = [\"http://h\"]");
        write("base/start.d/lb.ini", "--modules=lb\n");
        write("base/start.d/graceful.ini", "--modules=graceful\n");
        write("home/lib/jetty-server-12.1.12.jar", "");
        write("home/modules/http-forwarded.mod", "[description]\ngzip\n[depends]\nforwarded\n[tags]\ngzip\n");
        write("home/modules/compression-gzip.mod", "[depend]\ncompression\n# gzip\n");
    }

    private void write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private int check() {
        return check(
                "--server",
                folder.resolve("base").toString(),
                folder.resolve("home").toString());
    }

    private int check(String... args) {
        List<String> all = new java.util.ArrayList<>(List.of("check"));
        all.addAll(List.of(args));
        return new Main(TestCatalog::new, null, print(out), print(err)).run(all);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private List<String> problems() {
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void aGoodBaseIsGood() {
        assertThat(check()).isZero();
        assertThat(problems()).isEmpty();
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        folder.resolve("base/etc/lb.conf") + ": ok, 1 mount, 1 pool, 1 upstream",
                        "server: Jetty 12.1.12, 0 warnings");
    }

    @Test
    void modulesAndPropertiesAreJudged() throws IOException {
        Files.delete(folder.resolve("base/start.d/graceful.ini"));
        Files.move(
                folder.resolve("home/lib/jetty-server-12.1.12.jar"),
                folder.resolve("home/lib/jetty-server-12.1.7.jar"));
        write("base/start.ini", """
                # --modules=graceful
                --module=http-forwarded, compression-gzip
                --add-modules=proxy-protocol
                jetty.httpConfig.uriCompliance=RFC3986,UTF16_ENCODINGS
                jetty.httpConfig.compliance?=RFC2616
                """);

        assertThat(check()).isEqualTo(1);
        assertThat(problems())
                .extracting(line -> line.replaceFirst("^warning: ([a-z-]+): .*$", "$1"))
                .containsExactly(
                        "jetty-version",
                        "uri-compliance",
                        "http-compliance",
                        "forwarded",
                        "proxy-protocol",
                        "compression",
                        "graceful");
        assertThat(problems().get(6)).isEqualTo(GRACEFUL);
        assertThat(problems().get(5)).startsWith("warning: compression: CompressionHandler in front of a mount");
        assertThat(out.toString(StandardCharsets.UTF_8)).endsWith("server: Jetty 12.1.7, 7 warnings\n");
    }

    @Test
    void aTimeoutOfZeroIsNoGrace() throws IOException {
        write("base/start.d/graceful.ini", "--modules=graceful\njetty.server.stopTimeout=0\n");

        assertThat(check()).isEqualTo(1);
        assertThat(problems())
                .containsExactly("warning: graceful: a stop cuts requests in flight: set jetty.server.stopTimeout to"
                        + " milliseconds above 0");
    }

    @Test
    void withoutAHomeItSaysWhatItDidNotCheck() {
        assertThat(check("--server", folder.resolve("base").toString())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .endsWith("server: Jetty's version and modules were not checked, the jetty home is not known\n");
    }

    @Test
    void theConfigurationIsCheckedFirst() throws IOException {
        write("base/start.d/lb.ini", "--modules=lb\njetty.lb.config=conf/mine.conf\n");

        assertThat(check()).isEqualTo(78);
        assertThat(problems()).containsExactly("mine.conf: missing (expected: a readable file)");
    }

    @Test
    void aFolderWithoutTheModuleIsNoBase() {
        assertThat(check("--server", folder.toString())).isEqualTo(64);
        assertThat(problems()).containsExactly(folder + ": no jetty base with the module lb");
    }

    @Test
    void whereNothingIsBalancedNothingIsWrong() throws IOException {
        write("base/etc/lb.conf", "lb {}");
        write("base/start.d/gzip.ini", "--modules=gzip\n");

        assertThat(check()).isZero();
    }
}
