package io.jettylb.bench;

import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategies;
import io.jettylb.config.ConnectionsConfig;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.config.ProxyProtocol;
import io.jettylb.config.RetryConfig;
import io.jettylb.config.StrategyConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Selection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** What a pool adds to a pick. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class PoolBenchmark {

    /** The built-in strategies. */
    @Param({"round-robin", "least-request"})
    public String strategy;

    /** How many upstreams there are. */
    @Param({"3", "100", "10000"})
    public int size;

    /** How many requests each may have; 0: any number. */
    @Param({"0", "1000"})
    public int maxRequests;

    private Pool pool;

    /** Makes the pool. */
    @Setup(Level.Trial)
    public void setUp() {
        int limit = maxRequests == 0 ? UpstreamConfig.UNLIMITED : maxRequests;
        List<UpstreamConfig> upstreams = IntStream.range(0, size)
                .mapToObj(i ->
                        new UpstreamConfig("u" + i, URI.create("http://127.0.0.1:" + (1 + i)), 1, null, limit, 0, ""))
                .toList();
        Duration any = Duration.ofSeconds(1);
        PoolConfig config = new PoolConfig(
                "p",
                new StrategyConfig(strategy, Map.of()),
                upstreams,
                new HostPolicy(HostPolicy.Kind.CLIENT, null),
                new RetryConfig(3),
                new TimeoutsConfig(any, any, any, any, any),
                new ConnectionsConfig(1, any, 1),
                Protocol.HTTP1,
                null,
                null,
                null,
                ProxyProtocol.OFF);
        pool = new Pool(
                config,
                Strategies.installed().create(config.strategy(), ThreadLocalRandom::current, System::nanoTime),
                System::nanoTime,
                ThreadLocalRandom::current);
    }

    /** A request comes and goes. */
    @Benchmark
    public void request() {
        Lease lease = pool.acquire(new Selection(Picker.NO_KEY));
        lease.complete(Outcome.SUCCESS, null);
    }
}
