package io.jettylb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.jettylb.config.TestCatalog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands, their output and their exit codes. */
class MainTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return new Main(TestCatalog::new, null, print(out), print(err)).run(List.of(args));
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private String check(String text) throws Exception {
        return Files.writeString(folder.resolve("lb.conf"), text).toString();
    }

    @Test
    void countsWhatIsRight() throws Exception {
        String file = check("""
                lb.mounts { "/a".pool = a, "/b".pool = b }
                lb.pools { a.upstreams = ["http://h"], b.upstreams = ["http://h", "http://i"] }
                """);

        assertThat(run("check", file)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(file + ": ok, 2 mounts, 2 pools, 3 upstreams");
        assertThat(err.size()).isZero();
    }

    @Test
    void countsOneWithoutPlural() throws Exception {
        String file = check("lb.mounts./.pool = a, lb.pools.a.upstreams = [\"http://h\"]");

        assertThat(run("check", file)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(": ok, 1 mount, 1 pool, 1 upstream");
    }

    @Test
    void listsEveryProblem() throws Exception {
        String file = check("lb {\n  pool {}\n  pools.a.upstreams = []\n}");

        assertThat(run("check", file)).isEqualTo(78);
        assertThat(out.size()).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "lb.conf:2: pool: unknown key (expected: mounts, pools, defaults, forwarded, zone, shed; did you mean pools?)",
                        "lb.conf:3: pools.a.upstreams: [] (expected: a list of at least one upstream)");
    }

    @Test
    void reportsFilesThatAreNotThere() {
        assertThat(run("check", folder.resolve("none.conf").toString())).isEqualTo(78);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("none.conf: missing (expected: a readable file)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "check", "check a b", "chek a", "--help x", "--version x"})
    void showsTheUsageForWhatItDoesNotUnderstand(String line) {
        assertThat(run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(64);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("Usage: java -jar jetty-lb-VERSION.jar COMMAND");
        assertThat(out.size()).isZero();
    }

    @Test
    void helps() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("Usage: ").contains("check FILE");
        assertThat(err.size()).isZero();
    }

    @Test
    void tellsItsVersion() {
        assertThat(Main.run(new String[] {"--version"}, print(out), print(err))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("jetty-lb ");
    }

    @Test
    void checksWithTheInstalledStrategies() throws Exception {
        String file = check("lb.pools.a { strategy = least-request, upstreams = [\"http://h\"] }");

        assertThat(Main.run(new String[] {"check", file}, print(out), print(err)))
                .isZero();
    }

    /** As {@code java -jar} does it: with this project's classes and the HOCON library, and nothing else. */
    @Test
    void needsNothingButTheHoconLibrary() throws Exception {
        String good = check("lb.pools.a.upstreams = [\"http://h\"]");
        URL[] classPath = {location(Main.class), location(ConfigFactory.class)};

        try (URLClassLoader alone = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Class<?> main = alone.loadClass(Main.class.getName());
            Method run = main.getMethod("run", String[].class, PrintStream.class, PrintStream.class);

            assertThat(main).isNotSameAs(Main.class);
            assertThat(run.invoke(null, new String[] {"check", good}, print(out), print(err)))
                    .isEqualTo(0);
            // What else a command needs is named, and is no matter for the other commands.
            assertThat(run.invoke(null, new String[] {"simulate", good}, print(out), print(err)))
                    .isEqualTo(69);
            assertThat(err.toString(StandardCharsets.UTF_8).lines())
                    .containsExactly(
                            "simulate: slf4j-api: missing (expected: in the class path, from the module's zip)");
            Files.writeString(Path.of(good), "lb.pols {}");
            assertThat(run.invoke(null, new String[] {"check", good}, print(out), print(err)))
                    .isEqualTo(78);
        }
    }

    private static URL location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }
}
