package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
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
}
