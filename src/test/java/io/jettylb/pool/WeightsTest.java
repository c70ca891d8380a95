package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.config.OutlierConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Weights that change while requests are served. */
class WeightsTest {

    @Test
    void plainWeightsKeepTheOrderOfNginx() {
        PoolFixture f = new PoolFixture().member(5).member(1).member(1).start();
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 14; i++) {
            order.append(f.next());
        }

        // The start is random.
        assertThat(order + order.substring(0, 7)).contains("aabacaaaabacaa");
        assertThat(f.pickers).containsExactly("a5 b1 c1");
    }

    @Test
    void aNewWeightHoldsForTheNextRequest() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        f.pool.weight("a", 3);

        assertThat(f.weights()).isEqualTo("a3 b1");
        assertThat(f.counts(8)).isEqualTo(Map.of("a", 6, "b", 2));
        f.pool.weight("a", 3);
        assertThat(f.pickers).hasSize(2);
        assertThat(f.pool.status()).extracting(UpstreamStatus::weight).containsExactly(3, 1);
    }

    @Test
    void zeroKeepsBoundClientsOnly() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        f.pool.weight("a", 0);

        assertThat(f.counts(10)).isEqualTo(Map.of("b", 10));
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("a");
        assertThat(f.tried()).isEqualTo("b");
        f.pool.weight("b", 0);
        assertThat(f.next()).isNull();
        assertThat(f.served(PoolFixture.boundTo("b"))).isEqualTo("b");
        f.pool.weight("a", 1000);
        assertThat(f.next()).isEqualTo("a");
    }

    @Test
    void zeroMayBeConfigured() {
        PoolFixture f = new PoolFixture().member(0).member(7).start();

        assertThat(f.pickers).containsExactly("b7");
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("a");
        f.pool.weight("a", 1);
        assertThat(f.weights()).isEqualTo("a1 b7");
    }

    @Test
    void whoIsEjectedWithoutWeightGetsTrialsOfBoundClientsOnly() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        f.pool.weight("a", 0);
        f.refuse("a");
        f.pass(Duration.ofSeconds(2));

        assertThat(f.tried()).isEqualTo("b");
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("a");
        assertThat(f.pool.status().get(0).ejections()).isZero();
    }

    @Test
    void whatIsNoWeightIsRefused() {
        PoolFixture f = new PoolFixture().member(1).start();

        assertThatThrownBy(() -> f.pool.weight("a", -1)).hasMessage("weight: -1 (expected: 0..1000)");
        assertThatThrownBy(() -> f.pool.weight("a", 1001)).hasMessage("weight: 1001 (expected: 0..1000)");
        assertThatThrownBy(() -> f.pool.weight("z", 1)).hasMessage("p/z: no such upstream");
    }

    @Test
    void noRequestAsksForTheTimeWhileNothingGrows() {
        PoolFixture f = new PoolFixture()
                .slowStart(Duration.ofSeconds(30))
                .reports()
                .outlier(OutlierConfig.DEFAULT.on(false))
                .member(1)
                .member(1)
                .start();
        f.clockReads = 0;
        f.counts(100);

        assertThat(f.clockReads).isZero();
    }
}
