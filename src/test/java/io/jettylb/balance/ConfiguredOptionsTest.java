package io.jettylb.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jettylb.config.ConfigException;
import io.jettylb.config.LbConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of the strategies as they stand in a file, and what an operator reads about wrong ones. */
class ConfiguredOptionsTest {

    @TempDir
    Path folder;

    private LbConfig load(String strategy) throws Exception {
        Path file = folder.resolve("lb.conf");
        Files.writeString(
                file,
                "lb {\n  mounts { \"/\" { pool = api } }\n  pools {\n    api {\n      upstreams = [\"http://h:1\"]\n"
                        + "      strategy {\n        " + strategy + "\n      }\n    }\n  }\n}\n");
        return LbConfig.load(file, Strategies.installed());
    }

    @Test
    void theyAreReadWithTheirUnits() throws Exception {
        for (String usable : new String[] {
            "name = peak-ewma, decay = 5s, penalty = 50",
            "name = peak-ewma, decay = 250 milliseconds",
            "name = least-response-time, time = last-byte, inflight = on",
            "name = least-request, bias = 1.0",
            "name = prequal, probe-path = \"/load\", load-header = X-Load, probe-rate = 0.5, max-age = 500ms"
        }) {
            assertThat(load(usable).pools().get("api").strategy().options()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "name = peak-ewma, decay = 10 @ decay: 10 (expected: a duration such as 10s)",
                "name = peak-ewma, decay = 2d @ decay: 2d (expected: 1ms to 1d)",
                "name = peak-ewma, tau = 10s @ tau: unknown key (expected: decay, penalty)",
                "name = least-response-time, time = body @ time: body (expected: header or last-byte)",
                "name = least-request, bias = high @ bias: high (expected: 0..10)",
                "name = prequal, rif-quantile = 84 @ rif-quantile: 84 (expected: 0..1)",
                "name = prequal, probe-path = load @ probe-path: load (expected: a path such as /load, percent-encoded)",
                "name = prequal, probe-path = \"/a|b\" @ probe-path: /a|b (expected: a path such as /load, percent-encoded)",
                "name = prequal, probe-path = \"/{id}\" @ probe-path: /{id} (expected: a path such as /load, percent-encoded)",
                "name = prequal, probe-path = \"/load?x=%zz\" @ probe-path: /load?x=%zz (expected: a path such as /load, percent-encoded)",
                "name = first, max-requests = 3 @ max-requests: unknown key (expected: no options)"
            })
    void whatIsWrongIsSaidWithItsLine(String strategy, String problem) {
        ConfigException problems = catchThrowableOfType(ConfigException.class, () -> load(strategy));
        assertThat(problems.problems()).containsExactly("lb.conf:7: pools.api.strategy." + problem);
    }
}
