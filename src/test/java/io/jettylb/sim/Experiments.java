package io.jettylb.sim;

import io.jettylb.balance.Strategies;
import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.StrategyConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Small experiments, made from configurations as users write them. */
final class Experiments {

    static final Strategies INSTALLED = Strategies.installed();

    private Experiments() {}

    static PoolConfig pool(Path folder, int upstreams, String settings) throws Exception {
        String members = IntStream.range(0, upstreams)
                .mapToObj(i -> "{ id = u" + i + ", uri = \"http://h" + i + "\" }")
                .collect(Collectors.joining(", "));
        Path file = folder.resolve("lb.conf");
        Files.writeString(file, "lb.pools.p { upstreams = [" + members + "]\n" + settings + "\n}");
        return LbConfig.load(file, INSTALLED).pools().get("p");
    }

    static Workload workload(PoolConfig pool, double load, Duration duration) {
        return workload(pool, load, duration, ServiceTime.EXPONENTIAL, 8);
    }

    static Workload workload(PoolConfig pool, double load, Duration duration, ServiceTime service, int concurrency) {
        Duration mean = Duration.ofMillis(20);
        double rate = load * Experiment.capacity(pool, mean, concurrency);
        return new Workload(rate, duration, 1, service, mean, concurrency, 1);
    }

    static Result run(PoolConfig pool, Scenario scenario, Workload workload, String strategy) {
        return new Experiment(pool, scenario, workload)
                .run(INSTALLED, new StrategyConfig(strategy, Map.of()), strategy);
    }
}
