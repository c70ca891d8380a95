package io.jettylb.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No upstream gets more than a bounded part above its share, whether the others are replaced, leave or join: Finagle's
 * contract for its balancers. Those that are there all the time of course bear what the missing ones do not.
 */
class LoadDistributionTest {

    private static final int UPSTREAMS = 10;

    @TempDir
    Path folder;

    private double worstShare(Scenario scenario, String strategy) throws Exception {
        PoolConfig pool = Experiments.pool(folder, UPSTREAMS, "probe { interval = 1s, fast-interval = 200ms }");
        Workload workload = Experiments.workload(pool, 0.6, Duration.ofSeconds(20));
        return Experiments.run(pool, scenario, workload, strategy).worstShare();
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "least-request", "power-of-two", "random"})
    void staysWhileAllAreThere(String strategy) throws Exception {
        assertThat(worstShare(Scenario.STEADY, strategy)).isBetween(1.0, 1.05);
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "least-request", "power-of-two", "random"})
    void staysThroughADeploy(String strategy) throws Exception {
        assertThat(worstShare(Scenario.ROLLING_DEPLOY, strategy)).isLessThan(1.1);
    }

    /** With one in ten gone, a share of 10/9 is fair. */
    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "least-request", "power-of-two", "random"})
    void staysWhenOneLeaves(String strategy) throws Exception {
        assertThat(worstShare(Scenario.REFUSED, strategy)).isLessThan(1.17);
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "least-request", "power-of-two", "random"})
    void staysWhenOneJoins(String strategy) throws Exception {
        assertThat(worstShare(Scenario.COLD_START, strategy)).isLessThan(1.17);
    }
}
