package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.OutlierConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How the share of an upstream grows that has come back, in virtual time. */
class SlowStartPoolTest {

    private static final Duration WINDOW = Duration.ofSeconds(30);

    private static PoolFixture probed() {
        return new PoolFixture()
                .slowStart(WINDOW)
                .probed()
                .outlier(OutlierConfig.DEFAULT.on(false))
                .member(1)
                .member(1)
                .start();
    }

    @Test
    void notAtTheStart() {
        PoolFixture f = probed();
        f.probe("a", true);
        f.pass(Duration.ofSeconds(3));
        f.probe("b", true);

        assertThat(f.pickers).containsExactly("a1", "a1 b1");
    }

    @Test
    void afterHavingBeenDown() {
        PoolFixture f = probed();
        f.probe("ab", true);
        f.probe("bb", false);
        f.probe("bb", true);

        assertThat(f.weights()).isEqualTo("a100 b10");
        f.pass(Duration.ofMillis(1499));
        int made = f.pickers.size();
        f.next();
        assertThat(f.pickers).hasSize(made);
        f.pass(Duration.ofSeconds(15).minusMillis(1499));
        f.next();
        assertThat(f.weights()).isEqualTo("a100 b50");
        f.pass(Duration.ofSeconds(15));
        f.next();
        assertThat(f.weights()).isEqualTo("a1 b1");
        made = f.pickers.size();
        f.clockReads = 0;
        f.pass(Duration.ofHours(1));
        f.counts(10);
        assertThat(f.pickers).hasSize(made);
        assertThat(f.clockReads).isZero();
    }

    @Test
    void inTwentySteps() {
        PoolFixture f = probed();
        f.probe("ab", true);
        f.probe("bb", false);
        f.probe("bb", true);
        int before = f.pickers.size();
        for (int i = 0; i < 40_000; i++) {
            f.pass(Duration.ofMillis(1));
            f.next();
        }

        // The floor of 10 % holds for the first two.
        assertThat(f.pickers.size() - before).isEqualTo(18);
    }

    @Test
    void whoWasDownAtTheStartAndThenCameIsNew() {
        PoolFixture f = probed();
        f.probe("a", true);
        f.probe("b", false);
        f.probe("bb", true);

        assertThat(f.weights()).isEqualTo("a100 b10");
    }

    @Test
    void afterAnEjection() {
        PoolFixture f = new PoolFixture().slowStart(WINDOW).member(3).member(2).start();
        f.refuse("b");
        f.pass(Duration.ofSeconds(1));
        assertThat(f.next()).isEqualTo("b");

        assertThat(f.weights()).isEqualTo("a300 b20");
        f.pass(Duration.ofSeconds(15));
        f.next();
        assertThat(f.weights()).isEqualTo("a300 b100");
    }

    @Test
    void notWithoutAWindow() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        f.refuse("b");
        f.pass(Duration.ofSeconds(1));
        f.next();
        assertThat(f.weights()).isEqualTo("a1 b1");
        f.clockReads = 0;
        f.counts(10);
        assertThat(f.clockReads).isZero();
    }

    @Test
    void fromTheBeginningEachTime() {
        PoolFixture f = probed();
        f.probe("ab", true);
        f.probe("bb", false);
        f.probe("bb", true);
        f.pass(Duration.ofSeconds(20));
        f.probe("bb", false);
        f.probe("bb", true);

        assertThat(f.weights()).isEqualTo("a100 b10");
    }
}
