package io.jettylb.bench;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Observer;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategies;
import io.jettylb.balance.Strategy;
import io.jettylb.config.StrategyConfig;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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

/** What one pick costs, by strategy and number of upstreams. The strategies have seen some traffic before. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class PickBenchmark {

    /** The built-in strategies. */
    @Param({
        "round-robin",
        "least-request",
        "power-of-two",
        "random",
        "first",
        "least-response-time",
        "peak-ewma",
        "prequal",
        "ring-hash",
        "maglev",
        "rendezvous"
    })
    public String strategy;

    /** How many upstreams are eligible. */
    @Param({"3", "100", "1000", "10000"})
    public int size;

    /** Whether all weights are equal, or drawn from 1 to 10. */
    @Param({"equal", "mixed"})
    public String weights;

    private Picker picker;

    /** A key of its own for each pick of a thread. */
    @State(Scope.Thread)
    public static class Key {

        private long hash = Thread.currentThread().getId();

        long next() {
            hash += 0x9E3779B97F4A7C15L;
            return (hash ^ hash >>> 32) | 1;
        }
    }

    /** Makes the picker. */
    @Setup(Level.Trial)
    public void setUp() {
        Strategy made = Strategies.installed()
                .create(new StrategyConfig(strategy, Map.of()), ThreadLocalRandom::current, System::nanoTime);
        List<Candidate> members = Members.of(size, weights.equals("equal"));
        SplittableRandom random = new SplittableRandom(1);
        for (Candidate member : members) {
            Observer observer = made.observerOf(member);
            for (int i = 0; i < 10; i++) {
                observer.began();
                observer.responded(random.nextInt(1_000_000, 20_000_000), 200);
                observer.ended(random.nextInt(20_000_000, 30_000_000), Observer.Ending.COMPLETE);
            }
        }
        picker = made.pickerFor(members);
    }

    /**
     * One pick.
     *
     * @param key the thread's key
     * @return the index
     */
    @Benchmark
    public int pick(Key key) {
        return picker.pick(key.next(), 0);
    }
}
