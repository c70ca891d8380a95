package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How upstreams are taken out of service. */
class DrainConfigTest {

    private static final String GOOD = "upstreams = [\"http://h:1\"]";

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeEach
    void fixture() {
        files = new ConfigFixture(folder);
    }

    @Test
    void hasADefaultThatDefaultsMayChange() throws Exception {
        assertThat(files.pool(GOOD).drain().deadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(files.pool(GOOD + ", drain { deadline = 0s }").drain().deadline())
                .isZero();
        assertThat(files.load("lb { defaults.drain.deadline = 5m, pools.p { " + GOOD + " } }")
                        .pools()
                        .get("p")
                        .drain()
                        .deadline())
                .isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            drain { deadline = 30 } | drain.deadline: 30 (expected: a duration with a unit, such as 5s)
            drain { deadline = 2d } | drain.deadline: "2d" (expected: 0s for at once, or 1ms to 1d)
            drain { timeout = 5s }  | drain.timeout: unknown key (expected: deadline; did you mean deadline?)
            deregistration_delay = 5 | deregistration_delay: unknown key (expected: KEYS; did you mean drain.deadline?)
            """)
    void saysWhatIsWrong(String written, String problem) throws Exception {
        String keys = "strategy, upstreams, host, retry, timeouts, connections, protocol, probe, sticky, tls,"
                + " proxy-protocol, slow-start, zone, load-report, outlier, panic-threshold, panic-mode, drain, max-requests, queue, adaptive-concurrency, breaker";
        assertThat(files.problems("lb.pools.p { " + GOOD + ", " + written + " }"))
                .containsExactly("lb.conf:1: pools.p." + problem.replace("KEYS", keys));
    }
}
