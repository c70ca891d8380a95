package io.jettylb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code simulate}: its arguments, its tables and its exit codes. */
class SimulateTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path file;

    @BeforeEach
    void configuration() throws Exception {
        file = Files.writeString(folder.resolve("lb.conf"), """
                lb.pools {
                  orders { strategy = { name = power-of-two, choices = 3 }
                           upstreams = ["http://a", "http://b", "http://c"] }
                  carts { upstreams = ["http://d"] }
                }
                """);
    }

    private int run(String... args) {
        return Main.run(args, print(out), print(err));
    }

    private int simulate(String... options) {
        List<String> args = new ArrayList<>(List.of("simulate", file.toString(), "--duration", "1s"));
        args.addAll(List.of(options));
        return run(args.toArray(String[]::new));
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private List<String> out() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private List<String> err() {
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void comparesStrategies() {
        assertThat(simulate("--pool", "orders", "--scenario", "slow-node", "--strategies", "least-request,random"))
                .isZero();
        assertThat(out().get(0))
                .isEqualTo("pool orders, 3 upstreams, scenario slow-node: some upstreams answer 200 ms later, without"
                        + " being any busier");
        assertThat(out().get(1))
                .isEqualTo("720 requests/s (60 % of the capacity) for 1 s, exponential times of 20 ms, 8 at once, no"
                        + " probes, seed 1, 1 balancer");
        assertThat(out().get(3)).matches("\\| strategy +\\| +p50 ms \\|.*\\| +errors % \\| +keys moved % \\|");
        assertThat(out().get(4)).matches("\\|-+\\|(-+:\\|){7}");
        assertThat(out().get(5)).matches("\\| least-request +\\| +[\\d.]+ \\|.*");
        assertThat(out().get(6)).matches("\\| random +\\| +[\\d.]+ \\|.*");
        assertThat(out()).hasSize(7);
        assertThat(err()).isEmpty();
    }

    @Test
    void comparesAllThatAreInstalled() {
        assertThat(simulate("--pool", "carts")).isZero();
        assertThat(out()).anyMatch(line -> line.startsWith("| round-robin "));
        assertThat(out()).anyMatch(line -> line.startsWith("| least-request "));
    }

    @Test
    void takesTheOptionsOfThePoolsOwnStrategy() throws Exception {
        assertThat(simulate("--pool", "orders", "--strategies", "power-of-two")).isZero();
        Files.writeString(file, Files.readString(file).replace("choices = 3", "choices = 2"));
        List<String> three = out();
        out.reset();
        assertThat(simulate("--pool", "orders", "--strategies", "power-of-two")).isZero();

        assertThat(out().get(5)).isNotEqualTo(three.get(5));
    }

    @Test
    void comparesAStrategyWithItself() {
        assertThat(simulate("--pool", "carts", "--strategies", "power-of-two,power-of-two:choices=5"))
                .isZero();
        assertThat(out().get(6)).startsWith("| power-of-two:choices=5 |");
    }

    @Test
    void showsSeveralExperimentsSideBySide() {
        assertThat(simulate(
                        "--pool",
                        "orders",
                        "--scenario",
                        "steady,fast-fail",
                        "--upstreams",
                        "3,5",
                        "--strategies",
                        "random"))
                .isZero();
        assertThat(out()).anyMatch(line -> line.matches("\\| p99 ms \\(errors\\) \\| steady \\| +fast-fail \\|"));
        assertThat(out()).anyMatch(line -> line.matches("\\| random +\\| +[\\d.]+ \\| +[\\d.]+ \\([\\d.]+ %\\) \\|"));
        assertThat(out()).contains("pool orders, 3 upstreams", "pool orders, 5 upstreams");
    }

    @Test
    void writesValues() {
        assertThat(simulate("--pool", "orders", "--csv", "--seed", "7", "--balancers", "2", "--rate", "500"))
                .isZero();
        assertThat(out().get(0)).startsWith("scenario,upstreams,balancers,rate,seconds,seed,strategy,requests,");
        int columns = out().get(0).split(",", -1).length;
        assertThat(out().subList(1, out().size()))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("steady,3,2,500.0,1.000,7,"))
                .allMatch(line -> line.split(",", -1).length == columns);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.svg", "x.png"})
    void draws(String name) {
        Path plot = folder.resolve(name);
        assertThat(simulate("--pool", "orders", "--strategies", "random", "--plot", plot.toString()))
                .isZero();
        assertThat(plot).isNotEmptyFile();
        assertThat(out()).endsWith("plot: " + plot);
    }

    @Test
    void aFolderThatIsNotThereIsALine() {
        String plot = folder.resolve("none/x.svg").toString();
        assertThat(simulate("--pool", "orders", "--strategies", "random", "--plot", plot))
                .isEqualTo(69);
        assertThat(err())
                .containsExactly("simulate: --plot: " + plot
                        + " (expected: a file that can be written, in a folder that exists)");
        assertThat(out()).as("told before the simulation").isEmpty();
    }

    @Test
    void aFolderIsNoPlot() throws Exception {
        Path plot = Files.createDirectory(folder.resolve("x.svg"));
        assertThat(simulate("--pool", "orders", "--strategies", "random", "--plot", plot.toString()))
                .isEqualTo(64);
        assertThat(err()).containsExactly("simulate: --plot: " + plot + " (expected: a file, not a folder)");
        assertThat(out()).isEmpty();
    }

    @Test
    void valuesAreAloneOnTheirStream() {
        Path plot = folder.resolve("x.svg");
        assertThat(simulate("--pool", "orders", "--strategies", "random", "--csv", "--plot", plot.toString()))
                .isZero();
        assertThat(out()).hasSize(2).last().asString().startsWith("steady,3,");
        assertThat(err()).containsExactly("plot: " + plot);
        assertThat(plot).isNotEmptyFile();
    }

    @Test
    void anOptionMayContainColons() {
        String strategy = "ring-hash:key=cookie:user:bounded-load=1.5";
        assertThat(simulate("--pool", "orders", "--strategies", strategy)).isZero();
        assertThat(out().get(5)).startsWith("| " + strategy + " |");
    }

    @Test
    void tooFewRequestsAreSaidBeforeAnythingElse() {
        assertThat(simulate("--pool", "orders", "--csv", "--upstreams", "20,3", "--rate", "99"))
                .isEqualTo(64);
        assertThat(err())
                .containsExactly("simulate: 99 requests in 1 s (expected: 100 or more, by a longer --duration or a"
                        + " higher --rate or --load)");
        assertThat(out()).isEmpty();
    }

    @Test
    void lists() {
        assertThat(run("simulate", "--list")).isZero();
        List<String> alone = out();
        out.reset();
        assertThat(run("simulate", file.toString(), "--list")).isZero();
        assertThat(out()).isEqualTo(alone);
        assertThat(out()).anyMatch(line -> line.startsWith("  slow-node "));
        assertThat(out()).anyMatch(line -> line.startsWith("strategies: ") && line.contains("least-request"));
    }

    @Test
    void helps() {
        assertThat(run("simulate", "--help")).isZero();
        assertThat(out().get(0)).startsWith("Usage: java -jar jetty-lb-VERSION.jar simulate FILE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--pool nosuch      | --pool: nosuch (expected: orders, carts)",
                "--seed 1           | --pool: nothing (expected: orders, carts)",
                "--balancers 0      | --balancers: 0 (expected: 1..100)",
                "--balancers 101    | --balancers: 101 (expected: 1..100)",
                "--upstreams 3,x    | --upstreams: x (expected: 1..10000)",
                "--upstreams 10001  | --upstreams: 10001 (expected: 1..10000)",
                "--rate -1          | --rate: -1 (expected: requests in a second, more than 0)",
                "--load 0           | --load: 0 (expected: part of the capacity, more than 0, up to 10)",
                "--duration 60      | --duration: 60 (expected: a time with its unit, for instance 500ms or 60s)",
                "--mean 0s          | --mean: 0s (expected: a time with its unit, for instance 500ms or 60s)",
                "--concurrency 0    | --concurrency: 0 (expected: 1..100000)",
                "--service normal   | --service: normal (expected: constant, exponential, lognormal, pareto)",
                "--seed x           | --seed: x (expected: an integer)",
                "--plot x.gif       | --plot: x.gif (expected: a file that ends in .svg or .png)",
                "--strategies a,,b  | --strategies: a,,b (expected: names, with a comma between them)",
                "--plot             | --plot: nothing (expected: a value)",
                "--pool carts --strategies power-of-two:choices | --strategies: power-of-two:choices"
                        + " (expected: NAME or NAME:OPTION=VALUE)",
                "--pool carts --strategies power-of-two:choice=3 | --strategies: power-of-two:choice=3"
                        + " (expected: options: choices)",
                "--pool carts --strategies power-of-two:choices=1 | --strategies: power-of-two:choices=1:"
                        + " choices: 1 (expected: 2..100)",
                "--pool carts --strategies : | --strategies: : (expected: NAME or NAME:OPTION=VALUE)",
                "--pool carts --strategies :choices=3 | --strategies: :choices=3 (expected: NAME or NAME:OPTION=VALUE)",
                "other.conf         | other.conf: a second file (expected: one)",
                "--plot x.svg --upstreams 3,4"
                        + " | --plot: several experiments (expected: one scenario, one number of upstreams)",
            })
    void saysWhatIsWrong(String options, String message) {
        assertThat(simulate(options.split(" "))).isEqualTo(64);
        assertThat(err()).containsExactly("simulate: " + message);
        assertThat(out()).isEmpty();
    }

    @Test
    void namesWhatThereIs() {
        assertThat(simulate("--scenario", "slow")).isEqualTo(64);
        assertThat(err()).singleElement().asString().startsWith("simulate: --scenario: slow (expected: all, steady, ");
        err.reset();
        assertThat(simulate("--ratte", "1")).isEqualTo(64);
        assertThat(err()).singleElement().asString().startsWith("simulate: --ratte: unknown option (expected: --pool,");
        err.reset();
        assertThat(simulate("--pool", "orders", "--strategies", "nosuch")).isEqualTo(64);
        assertThat(err())
                .singleElement()
                .asString()
                .startsWith("simulate: --strategies: nosuch (expected: ")
                .contains("round-robin");
        err.reset();
        assertThat(run("simulate")).isEqualTo(64);
        assertThat(err())
                .containsExactly("simulate: FILE: nothing (expected: a configuration, for instance etc/lb.conf)");
    }

    @Test
    void aBadConfigurationIsThatOfCheck() throws Exception {
        Files.writeString(file, "lb.pools.orders.upstreams = []");

        assertThat(simulate()).isEqualTo(78);
        assertThat(err())
                .containsExactly("lb.conf:1: pools.orders.upstreams: [] (expected: a list of at least one upstream)");
    }
}
