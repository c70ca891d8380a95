package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.weighted;
import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.kit.Fixtures.Upstream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How many keys move when upstreams come and go, and that all balancers agree about who has which. */
class PlacementTest {

    private static final int KEYS = 40_000;

    enum Algorithm {
        RING,
        MAGLEV,
        RENDEZVOUS;

        Placement of(List<Upstream> upstreams) {
            return switch (this) {
                case RING -> new Ring(upstreams);
                case MAGLEV -> new MaglevTable(upstreams, 65_537);
                case RENDEZVOUS -> new RendezvousTable(upstreams, 65_536);
            };
        }
    }

    /** The ids of the owners of the same keys. */
    private static String[] owners(Algorithm algorithm, List<Upstream> upstreams) {
        Placement placement = algorithm.of(upstreams);
        SplittableRandom hashes = new SplittableRandom(11);
        String[] owners = new String[KEYS];
        for (int i = 0; i < KEYS; i++) {
            owners[i] = upstreams
                    .get(placement.owner(placement.start(hashes.nextLong()), 0))
                    .id();
        }
        return owners;
    }

    private record Case(String name, int size, IntUnaryOperator weight) {
        List<Upstream> upstreams() {
            return weighted(weights(size, weight));
        }

        @Override
        public String toString() {
            return size + " " + name;
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int size : new int[] {2, 3, 5, 10, 30, 100, 1_000}) {
            cases.add(new Case("equal", size, i -> 1));
            cases.add(new Case("of 1 to 4", size, i -> 1 + i % 4));
            cases.add(new Case("of 1 to 1000", size, i -> 1 + i * 7_919 % 1_000));
        }
        return cases.stream();
    }

    /** Keys that moved though their upstream stayed, and keys that moved in all. */
    private record Moved(double needlessly, double all, double fairShare) {}

    private static Moved without(Algorithm algorithm, List<Upstream> upstreams, Upstream gone) {
        List<Upstream> left = new ArrayList<>(upstreams);
        left.remove(gone);
        String[] before = owners(algorithm, upstreams);
        String[] after = owners(algorithm, left);
        double moved = 0;
        double needless = 0;
        for (int i = 0; i < KEYS; i++) {
            if (!before[i].equals(after[i])) {
                moved++;
                needless += before[i].equals(gone.id()) ? 0 : 1;
            }
        }
        double weight = upstreams.stream().mapToInt(Upstream::weight).sum();
        return new Moved(needless / KEYS, moved / KEYS, gone.weight() / weight);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void onARingOnlyTheKeysOfTheOneThatLeavesMove(Case of) {
        List<Upstream> upstreams = of.upstreams();
        for (int i = 0; i < Math.min(3, of.size()); i++) {
            Moved moved = without(Algorithm.RING, upstreams, upstreams.get(i));
            // With so many points in all that there are fewer for everybody, each change changes that a little.
            assertThat(moved.needlessly()).isLessThanOrEqualTo(of.size() < 129 ? 0 : 0.005);
            assertThat(moved.all() - moved.fairShare()).isLessThan(0.01 + slack(of, moved));
        }
    }

    /** With so few upstreams it is their shares that are not exact: 1024 points differ by 3 %. */
    private static double slack(Case of, Moved moved) {
        return of.size() <= 5 ? 0.06 * moved.fairShare() : 0;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rendezvousMovesExactlyWhatItMust(Case of) {
        List<Upstream> upstreams = of.upstreams();
        for (int i = 0; i < 2; i++) {
            Moved moved = without(Algorithm.RENDEZVOUS, upstreams, upstreams.get(i));
            assertThat(moved.needlessly()).isZero();
            assertThat(moved.all() - moved.fairShare()).isLessThan(0.01);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void maglevMovesAtMostTwoPercentMore(Case of) {
        List<Upstream> upstreams = of.upstreams();
        for (int i = 0; i < Math.min(3, of.size()); i++) {
            Moved moved = without(Algorithm.MAGLEV, upstreams, upstreams.get(i));
            assertThat(moved.needlessly()).isLessThan(0.02);
        }
    }

    @Test
    void aWeightThatGrowsTakesKeysAndGivesNone() {
        String[] before = owners(Algorithm.RENDEZVOUS, weighted(3, 3, 3, 3));
        String[] after = owners(Algorithm.RENDEZVOUS, weighted(3, 4, 3, 3));
        for (int i = 0; i < KEYS; i++) {
            assertThat(after[i]).isIn(before[i], "b1");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theOrderOfTheListDoesNotMatter(Algorithm algorithm) {
        List<Upstream> upstreams = weighted(weights(40, i -> 1 + i % 5));
        List<Upstream> shuffled = new ArrayList<>(upstreams);
        Collections.shuffle(shuffled, new Random(12));
        assertThat(owners(algorithm, shuffled)).isEqualTo(owners(algorithm, upstreams));
    }

    /** The same in every process, and in later versions: a fleet is never updated at once. */
    @ParameterizedTest
    @EnumSource
    void ownersAreFixed(Algorithm algorithm) {
        List<Upstream> upstreams = weighted(1, 2, 3, 1, 1, 1, 1, 1);
        Placement placement = algorithm.of(upstreams);
        StringBuilder owners = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            owners.append(placement.owner(placement.start(KeyHash.of("key-" + i)), i % 3));
        }
        String expected = switch (algorithm) {
            case RING -> "226240227547215556006351";
            case MAGLEV -> "213621255211767154142551";
            case RENDEZVOUS -> "752002521737146534507447";
        };
        assertThat(owners.toString()).isEqualTo(expected);
    }

    /** What the manual shows. */
    @Test
    void theManualsExamplesHold() throws Exception {
        List<Candidate> upstreams = List.of(member(1), member(2), member(3));
        List<Placement> placements = List.of(
                new Ring(upstreams), new MaglevTable(upstreams, 65_537), new RendezvousTable(upstreams, 65_536));
        String readme = Files.readString(Path.of("README.md"), StandardCharsets.UTF_8);
        for (String key : List.of("alice", "bob", "/shop/cart?id=7", "address 10.0.0.1")) {
            boolean address = key.startsWith("address ");
            long hash = address ? KeyHash.of(new byte[] {10, 0, 0, 1}) : KeyHash.of(key);
            StringBuilder row = new StringBuilder(address ? "| " + key + " |" : "| `" + key + "` |");
            row.append(" `").append(Long.toHexString(hash)).append("` |");
            for (Placement placement : placements) {
                row.append(" `")
                        .append(upstreams
                                .get(placement.owner(placement.start(hash), 0))
                                .id())
                        .append("` |");
            }
            assertThat(readme).contains(row);
        }
    }

    private static Candidate member(int number) {
        return new Candidate() {
            @Override
            public String id() {
                return "10.0.0." + number + ":8080";
            }

            @Override
            public int weight() {
                return 1;
            }

            @Override
            public int inFlight() {
                return 0;
            }
        };
    }

    /** A slow start tells all weights in hundredths: nobody but the one that starts may notice. */
    @ParameterizedTest
    @EnumSource(names = {"RING", "RENDEZVOUS"})
    void whoStartsSlowlyMovesOnlyItsOwnKeys(Algorithm algorithm) {
        String[] before = owners(algorithm, weighted(1, 2, 1, 3));
        String[] after = owners(algorithm, weighted(100, 200, 10, 300));
        int others = 0;
        for (int i = 0; i < KEYS; i++) {
            others += after[i].equals(before[i]) || before[i].equals("b2") ? 0 : 1;
        }
        assertThat(others).isZero();
    }

    /** Its whole order, so that whoever is left gets the keys whoever leaves. */
    @ParameterizedTest
    @EnumSource
    void everyKeyMeetsEverybody(Algorithm algorithm) {
        for (int[] shares : new int[][] {{1}, {1, 1}, {100_000, 1}, {1, 1_000, 30}, {1, 1, 1, 1, 1, 1, 1}}) {
            Placement placement = algorithm.of(weighted(shares));
            for (long hash : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x1234_5678_9ABC_DEF0L}) {
                Set<Integer> met = new HashSet<>();
                int start = placement.start(hash);
                for (int step = 0; step < placement.length(); step++) {
                    met.add(placement.owner(start, step));
                }
                assertThat(met).hasSize(shares.length);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void tenThousandUpstreamsHaveAPlace(Algorithm algorithm) {
        List<Upstream> upstreams = weighted(weights(10_000, i -> 1 + i % 3));
        Set<String> owners = new HashSet<>(List.of(owners(algorithm, upstreams)));
        // So few keys do not meet them all.
        assertThat(owners.size()).isGreaterThan(8_500);
    }

    @Test
    void theSecondOfARendezvousIsWhoGetsTheKeysOfTheFirst() {
        List<Upstream> upstreams = weighted(1, 2, 3, 4, 5);
        Placement placement = Algorithm.RENDEZVOUS.of(upstreams);
        SplittableRandom hashes = new SplittableRandom(13);
        List<Upstream> left = upstreams.subList(1, 5);
        Placement without = Algorithm.RENDEZVOUS.of(left);
        for (int i = 0; i < KEYS; i++) {
            long hash = hashes.nextLong();
            int start = placement.start(hash);
            if (placement.owner(start, 0) == 0) {
                assertThat(left.get(without.owner(without.start(hash), 0)))
                        .isSameAs(upstreams.get(placement.owner(start, 1)));
            }
        }
    }
}
