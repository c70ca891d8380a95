package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Selection;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What upstreams are told about themselves. */
class UpstreamStateTest {

    private final PoolConfig config = Configs.probed(
            Configs.pool(List.of(URI.create("http://127.0.0.1:9000"), URI.create("http://127.0.0.1:9001"))));
    private final Random random = new Random(1);
    private final Pool pool =
            new Pool(config, Strategies.installed().create(config.strategy(), () -> random, () -> 0), () -> 0);
    private final UpstreamState state = new UpstreamState(pool);

    private String seen(int index) {
        return state.apply(config.upstreams().get(index));
    }

    @Test
    void isDownUntilItPassesAndThenUpWithWhatItServes() {
        assertThat(seen(0)).isEqualTo("down; pool=p; upstream=u0; weight=1; in-flight=0");

        pool.probed("u0", ProbeResult.PASSED);
        Lease lease = pool.acquire(new Selection(0));
        assertThat(seen(0)).isEqualTo("up; pool=p; upstream=u0; weight=1; in-flight=1");
        assertThat(seen(1)).isEqualTo("down; pool=p; upstream=u1; weight=1; in-flight=0");
        lease.complete(Outcome.SUCCESS, null);
        assertThat(seen(0)).endsWith("in-flight=0");
    }

    @Test
    void isEjectedWhileItIsSetAside() {
        pool.probed("u0", ProbeResult.PASSED);
        pool.probed("u1", ProbeResult.PASSED);
        Lease lease = pool.acquire(new Selection(0));
        lease.complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));

        int failed = Integer.parseInt(lease.upstream().id().substring(1));
        assertThat(seen(failed)).startsWith("ejected; ");
        assertThat(seen(1 - failed)).startsWith("up; ");
    }

    @Test
    void isUnknownToAnotherPool() {
        assertThat(state.apply(new UpstreamConfig("b 7", URI.create("http://127.0.0.1:9002"), 1)))
                .isEqualTo("unknown; pool=p; upstream=b_7");
    }
}
