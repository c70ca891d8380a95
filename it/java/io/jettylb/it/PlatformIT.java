package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettylb.it.KeepAliveClient.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The other ways to run a Jetty: a newer Java with virtual threads, and the module path. */
class PlatformIT {

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void virtualThreadsOfANewerJava(JettyHome home) throws Exception {
        String newer = System.getProperty("lb.jdk.newer", "");
        assumeTrue(!newer.isEmpty(), "skipped: run with -Dlb.jdk.newer=JAVA_HOME of a JDK 21 or later");
        JettyBase base = JettyBase.empty(home, folder.resolve(home.version())).with(Path.of(newer));
        try (base) {
            base.unzipModule();
            // One command: on 12.1 a second one finds two providers of a thread pool.
            base.addModules("threadpool-virtual", "lb", "http", "http2c", "graceful");
            balances(base);
        }
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void theModulePath(JettyHome home) throws Exception {
        JettyBase base = JettyBase.withModule(home, folder.resolve(home.version()));
        try (base) {
            balances(base, "--jpms");
        }
    }

    private static void balances(JettyBase base, String... arguments) throws Exception {
        List<TestUpstream> upstreams =
                List.of(TestUpstream.start("a"), TestUpstream.start("b"), TestUpstream.start("c"));
        try {
            // Whatever the platform, our libraries must be found: the one that hashes is not used before there are
            // pools.
            base.lbConf(Conf.with(
                    "strategy { name = ring-hash, key = \"query:user\", fallback = round-robin }",
                    "/api",
                    upstreams.stream().map(TestUpstream::configured).toArray(String[]::new)));
            base.startByPrintedCommand(arguments);
            Map<String, Integer> shares = new TreeMap<>();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                for (int i = 0; i < 99; i++) {
                    Answer answer = client.get("/api/x");
                    assertThat(answer.status()).isEqualTo(200);
                    shares.merge(answer.headers().get("x-served-by"), 1, Integer::sum);
                }
            }
            assertThat(shares).isEqualTo(Map.of("a", 33, "b", 33, "c", 33));
            assertThat(servedBy(base, "/api/x?user=1")).hasSize(1);
            assertThat(base.server().output()).doesNotContain("WARN");
        } finally {
            upstreams.forEach(TestUpstream::close);
        }
    }

    private static Set<String> servedBy(JettyBase base, String path) throws Exception {
        Set<String> served = new TreeSet<>();
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            for (int i = 0; i < 9; i++) {
                served.add(client.get(path).headers().get("x-served-by"));
            }
        }
        return served;
    }
}
