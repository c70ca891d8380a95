package io.jettylb.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is known without a simulator, it must tell, too. All draws are seeded, so that no tolerance is ever a matter of luck. */
class QueueingTheoryTest {

    private static final double SERVICE_MILLIS = 20;
    private static final Percentage FEW_PERCENT = Percentage.withPercentage(4);

    @TempDir
    Path folder;

    /** Erlang's formula: the probability that an arrival has to wait, with so many workers and so much load for each. */
    private static double waiting(int workers, double load) {
        double offered = workers * load;
        double term = 1;
        double sum = 0;
        for (int i = 0; i < workers; i++) {
            sum += term;
            term *= offered / (i + 1);
        }
        return term / (1 - load) / (sum + term / (1 - load));
    }

    @ParameterizedTest
    @CsvSource({"1, 0.3", "1, 0.6", "2, 0.7", "8, 0.6", "8, 0.9"})
    void timesWithOneUpstreamAreThoseOfErlang(int workers, double load) throws Exception {
        PoolConfig pool = Experiments.pool(folder, 1, "");
        double seconds = 400_000 / (load * Experiment.capacity(pool, Duration.ofMillis(20), workers));
        Workload workload = Experiments.workload(
                pool, load, Duration.ofNanos((long) (seconds * 1e9)), ServiceTime.EXPONENTIAL, workers);

        Result result = Experiments.run(pool, Scenario.STEADY, workload, "least-request");

        double expected = SERVICE_MILLIS + waiting(workers, load) * SERVICE_MILLIS / (workers * (1 - load));
        assertThat(result.meanMillis()).isCloseTo(expected, FEW_PERCENT);
        assertThat(result.failed()).isZero();
    }

    /** Pollaczek and Khinchine: without variance, one waits half as long as with an exponential one. */
    @Test
    void constantTimesHalveTheWaiting() throws Exception {
        PoolConfig pool = Experiments.pool(folder, 1, "");
        Workload workload = Experiments.workload(pool, 0.7, Duration.ofHours(2), ServiceTime.CONSTANT, 1);

        Result result = Experiments.run(pool, Scenario.STEADY, workload, "round-robin");

        assertThat(result.meanMillis()).isCloseTo(SERVICE_MILLIS + SERVICE_MILLIS * 0.7 / (2 * (1 - 0.7)), FEW_PERCENT);
    }

    /** A Poisson process that is divided at random is so many Poisson processes. */
    @Test
    void randomMakesIndependentQueues() throws Exception {
        PoolConfig pool = Experiments.pool(folder, 10, "");
        Workload workload = Experiments.workload(pool, 0.6, Duration.ofMinutes(20), ServiceTime.EXPONENTIAL, 1);

        Result result = Experiments.run(pool, Scenario.STEADY, workload, "random");

        assertThat(result.meanMillis()).isCloseTo(SERVICE_MILLIS / (1 - 0.6), FEW_PERCENT);
        // The sojourn time in such a queue is exponential, too.
        assertThat(result.latencyMillis(0.99))
                .isCloseTo(SERVICE_MILLIS / (1 - 0.6) * Math.log(100), Percentage.withPercentage(8));
    }

    @ParameterizedTest
    @CsvSource({"random", "round-robin", "least-request", "power-of-two"})
    void theNumberInFlightIsTheRateTimesTheLatency(String strategy) throws Exception {
        PoolConfig pool = Experiments.pool(folder, 5, "");
        Workload workload = Experiments.workload(pool, 0.7, Duration.ofMinutes(2), ServiceTime.LOGNORMAL, 4);

        Result result = Experiments.run(pool, Scenario.STEADY, workload, strategy);

        double inFlight = result.upstreams().stream()
                .mapToDouble(UpstreamLoad::meanInFlight)
                .sum();
        assertThat(inFlight).isCloseTo(workload.rate() * result.meanMillis() / 1000, FEW_PERCENT);
    }
}
