package io.jettylb.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README says about the choice of a strategy, on other numbers than it shows. */
class StrategyEvidenceTest {

    @TempDir
    Path folder;

    private Result run(int upstreams, Scenario scenario, String strategy) throws Exception {
        return run(upstreams, scenario, strategy, "");
    }

    private Result run(int upstreams, Scenario scenario, String strategy, String settings) throws Exception {
        PoolConfig pool = Experiments.pool(folder, upstreams, settings);
        return Experiments.run(pool, scenario, Experiments.workload(pool, 0.6, Duration.ofSeconds(20)), strategy);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 20})
    void aSlowUpstreamHurtsLessWhereTheLoadIsLookedAt(int upstreams) throws Exception {
        Result inTurn = run(upstreams, Scenario.SLOW_NODE, "round-robin");
        Result least = run(upstreams, Scenario.SLOW_NODE, "least-request");

        assertThat(least.latencyMillis(0.99)).isLessThan(0.93 * inTurn.latencyMillis(0.99));
        assertThat(least.meanMillis()).isLessThan(0.8 * inTurn.meanMillis());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 20})
    void anOverloadedUpstreamIsAvoidedWhereTheLoadIsLookedAt(int upstreams) throws Exception {
        Result inTurn = run(upstreams, Scenario.DEGRADED_NODE, "round-robin");
        Result least = run(upstreams, Scenario.DEGRADED_NODE, "least-request");

        assertThat(least.meanMillis()).isLessThan(0.2 * inTurn.meanMillis());
    }

    /** F9: the reason for outlier detection, and for strategies that remember errors. */
    @Test
    void anUpstreamThatFailsFastAttractsWhereTheLoadIsLookedAtAndNobodyLooksAtTheAnswers() throws Exception {
        assertThat(run(3, Scenario.FAST_FAIL, "least-request", "outlier = off").errors())
                .isGreaterThan(1.5
                        * run(3, Scenario.FAST_FAIL, "round-robin", "outlier = off")
                                .errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "random", "power-of-two", "least-request", "peak-ewma", "ring-hash"})
    void anUpstreamThatFailsFastIsSoonAlone(String strategy) throws Exception {
        assertThat(run(3, Scenario.FAST_FAIL, strategy).errors()).isLessThan(0.01);
        assertThat(run(2, Scenario.FAST_FAIL, strategy).errors()).isLessThan(0.01);
    }

    @Test
    void anUpstreamThatNeverAnswersHoldsFewWhereTheLoadIsLookedAt() throws Exception {
        assertThat(run(3, Scenario.BLACK_HOLE, "least-request").errors())
                .isLessThan(0.1 * run(3, Scenario.BLACK_HOLE, "round-robin").errors());
    }

    @Test
    void fewUpstreamsAreBetterComparedAll() throws Exception {
        assertThat(run(3, Scenario.DEGRADED_NODE, "least-request").latencyMillis(0.99))
                .isLessThan(run(3, Scenario.DEGRADED_NODE, "power-of-two").latencyMillis(0.99));
    }

    @Test
    void chanceMakesTheLongestQueues() throws Exception {
        int random = run(10, Scenario.STEADY, "random").maxInFlight();

        for (String better : new String[] {"round-robin", "least-request", "power-of-two"}) {
            assertThat(run(10, Scenario.STEADY, better).maxInFlight()).isLessThan(random);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STEADY", "SLOW_NODE", "DEGRADED_NODE", "COLD_START", "ROLLING_DEPLOY", "HETEROGENEOUS"})
    void theDefaultIsNeverMuchWorse(Scenario scenario) throws Exception {
        Result byDefault = run(3, scenario, "least-request");

        for (String other : new String[] {"round-robin", "random", "power-of-two"}) {
            assertThat(byDefault.latencyMillis(0.99))
                    .isLessThan(1.05 * run(3, scenario, other).latencyMillis(0.99));
        }
    }
}
