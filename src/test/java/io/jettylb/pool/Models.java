package io.jettylb.pool;

import io.jettylb.balance.Strategy;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.testing.Configs;
import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pools for the model checker, which makes a new one for each of thousands of runs and follows every step of that: their
 * configuration is made once, and their strategy is the shortest there is.
 */
final class Models {

    /** How many random scenarios a model is checked with. */
    static final int SCENARIOS = Integer.getInteger("lb.model.scenarios", 3);

    private static final Strategy FIRST = candidates -> (hash, attempt) -> attempt < candidates.size() ? attempt : -1;

    private Models() {}

    /** So many upstreams, called a, b, …, with room for so many requests each. */
    static PoolConfig config(int upstreams, int room) {
        List<UpstreamConfig> members = IntStream.range(0, upstreams)
                .mapToObj(i -> new UpstreamConfig(
                        String.valueOf((char) ('a' + i)),
                        URI.create("http://127.0.0.1:" + (9000 + i)),
                        1,
                        null,
                        room,
                        0,
                        ""))
                .toList();
        return Configs.pool(List.of()).with(members);
    }

    /** A pool whose clock stands still. */
    static Pool pool(PoolConfig config) {
        return new Pool(config, FIRST, () -> 0);
    }
}
