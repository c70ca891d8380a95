package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code simulate} from the unzipped base, by plain {@code java} and nothing else. */
class SimulateIT {

    private static final int EX_UNAVAILABLE = 69;

    @TempDir
    Path folder;

    private JettyBase base;

    @BeforeEach
    void unzip() throws Exception {
        base = JettyBase.empty(JettyHome.all().get(0), folder.resolve("base"));
        base.unzipModule();
        base.lbConf("""
                lb.pools.orders {
                  probe {}
                  upstreams = [ "http://10.0.0.1:8080", "http://10.0.0.2:8080", "http://10.0.0.3:8080" ]
                }
                """);
    }

    private String run(int exitCode, String... command) throws IOException, InterruptedException {
        String jar = "lib/lb/jetty-lb-" + JettyHome.property("lb.version") + ".jar";
        List<String> arguments = new ArrayList<>(List.of("-jar", jar));
        arguments.addAll(List.of(command));
        try (RunningProcess process = RunningProcess.java(base.resolve(""), arguments)) {
            assertThat(process.awaitExit()).as(process::output).isEqualTo(exitCode);
            return process.output();
        }
    }

    private String simulate(int exitCode, String... options) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("simulate", "etc/lb.conf", "--pool", "orders", "--duration", "2s"));
        command.addAll(List.of(options));
        return run(exitCode, command.toArray(String[]::new));
    }

    private void delete(String jar) throws IOException {
        try (var jars = Files.newDirectoryStream(base.resolve("lib/lb/tools"), jar)) {
            for (Path found : jars) {
                Files.delete(found);
            }
        }
    }

    @Test
    void comparesStrategiesAndDrawsThem() throws Exception {
        String output = simulate(0, "--scenario", "slow-node", "--plot", "x.svg");

        assertThat(output)
                .contains("pool orders, 3 upstreams, scenario slow-node", "| least-request ", "| round-robin ")
                .doesNotContain("SLF4J", "WARN", "Exception");
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        // The reader would fetch the document type from the network.
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        assertThat(factory.newDocumentBuilder()
                        .parse(base.resolve("x.svg").toFile())
                        .getDocumentElement()
                        .getTagName())
                .isEqualTo("svg");

        simulate(0, "--scenario", "flapping", "--plot", "x.png");
        assertThat(ImageIO.read(base.resolve("x.png").toFile()).getWidth()).isGreaterThan(500);
    }

    @Test
    void whatIsMissingIsNamedAndOnlyWhereItIsNeeded() throws Exception {
        delete("xchart-*.jar");
        assertThat(simulate(EX_UNAVAILABLE, "--plot", "x.svg")).startsWith("simulate: xchart: missing (expected: in ");
        assertThat(simulate(0)).contains("| least-request ");

        delete("*.jar");
        assertThat(simulate(EX_UNAVAILABLE)).startsWith("simulate: slf4j-api: missing (expected: in ");
        assertThat(run(0, "check", "etc/lb.conf")).contains("etc/lb.conf: ok");
    }

    @Test
    void theServerDoesNotCarryTheTools() throws Exception {
        base.addModules("lb", "http");

        assertThat(base.command("--list-config")).contains("lib/lb/deps").doesNotContain("lib/lb/tools", "xchart");
    }

    @Test
    void strategiesOfOthersAreKnown() throws Exception {
        base.lbConf("""
                lb.pools.orders { strategy = closest, upstreams = [ "http://10.0.0.1:8080", "http://10.0.0.2:8080" ] }
                """);
        assertThat(run(78, "check", "etc/lb.conf")).contains("lb.conf:1: ", "pools.orders.strategy: \"closest\" (");

        installClosest();
        assertThat(run(0, "check", "etc/lb.conf")).contains("ok, 0 mounts, 1 pool, 2 upstreams");
        assertThat(simulate(0, "--strategies", "closest")).contains("| closest ");
    }

    /** A jar as somebody else would build it: against ours, with a line for the service loader. */
    private void installClosest() throws IOException {
        Path sources = Files.createDirectories(folder.resolve("closest"));
        Path source = sources.resolve("Closest.java");
        Files.writeString(source, """
                package com.example;
                import io.jettylb.balance.*;
                public final class Closest implements StrategyProvider {
                    public String name() { return "closest"; }
                    public Strategy create(StrategyContext context) { return candidates -> (hash, attempt) -> 0; }
                }
                """);
        Path jar = base.resolve("lib/lb/jetty-lb-" + JettyHome.property("lb.version") + ".jar");
        int failures = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", jar.toString(), "-d", sources.toString(), source.toString());
        assertThat(failures).isZero();
        Path ext = Files.createDirectories(base.resolve("lib/lb/ext"));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(ext.resolve("closest.jar")))) {
            zip.putNextEntry(new ZipEntry("com/example/Closest.class"));
            Files.copy(sources.resolve("com/example/Closest.class"), zip);
            zip.putNextEntry(new ZipEntry("META-INF/services/io.jettylb.balance.StrategyProvider"));
            zip.write("com.example.Closest\n".getBytes(StandardCharsets.UTF_8));
        }
    }
}
