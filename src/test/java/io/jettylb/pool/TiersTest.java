package io.jettylb.pool;

import static io.jettylb.config.UpstreamConfig.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ZoneConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Backups and zones. */
class TiersTest {

    private static PoolFixture tiers() {
        return new PoolFixture()
                .probed()
                .member(1)
                .member(1)
                .member(1, UNLIMITED, 1, "")
                .member(1, UNLIMITED, 1, "")
                .member(1, UNLIMITED, 2, "")
                .start();
    }

    @Test
    void backupsServeWhenNobodyElseCanAndShare() {
        PoolFixture f = tiers();
        f.probe("abcde", true);
        assertThat(f.counts(10)).isEqualTo(Map.of("a", 5, "b", 5));
        f.probe("aa", false);
        assertThat(f.counts(10)).isEqualTo(Map.of("b", 10));
        f.probe("bb", false);
        assertThat(f.counts(10)).isEqualTo(Map.of("c", 5, "d", 5));
        f.probe("ccdd", false);
        assertThat(f.counts(10)).isEqualTo(Map.of("e", 10));
        f.probe("aa", true);
        assertThat(f.counts(10)).isEqualTo(Map.of("a", 10));
    }

    @Test
    void retriesGoToTheNextTierWhenTheBetterOneWasTried() {
        PoolFixture f = tiers();
        f.probe("abcde", true);

        assertThat(f.tried()).matches("(ab|ba)(cd|dc)e");
    }

    @Test
    void aFullTierIsFollowedByTheNext() {
        PoolFixture f =
                new PoolFixture().member(1, 1, 0, "").member(1, 1, 1, "").start();

        assertThat(List.of(f.hold(), f.hold())).containsExactly("a", "b");
        assertThat(f.hold()).isNull();
    }

    @Test
    void anEjectedBackupWaitsForItsTurn() {
        PoolFixture f = new PoolFixture().member(1).member(1, UNLIMITED, 1, "").start();
        f.refuse("b");
        f.pass(Duration.ofMinutes(1));
        assertThat(f.counts(10)).isEqualTo(Map.of("a", 10));
        // As the last resort it comes all the same.
        assertThat(f.tried()).isEqualTo("ab");
    }

    @Test
    void anEjectedPrimaryIsTriedWhileABackupServes() {
        PoolFixture f = new PoolFixture().member(1).member(1, UNLIMITED, 1, "").start();
        f.refuse("a");
        assertThat(f.counts(10)).isEqualTo(Map.of("b", 10));
        f.pass(Duration.ofSeconds(1));
        assertThat(f.next()).isEqualTo("a");
        assertThat(f.counts(10)).isEqualTo(Map.of("a", 10));
    }

    @Test
    void thePickerOfAnotherTierStays() {
        PoolFixture f = tiers();
        f.probe("abcde", true);
        f.pickers.clear();
        f.probe("aa", false);

        assertThat(f.pickers).containsExactly("b1");
    }

    private static PoolFixture zones(int min, double share, String... zones) {
        PoolFixture f = new PoolFixture().probed().zone(new ZoneConfig("x", min, share));
        for (String zone : zones) {
            f.member(1, UNLIMITED, 0, zone);
        }
        f.start();
        for (int i = 0; i < zones.length; i++) {
            f.probe(String.valueOf((char) ('a' + i)), true);
        }
        return f;
    }

    @Test
    void theOwnZoneComesFirstWhileItHasCapacity() {
        PoolFixture f = zones(4, Double.NaN, "x", "x", "y", "y");
        assertThat(f.counts(20)).isEqualTo(Map.of("a", 10, "b", 10));
    }

    @Test
    void theRestSpillsOverInProportion() {
        // The own zone has 1 of 6 and would need 2: half stays. Of y and z only z has more than its share.
        PoolFixture f = zones(6, Double.NaN, "x", "y", "y", "z", "z", "z");
        Map<String, Integer> counts = f.counts(12_000);

        assertThat(counts).containsOnlyKeys("a", "d", "e", "f");
        assertThat(counts.get("a")).isBetween(5_800, 6_200);
        assertThat(counts.get("d")).isBetween(1_800, 2_200);
        assertThat(counts.get("e")).isBetween(1_800, 2_200);
        assertThat(counts.get("f")).isBetween(1_800, 2_200);
    }

    @Test
    void aFullZoneSpillsOverToAllOthers() {
        PoolFixture f = new PoolFixture().probed().zone(new ZoneConfig("x", 4, Double.NaN));
        f.member(1, 1, 0, "x").member(1, 1, 0, "x");
        f.member(1, UNLIMITED, 0, "y").member(3, UNLIMITED, 0, "z").start();
        f.probe("abcd", true);
        int held = 0;
        while (held < 2) {
            String id = f.hold();
            held += id.equals("a") || id.equals("b") ? 1 : 0;
        }
        Map<String, Integer> counts = f.counts(8_000);

        assertThat(counts).containsOnlyKeys("c", "d");
        assertThat(counts.get("c")).isBetween(1_000, 3_500);
    }

    @Test
    void whatGoesDownSpillsOver() {
        PoolFixture f = zones(4, 0.5, "x", "x", "y", "y");
        f.probe("bb", false);
        Map<String, Integer> counts = f.counts(9_000);

        // A third of the capacity for half of the traffic: two thirds stay.
        assertThat(counts.get("a")).isBetween(5_800, 6_200);
        assertThat(counts.get("c") + counts.get("d")).isBetween(2_800, 3_200);
        f.probe("aa", false);
        assertThat(f.counts(10)).isEqualTo(Map.of("c", 5, "d", 5));
    }

    @Test
    void withFewUpstreamsZonesDoNotMatter() {
        assertThat(zones(5, Double.NaN, "x", "x", "y", "y").counts(8)).hasSize(4);
        assertThat(zones(2, Double.NaN, "y", "y", "z", "z").counts(8)).hasSize(4);
        assertThat(zones(2, Double.NaN, "x", "x", "x", "x").counts(8)).hasSize(4);
    }

    @Test
    void aKeyStaysInItsZone() {
        PoolFixture f = zones(4, 0.5, "x", "y", "y", "y");
        int left = 0;
        for (long hash = 1; hash <= 4_000; hash++) {
            // Of the own zone there is one, so that it is told apart.
            boolean own = f.served(new Selection(hash)).equals("a");
            left += own ? 0 : 1;
            assertThat(f.served(new Selection(hash)).equals("a")).isEqualTo(own);
        }
        assertThat(left).isBetween(1_800, 2_200);
    }

    @Test
    void retriesLeaveTheZone() {
        PoolFixture f = zones(4, Double.NaN, "x", "x", "y", "z");

        assertThat(f.tried()).matches("(ab|ba)(cd|dc)");
    }

    @Test
    void aFullZoneIsLeft() {
        PoolFixture f = new PoolFixture()
                .zone(new ZoneConfig("x", 2, Double.NaN))
                .member(1, 1, 0, "x")
                .member(1, 1, 0, "y")
                .start();

        assertThat(List.of(f.hold(), f.hold())).containsExactly("a", "b");
        assertThat(f.hold()).isNull();
    }
}
