package io.jettylb.bench;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.StrategyConfig;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to take in a change of the eligible upstreams: the strategy's part, for each change anew. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SnapshotBenchmark {

    /** The built-in strategies. */
    @Param({
        "round-robin",
        "least-request",
        "power-of-two",
        "random",
        "peak-ewma",
        "prequal",
        "ring-hash",
        "maglev",
        "rendezvous"
    })
    public String strategy;

    /** How many upstreams are eligible. */
    @Param({"100", "10000"})
    public int size;

    /** Whether all weights are equal, or drawn from 1 to 10. */
    @Param({"equal", "mixed"})
    public String weights;

    private Strategy made;
    private List<Candidate> members;
    private List<Candidate> others;
    private boolean flip;

    /** Makes two lists that differ by one upstream. */
    @Setup(Level.Trial)
    public void setUp() {
        made = Strategies.installed()
                .create(new StrategyConfig(strategy, Map.of()), ThreadLocalRandom::current, System::nanoTime);
        members = Members.of(size, weights.equals("equal"));
        others = List.copyOf(members.subList(1, size));
        members.forEach(made::observerOf);
    }

    /**
     * An upstream leaves, or comes back.
     *
     * @return the new picker
     */
    @Benchmark
    public Picker change() {
        flip = !flip;
        return made.pickerFor(flip ? members : others);
    }
}
