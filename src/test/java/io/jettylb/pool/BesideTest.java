package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.UpstreamConfig;
import java.net.ConnectException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who gets an attempt beside another one: nobody for whom that would be more than one request more. */
class BesideTest {

    private static final int ANY = UpstreamConfig.UNLIMITED;

    private static UpstreamConfig slow(PoolFixture f, Selection selection, String id) {
        selection.prefer(id, false);
        Lease lease = f.pool.acquire(selection);
        assertThat(lease.upstream().id()).isEqualTo(id);
        selection.prefer(null, false);
        return lease.upstream();
    }

    private static Lease beside(PoolFixture f, Selection selection, UpstreamConfig slow) {
        selection.beside(slow);
        Lease lease = f.pool.acquire(selection);
        selection.beside(null);
        return lease;
    }

    private static void eject(PoolFixture f, String id) {
        Selection selection = new Selection(0);
        selection.prefer(id, false);
        f.pool.acquire(selection).complete(Outcome.CONNECT_FAILED, new ConnectException("refused"));
    }

    @Test
    void anotherEligibleOne() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        Selection selection = new Selection(0);
        UpstreamConfig a = slow(f, selection, "a");
        assertThat(beside(f, selection, a).upstream().id()).isEqualTo("b");
        assertThat(beside(f, selection, a)).as("all were tried").isNull();
    }

    @Test
    void nobodyWhoIsFull() {
        PoolFixture f = new PoolFixture().member(1).member(1, 1, 0, "").start();
        Selection selection = new Selection(0);
        UpstreamConfig a = slow(f, selection, "a");
        slow(f, new Selection(0), "b");
        assertThat(beside(f, selection, a)).isNull();
    }

    @Test
    void noBackupBesideOneThatIsNone() {
        PoolFixture f = new PoolFixture().member(1).member(1, ANY, 1, "").start();
        Selection selection = new Selection(0);
        UpstreamConfig a = slow(f, selection, "a");
        assertThat(beside(f, selection, a)).isNull();
        assertThat(f.pool.acquire(selection).upstream().id())
                .as("an attempt after it")
                .isEqualTo("b");
    }

    @Test
    void aBackupBesideABackup() {
        PoolFixture f = new PoolFixture()
                .member(1)
                .member(1, ANY, 1, "")
                .member(1, ANY, 1, "")
                .start();
        eject(f, "a");
        Selection selection = new Selection(0);
        UpstreamConfig b = slow(f, selection, "b");
        assertThat(beside(f, selection, b).upstream().id()).isEqualTo("c");
    }

    @Test
    void nobodyWhoIsEjectedNorOnTrial() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        Selection selection = new Selection(0);
        UpstreamConfig b = slow(f, selection, "b");
        eject(f, "a");
        assertThat(beside(f, selection, b)).as("ejected").isNull();
        f.now += Duration.ofMinutes(1).toNanos();
        assertThat(beside(f, selection, b)).as("due for a trial").isNull();
        Lease trial = f.pool.acquire(selection);
        assertThat(trial.upstream().id()).as("an attempt after it").isEqualTo("a");
        assertThat(trial.isTrial()).isTrue();
    }
}
