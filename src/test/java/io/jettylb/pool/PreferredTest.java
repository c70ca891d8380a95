package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.Configs;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pool does for a client that is bound to one of its upstreams. */
class PreferredTest {

    private long now = 1_000_000;
    private Pool pool;

    @BeforeEach
    void createPool() {
        PoolConfig config = Configs.pool(List.of(
                URI.create("http://127.0.0.1:9000"),
                URI.create("http://127.0.0.1:9001"),
                URI.create("http://127.0.0.1:9002")));
        SplittableRandom random = new SplittableRandom(1);
        pool = new Pool(config, Strategies.installed().create(config.strategy(), () -> random, () -> now), () -> now);
    }

    private static Selection boundTo(String id) {
        return selection(id, false);
    }

    private static Selection selection(String id, boolean noOther) {
        Selection selection = new Selection(0);
        selection.prefer(id, noOther);
        return selection;
    }

    private String served(Selection selection) {
        Lease lease = pool.acquire(selection);
        lease.answering(200);
        lease.complete(Outcome.SUCCESS, null);
        return lease.upstream().id();
    }

    /** The next attempt of the selection, which is refused. */
    private String refused(Selection selection) {
        Lease lease = pool.acquire(selection);
        lease.complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
        return lease.upstream().id();
    }

    @Test
    void anEligibleUpstreamIsTakenEveryTime() {
        for (int i = 0; i < 20; i++) {
            assertThat(served(boundTo("u1"))).isEqualTo("u1");
        }
    }

    @Test
    void theNextAttemptAsksAnother() {
        Selection selection = boundTo("u1");
        assertThat(refused(selection)).isEqualTo("u1");
        assertThat(served(selection)).isNotEqualTo("u1");
    }

    @Test
    void anEjectedUpstreamIsPassedOver() {
        refused(boundTo("u1"));
        for (int i = 0; i < 20; i++) {
            assertThat(served(boundTo("u1"))).isNotEqualTo("u1");
        }
    }

    @Test
    void aBoundClientMakesNoTrialButThatOfItsOwnUpstream() {
        refused(boundTo("u1"));
        now += Duration.ofSeconds(1).toNanos();
        assertThat(served(boundTo("u0"))).isEqualTo("u0");
        assertThat(pool.status().get(1).eligible()).isFalse();

        assertThat(served(boundTo("u1"))).isEqualTo("u1");
        assertThat(pool.status().get(1).eligible()).isTrue();
    }

    @Test
    void thereIsOneTrialAtATime() {
        refused(boundTo("u1"));
        now += Duration.ofSeconds(1).toNanos();
        Lease trial = pool.acquire(boundTo("u1"));
        assertThat(trial.upstream().id()).isEqualTo("u1");
        assertThat(served(boundTo("u1"))).isNotEqualTo("u1");
        trial.complete(Outcome.CANCELLED, null);
        assertThat(served(boundTo("u1"))).isEqualTo("u1");
    }

    @Test
    void whereNoOtherWillDoThereIsNoOther() {
        Selection selection = selection("u1", true);
        assertThat(refused(selection)).isEqualTo("u1");
        assertThat(pool.acquire(selection)).isNull();
        assertThat(pool.acquire(selection("u1", true))).isNull();
        now += Duration.ofSeconds(1).toNanos();
        assertThat(served(selection("u1", true))).isEqualTo("u1");
        assertThat(pool.status()).allMatch(status -> status.inFlight() == 0);
    }

    @Test
    void aStaleConnectionDoesNotCostTheSession() {
        Selection selection = boundTo("u1");
        pool.acquire(selection).complete(Outcome.BROKEN, null);
        selection.forgive(pool.upstreams().get(1), true);
        assertThat(served(selection)).isEqualTo("u1");
    }

    @Test
    void theLastAttemptAsksAnotherEvenAfterAStaleConnection() {
        Selection selection = boundTo("u1");
        pool.acquire(selection).complete(Outcome.BROKEN, null);
        selection.forgive(pool.upstreams().get(1), false);
        assertThat(served(selection)).isNotEqualTo("u1");

        Selection noOther = selection("u1", true);
        pool.acquire(noOther).complete(Outcome.BROKEN, null);
        noOther.forgive(pool.upstreams().get(1), false);
        assertThat(served(noOther)).isEqualTo("u1");
    }

    @Test
    void anUnknownUpstreamIsNoPreference() {
        assertThat(List.of(served(boundTo("gone")), served(boundTo("gone")), served(boundTo("gone"))))
                .containsExactlyInAnyOrder("u0", "u1", "u2");
    }
}
