package io.jettylb.cli;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.sim.Experiment;
import io.jettylb.sim.Result;
import io.jettylb.sim.Scenario;
import io.jettylb.sim.Workload;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The experiments of one command line, and what is printed of them. */
final class Comparison {

    private static final Duration DURATION = Duration.ofSeconds(60);
    /** Large pools are not simulated for a minute: nobody wants to wait for what a second would show as well. */
    private static final double MOST_REQUESTS = 500_000;

    /** With fewer ones there may be nothing to measure. */
    private static final int FEWEST_REQUESTS = 100;

    private final SimulateOptions options;
    private final PoolConfig pool;
    private final Strategies strategies;
    private final Map<String, StrategyConfig> compared;
    private final PrintStream out;

    Comparison(
            SimulateOptions options,
            PoolConfig pool,
            Strategies strategies,
            Map<String, StrategyConfig> compared,
            PrintStream out) {
        this.options = options;
        this.pool = pool;
        this.strategies = strategies;
        this.compared = compared;
        this.out = out;
    }

    /**
     * Prints everything; answers the results of the latest experiment.
     *
     * @throws UsageException before anything is printed, if too few requests would come to say anything
     */
    List<Result> run() throws UsageException {
        List<Integer> sizes =
                options.upstreams.isEmpty() ? List.of(pool.upstreams().size()) : options.upstreams;
        for (int size : sizes) {
            checkRequests(workload(Experiment.resized(pool, size), options.scenarios.get(0)));
        }
        List<Result> latest = List.of();
        if (options.csv) {
            out.println(ResultTable.CSV_HEAD);
        }
        for (int size : sizes) {
            PoolConfig resized = Experiment.resized(pool, size);
            List<Experiment> experiments = options.scenarios.stream()
                    .map(scenario -> new Experiment(resized, scenario, workload(resized, scenario)))
                    .toList();
            if (options.csv) {
                for (Experiment experiment : experiments) {
                    latest = printValues(experiment);
                }
            } else if (experiments.size() == 1) {
                latest = printOne(experiments.get(0));
            } else {
                printOverview(experiments);
            }
        }
        return latest;
    }

    private Workload workload(PoolConfig resized, Scenario scenario) {
        double rate = options.rate > 0
                ? options.rate
                : options.load * Experiment.capacity(resized, options.mean, options.concurrency);
        Duration duration = options.duration;
        if (duration == null) {
            long nanos = (long) (MOST_REQUESTS / rate * 1e9);
            duration = nanos < DURATION.toNanos() ? Duration.ofNanos(nanos) : DURATION;
        }
        int balancers = options.balancers > 0 ? options.balancers : scenario.balancers();
        return new Workload(
                rate, duration, balancers, options.service, options.mean, options.concurrency, options.seed);
    }

    private static void checkRequests(Workload workload) throws UsageException {
        double requests = workload.rate() * workload.duration().toNanos() / 1e9;
        if (requests < FEWEST_REQUESTS) {
            throw new UsageException(String.format(
                    Locale.ROOT,
                    "%.0f requests in %s (expected: %d or more, by a longer --duration or a higher --rate or --load)",
                    Math.floor(requests),
                    seconds(workload.duration()),
                    FEWEST_REQUESTS));
        }
    }

    private List<Result> results(Experiment experiment) {
        List<Result> results = new ArrayList<>();
        compared.forEach((label, strategy) -> results.add(experiment.run(strategies, strategy, label)));
        return results;
    }

    private List<Result> printValues(Experiment experiment) {
        Workload workload = experiment.workload();
        String values = String.format(
                Locale.ROOT,
                "%s,%d,%d,%.1f,%.3f,%d",
                experiment.scenario().label(),
                experiment.pool().upstreams().size(),
                workload.balancers(),
                workload.rate(),
                workload.duration().toNanos() / 1e9,
                workload.seed());
        List<Result> results = results(experiment);
        results.forEach(result -> out.println(ResultTable.csv(values, result)));
        return results;
    }

    private List<Result> printOne(Experiment experiment) {
        Scenario scenario = experiment.scenario();
        out.println(title(experiment) + ", scenario " + scenario.label() + ": " + scenario.description());
        out.println(conditions(experiment) + ", " + count(experiment.workload().balancers(), "balancer"));
        out.println();
        List<Result> results = results(experiment);
        ResultTable.full(results).forEach(out::println);
        return results;
    }

    private void printOverview(List<Experiment> experiments) {
        List<String> labels =
                experiments.stream().map(it -> it.scenario().label()).toList();
        out.println(title(experiments.get(0)));
        out.println(conditions(experiments.get(0)));
        out.println();
        // Short, because the latencies of millions of requests are not to be kept.
        List<List<String>> columns = new ArrayList<>();
        for (Experiment experiment : experiments) {
            columns.add(ResultTable.cells(results(experiment)));
        }
        ResultTable.overview(List.copyOf(compared.keySet()), labels, columns).forEach(out::println);
        out.println();
    }

    private static String title(Experiment experiment) {
        return "pool " + experiment.pool().name() + ", "
                + count(experiment.pool().upstreams().size(), "upstream");
    }

    private static String conditions(Experiment experiment) {
        Workload workload = experiment.workload();
        double capacity = Experiment.capacity(experiment.pool(), workload.mean(), workload.concurrency());
        return String.format(
                Locale.ROOT,
                "%.0f requests/s (%.0f %% of the capacity) for %s, %s times of %s, %d at once, %s, seed %d",
                workload.rate(),
                100 * workload.rate() / capacity,
                seconds(workload.duration()),
                workload.service().label(),
                seconds(workload.mean()),
                workload.concurrency(),
                probes(experiment.pool().probe()),
                workload.seed());
    }

    private static String probes(ProbeConfig probe) {
        return probe == null ? "no probes" : "probes every " + seconds(probe.interval());
    }

    private static String seconds(Duration duration) {
        double seconds = duration.toNanos() / 1e9;
        String number = String.format(Locale.ROOT, "%.3f", seconds < 1 ? seconds * 1000 : seconds);
        return number.replaceAll("\\.?0+$", "") + (seconds < 1 ? " ms" : " s");
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
