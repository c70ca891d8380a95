package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.OutlierConfig;
import io.jettylb.config.PanicConfig;
import io.jettylb.config.UpstreamConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens when too few upstreams are eligible. */
class PanicTest {

    private static OutlierConfig panic(double threshold, PanicConfig.Mode mode) {
        return OutlierConfig.DEFAULT.with(new PanicConfig(threshold, mode));
    }

    private static PoolFixture pool(PanicConfig.Mode mode) {
        return new PoolFixture()
                .probed()
                .outlier(panic(0.5, mode))
                .member(1)
                .member(1)
                .member(1)
                .member(1)
                .start();
    }

    @Test
    void halfOfThemAreEnough() {
        PoolFixture f = pool(PanicConfig.Mode.IGNORE_HEALTH);
        f.probe("abcd", true);
        f.probe("aabb", false);
        assertThat(f.pool.panics()).isFalse();
        assertThat(f.counts(10)).containsOnlyKeys("c", "d");
    }

    @Test
    void withFewerTheirHealthIsIgnored() {
        PoolFixture f = pool(PanicConfig.Mode.IGNORE_HEALTH);
        f.probe("abcd", true);
        f.refuse("a");
        f.probe("bbcc", false);
        assertThat(f.pool.panics()).isTrue();
        assertThat(f.counts(40)).containsOnlyKeys("a", "b", "c", "d").containsEntry("b", 10);
        assertThat(f.served(PoolFixture.boundTo("b"))).isEqualTo("b");
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("a");
        f.probe("bb", true);
        assertThat(f.pool.panics()).isFalse();
        assertThat(f.counts(40)).containsOnlyKeys("b", "d");
    }

    @Test
    void allOfThemMayBeDown() {
        PoolFixture f = pool(PanicConfig.Mode.IGNORE_HEALTH);
        f.probe("abcd", true);
        f.probe("abcdabcd", false);
        assertThat(f.counts(8)).containsEntry("a", 2).containsEntry("d", 2);
        assertThat(f.tried()).hasSize(4);
    }

    @Test
    void whoWasNeverHealthyGetsNothingAndDoesNotCount() {
        PoolFixture f = pool(PanicConfig.Mode.IGNORE_HEALTH);
        assertThat(f.next()).isNull();
        f.probe("a", true);
        f.probe("b", false);
        assertThat(f.pool.panics()).isFalse();
        assertThat(f.counts(10)).containsOnlyKeys("a");
        f.probe("c", true);
        f.probe("ccaa", false);
        assertThat(f.pool.panics()).isTrue();
        assertThat(f.counts(10)).containsOnlyKeys("a", "c");
    }

    @Test
    void whoIsDrainedGetsNothingAndDoesNotCount() {
        PoolFixture f = pool(PanicConfig.Mode.IGNORE_HEALTH);
        f.probe("abcd", true);
        f.pool.weight("a", 0);
        f.pool.weight("b", 0);
        assertThat(f.pool.panics()).isFalse();
        f.probe("bbccdd", false);
        assertThat(f.pool.panics()).isTrue();
        assertThat(f.counts(10)).containsOnlyKeys("c", "d");
        assertThat(f.served(PoolFixture.boundTo("b"))).isIn("c", "d");
    }

    @Test
    void backupsCountAndAreAskedInTheirTurn() {
        PoolFixture f = new PoolFixture()
                .probed()
                .outlier(panic(0.5, PanicConfig.Mode.IGNORE_HEALTH))
                .member(1)
                .member(1)
                .member(1, UpstreamConfig.UNLIMITED, 1, "")
                .start();
        f.probe("abc", true);
        f.probe("aa", false);
        assertThat(f.pool.panics()).isFalse();
        f.probe("bb", false);
        assertThat(f.pool.panics()).isTrue();
        assertThat(f.counts(10)).containsOnlyKeys("a", "b");
        assertThat(f.tried()).endsWith("c");
    }

    @Test
    void orNobodyIsAskedAtAll() {
        PoolFixture f = pool(PanicConfig.Mode.FAIL);
        f.probe("abcd", true);
        f.probe("aabbcc", false);
        assertThat(f.pool.panics()).isTrue();
        assertThat(f.next()).isNull();
        Selection refused = new Selection(0);
        assertThat(f.pool.acquire(refused)).isNull();
        assertThat(refused.refusal()).isEqualTo(Refusal.PANIC);
        assertThat(f.served(PoolFixture.boundTo("d"))).isNull();
        f.probe("aa", true);
        assertThat(f.pool.panics()).isFalse();
        assertThat(f.counts(10)).containsOnlyKeys("a", "d");
    }

    /** Otherwise nobody would ever come back. */
    @ParameterizedTest
    @EnumSource(PanicConfig.Mode.class)
    void trialsGoOn(PanicConfig.Mode mode) {
        PoolFixture f = pool(mode);
        f.probe("abcd", true);
        f.refuse("a");
        f.refuse("b");
        f.refuse("c");
        assertThat(f.pool.panics()).isTrue();
        f.pass(Duration.ofSeconds(1));
        assertThat(f.next()).isEqualTo("a");
        assertThat(f.pool.panics()).isFalse();
    }

    @Test
    void byDefaultNobodyPanics() {
        PoolFixture f = new PoolFixture().probed().member(1).member(1).start();
        f.probe("ab", true);
        f.probe("abab", false);
        assertThat(f.pool.panics()).isFalse();
        assertThat(f.next()).isNull();
    }
}
