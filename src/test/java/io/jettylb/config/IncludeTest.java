package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be included, and from where. */
class IncludeTest {

    private static final String INSIDE = " (expected: a file in the folder of the configuration)";

    @TempDir
    Path outside;

    private Path folder;
    private ConfigFixture files;

    @BeforeEach
    void fixture() throws Exception {
        folder = Files.createDirectory(outside.resolve("etc"));
        files = new ConfigFixture(folder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include \"pools/p.conf\"",
                "include \"pools/p\"",
                "include \"./pools/p\"",
                "include file(\"pools/p.conf\")",
                "include required(\"pools/p.conf\")",
                "include required(file(\"pools/p.conf\"))",
                "\"x\":1, include \"pools/p.conf\""
            })
    void readsFilesOfTheFolder(String statement) throws Exception {
        files.write("pools/p.conf", "lb.pools.p { include \"more\" }");
        files.write("pools/more.conf", GOOD + ", retry.attempts = ${n}, n = 5, n = null");

        assertThat(files.problems(statement))
                .containsExactly(
                        "pools/more.conf:1: pools.p.retry.attempts: null (expected: a value, or no such key)",
                        "pools/more.conf:1: pools.p.n: unknown key"
                                + " (expected: strategy, upstreams, host, retry, timeouts, connections, protocol, probe, sticky, tls, proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain)");
    }

    @ParameterizedTest
    @CsvSource({
        "url, http://u:p@localhost:1/x, http://(hidden)@localhost:1/x",
        "url, file:/x, file:/x",
        "classpath, reference.conf, reference.conf"
    })
    void refusesWhatIsNoFile(String kind, String what, String shown) throws Exception {
        assertThat(files.problems("\n  include " + kind + "(\"" + what + "\")"))
                .containsExactly("lb.conf:2: include " + kind + "(\"" + shown + "\"): not allowed" + INSIDE);
    }

    @Test
    void refusesUrlsWithoutTheWordUrl() throws Exception {
        assertThat(files.problems("include \"http://localhost:1/x\""))
                .containsExactly("lb.conf:1: include url(\"http://localhost:1/x\"): not allowed" + INSIDE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out.conf", "../etc/in.conf", "sub/../in.conf", "../none.conf"})
    void refusesParentFolders(String name) throws Exception {
        files.write("in.conf", "");
        Files.writeString(outside.resolve("out.conf"), "");

        assertThat(files.problems("# one\n# two\ninclude \"" + name + "\""))
                .containsExactly(
                        "lb.conf:3: include \"" + name + "\": outside of the folder of the configuration" + INSIDE);
    }

    @Test
    void refusesAbsolutePathsElsewhere() throws Exception {
        Path other = Files.writeString(outside.resolve("out.conf"), "");

        assertThat(files.problems("include file(\"" + other + "\")"))
                .singleElement()
                .asString()
                .contains("outside of the folder of the configuration");
    }

    @Test
    void refusesLinksThatLeadOut() throws Exception {
        Files.writeString(outside.resolve("out.conf"), "lb {}");
        Files.createSymbolicLink(folder.resolve("link.conf"), outside.resolve("out.conf"));
        Files.createSymbolicLink(folder.resolve("all"), outside);

        assertThat(files.problems("include \"link.conf\"\ninclude \"all/out.conf\""))
                .containsExactly(
                        "lb.conf:1: include \"link.conf\": outside of the folder of the configuration" + INSIDE,
                        "lb.conf:2: include \"all/out.conf\": outside of the folder of the configuration" + INSIDE);
    }

    @Test
    void followsLinksWithinTheFolder() throws Exception {
        files.write("..data/real.conf", "lb.pools.p { " + GOOD + " }");
        Files.createSymbolicLink(folder.resolve("p.conf"), Path.of("..data/real.conf"));

        assertThat(files.load("include \"p.conf\"").pools()).containsOnlyKeys("p");
    }

    @Test
    void reportsWhatIsMissingAndNothingThatFollowsFromIt() throws Exception {
        assertThat(files.problems("""
                        include "pools.conf"
                        lb.mounts { "/" { pool = orders }, "/a" { pol = orders } }
                        lb.pools.a { upstreams = [${port}], retry.attempts = 0 }
                        """))
                .containsExactly(
                        "lb.conf:1: include \"pools.conf\": missing" + INSIDE,
                        "lb.conf:2: mounts.\"/a\".pol: unknown key"
                                + " (expected: pool, strip-context-path, virtual-hosts,"
                                + " timeouts; did you mean pool?)",
                        "lb.conf:3: pools.a.retry.attempts: 0 (expected: 1..100)");
    }

    @Test
    void noticesCycles() throws Exception {
        files.write("a.conf", "\ninclude \"b.conf\"");
        files.write("b.conf", "include \"lb.conf\"");

        assertThat(files.problems("include \"a.conf\""))
                .containsExactly("b.conf:1: include \"lb.conf\": includes itself (expected: no cycle of includes)");
    }

    @Test
    void limitsTheDepth() throws Exception {
        for (int i = 1; i <= 9; i++) {
            files.write(i + ".conf", "include \"" + (i + 1) + "\"");
        }
        files.write("10.conf", "");

        assertThat(files.problems("include \"1\""))
                .containsExactly("9.conf:1: include \"10\": included too deeply"
                        + " (expected: at most 10 files, one in the other)");
        assertThat(files.problems("include \"2\"")).isEmpty();
    }

    @Test
    void limitsTheSizeOfAllFilesTogether() throws Exception {
        files.write("half.conf", "#".repeat(600_000));

        assertThat(files.problems("include \"half.conf\"")).isEmpty();
        assertThat(files.problems("include \"half.conf\"\n\ninclude file(\"half.conf\")"))
                .containsExactly("lb.conf:1: include \"half.conf\": too large"
                        + " (expected: at most 1 MiB, all included files together)");
    }

    @Test
    void checksIncludedFilesLikeTheFirst() throws Exception {
        files.write("deep.conf", "\nx = " + "[".repeat(5000) + "]".repeat(5000));
        files.write("syntax.conf", "\n\nlb = }");
        Files.write(folder.resolve("latin.conf"), "x = 1\ny = \u00fc".getBytes(StandardCharsets.ISO_8859_1));
        Files.createDirectory(folder.resolve("dir"));

        assertThat(files.problems("include \"deep\"\ninclude \"syntax\"\ninclude \"latin\"\ninclude \"dir\"\nlb.x = 1"))
                .containsExactly(
                        "lb.conf:3: include \"latin\": line 2: bytes that are not UTF-8 (expected: a text in UTF-8)",
                        "lb.conf:4: include \"dir\": not an ordinary file (expected: a readable file)",
                        "lb.conf:5: x: unknown key (expected: mounts, pools, defaults, forwarded, zone)",
                        "deep.conf:2: nested too deeply (expected: at most 100 levels)",
                        "syntax.conf:3: not HOCON: Expecting a value but got wrong token: '}' (if you intended '}' to be part"
                                + " of a key or string value, try enclosing the key or value in double quotes)");
    }

    @Test
    void takesTheWordIncludeForAStatementOnlyWhereItIsOne() throws Exception {
        assertThat(files.problems("""
                        # include "comment.conf"
                        a = include "value"
                        b = ["include \\"string\\"", include]
                        c = \"""
                        include "text"
                        \"""
                        include "none"
                        """)).containsExactly("lb.conf:7: include \"none\": missing" + INSIDE);
    }
}
