package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names that other balancers have for what looks at response times, and for filling. */
class StrategyNamesTest {

    private static final StrategyCatalog CATALOG = new StrategyCatalog() {
        @Override
        public Set<String> names() {
            return new TreeSet<>(
                    Set.of("first", "least-request", "least-response-time", "peak-ewma", "prequal", "round-robin"));
        }

        @Override
        public Optional<Set<String>> optionNames(String strategy) {
            return names().contains(strategy) ? Optional.of(Set.of()) : Optional.empty();
        }

        @Override
        public Optional<String> problem(StrategyConfig strategy) {
            return Optional.empty();
        }
    };

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "least_time, least-response-time",
        "leasttime, least-response-time",
        "least-response, least-response-time",
        "response_time, least-response-time",
        "peak_ewma, peak-ewma",
        "peakewma, peak-ewma",
        "PeakEwma, peak-ewma",
        "ewma, peak-ewma",
        "p2c_peak_ewma, peak-ewma",
        "Prequal, prequal",
        "pick_first, first"
    })
    void peersNamesLeadToOurs(String written, String meant) throws Exception {
        Path file = folder.resolve("lb.conf");
        Files.writeString(
                file,
                "lb { mounts { \"/\" { pool = a } }, pools { a { strategy = \"" + written
                        + "\", upstreams = [\"http://h:1\"] } } }");
        try {
            LbConfig.load(file, CATALOG);
            throw new AssertionError(written + " was accepted");
        } catch (ConfigException problems) {
            assertThat(problems.getMessage()).endsWith("; did you mean " + meant + "?)");
        }
    }
}
