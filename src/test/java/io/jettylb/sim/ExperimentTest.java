package io.jettylb.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LbConfig;
import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens in an experiment, and that it happens again. */
class ExperimentTest {

    @TempDir
    Path folder;

    private PoolConfig pool;
    private PoolConfig probed;

    @BeforeEach
    void pools() throws Exception {
        pool = Experiments.pool(folder, 3, "");
        probed = Experiments.pool(folder, 3, "probe { interval = 1s, fast-interval = 200ms }");
    }

    private Result run(PoolConfig pool, Scenario scenario, String strategy) {
        return Experiments.run(pool, scenario, Experiments.workload(pool, 0.5, Duration.ofSeconds(20)), strategy);
    }

    @ParameterizedTest
    @EnumSource
    void theSameSeedGivesTheSameResult(Scenario scenario) {
        Workload workload = Experiments.workload(probed, 0.6, Duration.ofSeconds(5));
        Result first = Experiments.run(probed, scenario, workload, "least-request");
        Result second = Experiments.run(probed, scenario, workload, "least-request");

        assertThat(second.latencies()).isEqualTo(first.latencies());
        assertThat(second.upstreams()).isEqualTo(first.upstreams());
        assertThat(second.failed()).isEqualTo(first.failed());
    }

    @Test
    void anotherSeedGivesAnother() {
        Workload one = Experiments.workload(pool, 0.6, Duration.ofSeconds(5));
        Workload two = new Workload(
                one.rate(), one.duration(), one.balancers(), one.service(), one.mean(), one.concurrency(), 2);

        assertThat(Experiments.run(pool, Scenario.STEADY, two, "random").latencies())
                .isNotEqualTo(
                        Experiments.run(pool, Scenario.STEADY, one, "random").latencies());
    }

    @Test
    void allStrategiesGetTheSameRequests() {
        // With a worker for everybody, a latency is the time that the request takes, wherever it goes.
        Workload workload = Experiments.workload(pool, 0.001, Duration.ofSeconds(20), ServiceTime.PARETO, 10_000);
        Result random = Experiments.run(pool, Scenario.STEADY, workload, "random");
        Result inTurn = Experiments.run(pool, Scenario.STEADY, workload, "round-robin");

        assertThat(random.latencies()).isEqualTo(inTurn.latencies()).hasSizeGreaterThan(1_000);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSED", "FLAPPING", "ROLLING_DEPLOY", "COLD_START"})
    void refusedConnectionsCostNoRequest(Scenario scenario) {
        for (PoolConfig either : new PoolConfig[] {pool, probed}) {
            assertThat(run(either, scenario, "round-robin").failed()).isZero();
        }
    }

    @Test
    void anUpstreamThatRefusesGetsNothingButTrials() {
        UpstreamLoad gone = run(pool, Scenario.REFUSED, "random").upstreams().get(0);
        UpstreamLoad other = run(pool, Scenario.REFUSED, "random").upstreams().get(1);

        // All was well for the first of eight measured parts.
        assertThat((double) gone.attempts() / other.attempts()).isLessThan(0.2);
    }

    @Test
    void probesTakeOutWhatNeverAnswers() {
        Result unprobed = run(pool, Scenario.BLACK_HOLE, "random");
        Result withProbes = run(probed, Scenario.BLACK_HOLE, "random");

        assertThat(unprobed.errors()).isBetween(0.25, 0.34);
        // Three failed probes of two seconds each.
        assertThat(withProbes.errors()).isBetween(0.05, 0.17);
    }

    @Test
    void theHealthPageOfAFailingUpstreamLooksGood() {
        PoolConfig trusting = probed.with(OutlierConfig.DEFAULT.on(false));
        assertThat(run(trusting, Scenario.FAST_FAIL, "random").errors()).isBetween(0.25, 0.34);
    }

    @Test
    void itsRequestsGiveItAway() {
        assertThat(run(pool, Scenario.FAST_FAIL, "random").errors()).isBetween(0.0001, 0.01);
    }

    @Test
    void aPoolWithoutAnyRetrySuffers() throws Exception {
        PoolConfig once = Experiments.pool(folder, 3, "retry { attempts = 1 }");

        assertThat(run(once, Scenario.FLAPPING, "round-robin").errors()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1, 1, 1", "3, 2, 1"})
    void capacityFollowsTheWeights(String weights) throws Exception {
        String[] weight = weights.split(", ");
        PoolConfig weighted = Experiments.pool(
                folder,
                3,
                "upstreams = [{ uri = \"http://a\", weight = " + weight[0] + " }, { uri = \"http://b\", weight = "
                        + weight[1] + " }, { uri = \"http://c\", weight = " + weight[2] + " }]");

        assertThat(Experiment.capacity(weighted, Duration.ofMillis(20), 8)).isBetween(1150.0, 1250.0);
        Result result = run(weighted, Scenario.STEADY, "round-robin");
        assertThat(result.worstShare()).isBetween(1.0, 1.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup = true", "weight = 0", "backup = true, weight = 7"})
    void sparesAddNoCapacity(String spare) throws Exception {
        PoolConfig spared = Experiments.pool(
                folder,
                2,
                "upstreams = [{ uri = \"http://s\", " + spare
                        + " }, { uri = \"http://a\", weight = 2 }, { uri = \"http://b\", weight = 2 }]");

        assertThat(Experiment.capacity(spared, Duration.ofMillis(20), 8)).isEqualTo(800);
        Result result = run(spared, Scenario.STEADY, "round-robin");
        assertThat(result.worstShare()).isBetween(1.0, 1.01);
        assertThat(result.upstreams().get(0).attempts()).isZero();
        assertThat(result.latencyMillis(0.5)).isLessThan(40);
    }

    @Test
    void zonesDoNotMatter() throws Exception {
        Path file = Files.writeString(folder.resolve("zones.conf"), """
                lb.zone = a
                lb.pools.p.upstreams = [
                  { uri = "http://a1", zone = a }, { uri = "http://a2", zone = a }, { uri = "http://a3", zone = a },
                  { uri = "http://b1", zone = b }, { uri = "http://b2", zone = b }, { uri = "http://b3", zone = b }]
                """);
        PoolConfig zoned = LbConfig.load(file, Experiments.INSTALLED).pools().get("p");

        assertThat(zoned.shares().zone().own()).isEqualTo("a");
        assertThat(run(zoned, Scenario.STEADY, "round-robin").worstShare()).isBetween(1.0, 1.01);
    }

    @Test
    void theShortestTimeHasAnEnd() {
        assertThat(Scenario.FLAPPING.phases(0, 3, 20)).hasSizeBetween(3, 40);
    }

    @Test
    void keysAreCountedWhereTheyAreKept() {
        assertThat(run(pool, Scenario.STEADY, "random").keysMoved()).isNaN();
        // Two of three keys were elsewhere, and half of the third ones go to the other of the two that are left.
        assertThat(run(pool, Scenario.HASH_KEYS, "random").keysMoved()).isBetween(0.6, 0.73);
    }

    @Test
    void aPoolMayBeLargerOrSmallerThanItsFile() {
        PoolConfig seven = Experiment.resized(pool, 7);

        assertThat(seven.upstreams())
                .extracting("id")
                .containsExactly("u0", "u1", "u2", "u0#1", "u1#1", "u2#1", "u0#2");
        assertThat(Experiment.resized(pool, 2).upstreams()).extracting("id").containsExactly("u0", "u1");
        assertThat(seven)
                .usingRecursiveComparison()
                .ignoringFields("upstreams", "shares")
                .isEqualTo(pool);
        assertThat(seven.shares()).isEqualTo(pool.shares());
        assertThat(seven.upstreams().get(3))
                .usingRecursiveComparison()
                .ignoringFields("id")
                .isEqualTo(pool.upstreams().get(0));
        // What a file says with these keys is to be kept as well.
        assertThat(UpstreamConfig.class.getRecordComponents())
                .as("copied by resized")
                .hasSize(7);
    }

    @Test
    void manyBalancersAndUpstreamsAreNoGreatMatter() {
        PoolConfig large = Experiment.resized(pool, 2_000);
        Workload workload =
                new Workload(20_000, Duration.ofSeconds(1), 20, ServiceTime.EXPONENTIAL, Duration.ofMillis(20), 8, 1);

        Result result = Experiments.run(large, Scenario.STEADY, workload, "least-request");

        assertThat(result.requests()).isBetween(17_500L, 18_500L);
        assertThat(result.upstreams()).hasSize(2_000);
    }
}
