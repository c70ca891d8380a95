package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.weighted;
import static io.jettylb.kit.Fixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Observer.Ending;
import io.jettylb.kit.Fixtures.Upstream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No upstream above its share of the load while another is below. */
class BoundedLoadTest {

    private static final BigDecimal BOUND = new BigDecimal("1.25");

    private static Strategy strategy(String name) {
        StrategyProvider provider = switch (name) {
            case "ip-hash" -> new IpHash();
            case "ring-hash" -> new RingHash();
            case "maglev" -> new Maglev();
            default -> new Rendezvous();
        };
        Map<String, Object> options = Map.of("bounded-load", 1.25);
        return provider.create(new StrategyContext(options, () -> new SplittableRandom(1), () -> 0L));
    }

    /** Upstreams with what the pool does about them. */
    private static final class Traffic {
        final List<Upstream> upstreams;
        final List<Observer> observers = new ArrayList<>();
        final int[] loads;

        Traffic(Strategy strategy, List<Upstream> upstreams) {
            this.upstreams = upstreams;
            this.loads = new int[upstreams.size()];
            upstreams.forEach(upstream -> observers.add(strategy.observerOf(upstream)));
        }

        void begin(int index) {
            observers.get(index).began();
            loads[index]++;
        }

        void end(int index) {
            observers.get(index).ended(1, Ending.COMPLETE);
            loads[index]--;
        }

        /** The largest load that an upstream may have when the list has so many attempts in flight. */
        int bound(List<Upstream> listed, int index, int total) {
            long weight = listed.stream().mapToLong(Upstream::weight).sum();
            return BOUND.multiply(BigDecimal.valueOf(
                            (long) total * upstreams.get(index).weight()))
                    .divide(BigDecimal.valueOf(weight), 0, RoundingMode.CEILING)
                    .intValueExact();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip-hash", "ring-hash", "maglev", "rendezvous"})
    void theLoadIsNeverAboveTheBound(String name) {
        SplittableRandom random = new SplittableRandom(21);
        for (int size : new int[] {1, 2, 3, 10, 60}) {
            Strategy strategy = strategy(name);
            Traffic traffic = new Traffic(strategy, weighted(weights(size, i -> 1 + i % 4)));
            Picker picker = strategy.pickerFor(traffic.upstreams);
            List<Integer> busy = new ArrayList<>();
            for (int i = 0; i < 4_000; i++) {
                // Most keys are one and the same: without a bound, one upstream would get them all.
                long hash = random.nextInt(10) < 8 ? 77 : random.nextLong() | 1;
                int index = picker.pick(hash, 0);
                traffic.begin(index);
                busy.add(index);
                assertThat(traffic.loads[index])
                        .isLessThanOrEqualTo(traffic.bound(traffic.upstreams, index, busy.size()));
                while (busy.size() > random.nextInt(200)) {
                    traffic.end(busy.remove(random.nextInt(busy.size())));
                }
            }
        }
    }

    @Test
    void aKeyStaysWhereItBelongsWhileThereIsRoom() {
        Strategy strategy = strategy("ring-hash");
        Traffic traffic = new Traffic(strategy, equal(4));
        Picker picker = strategy.pickerFor(traffic.upstreams);
        int home = picker.pick(77, 0);
        for (int i = 0; i < 10; i++) {
            assertThat(picker.pick(77, 0)).isEqualTo(home);
            traffic.begin(home);
            traffic.end(home);
        }
        traffic.begin(home);
        int next = picker.pick(77, 0);
        assertThat(next).isNotEqualTo(home);
        // Others are busy, too: the mean allows more.
        for (int i = 0; i < 4; i++) {
            if (i != home) {
                traffic.begin(i);
            }
        }
        assertThat(picker.pick(77, 0)).isEqualTo(home);
        assertThat(picker.pick(77, 1)).isNotEqualTo(home);
    }

    @Test
    void whoIsNotInTheListDoesNotCount() {
        Strategy strategy = strategy("ring-hash");
        Traffic traffic = new Traffic(strategy, equal(3));
        Picker all = strategy.pickerFor(traffic.upstreams);
        for (int i = 0; i < 1_000; i++) {
            traffic.begin(2);
        }
        List<Upstream> left = traffic.upstreams.subList(0, 2);
        Picker picker = strategy.pickerFor(left);
        // Begun before, ended after it left, and begun while it is away.
        traffic.end(2);
        traffic.begin(2);
        traffic.begin(2);
        int[] counts = new int[2];
        for (int i = 1; i <= 100; i++) {
            int index = picker.pick(77, 0);
            traffic.begin(index);
            counts[index]++;
            assertThat(counts[index]).isLessThanOrEqualTo(traffic.bound(left, index, i));
        }
        // It comes back with all its load.
        Picker again = strategy.pickerFor(traffic.upstreams);
        for (int i = 0; i < 200; i++) {
            int index = again.pick(i * 0x9E3779B97F4A7C15L | 1, 0);
            assertThat(index).isNotEqualTo(2);
            traffic.begin(index);
        }
        // An earlier picker may be in use still, or again.
        assertThat(all.pick(77, 0)).isNotEqualTo(2);
        for (int i = 0; i < 900; i++) {
            traffic.end(2);
        }
        for (int i = 0; i < 1_200; i++) {
            int index = all.pick(i * 0x9E3779B97F4A7C15L | 1, 0);
            traffic.begin(index);
            assertThat(traffic.loads[index])
                    .isLessThanOrEqualTo(traffic.bound(
                            traffic.upstreams,
                            index,
                            IntStream.of(traffic.loads).sum()));
        }
    }

    @Test
    void listsSideBySideCountEachForThemselves() {
        Strategy strategy = strategy("maglev");
        Traffic traffic = new Traffic(strategy, equal(6));
        List<Upstream> near = traffic.upstreams.subList(0, 3);
        Picker nearPicker = strategy.pickerFor(near);
        Picker farPicker = strategy.pickerFor(traffic.upstreams.subList(3, 6));
        for (int i = 0; i < 300; i++) {
            traffic.begin(3 + farPicker.pick(77, 0));
        }
        for (int i = 1; i <= 30; i++) {
            int index = nearPicker.pick(77, 0);
            traffic.begin(index);
            assertThat(traffic.loads[index]).isLessThanOrEqualTo(traffic.bound(near, index, i));
        }
        assertThat(traffic.loads[3]).isBetween(75, 125);
    }

    @Test
    void theCountIsExactHoweverListsChange() throws Exception {
        BoundedLoad bound = new BoundedLoad(1.25);
        List<Upstream> upstreams = equal(4);
        List<Observer> observers = upstreams.stream().map(bound::observerOf).toList();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 30_000; i++) {
                        Observer observer = observers.get(random.nextInt(4));
                        observer.began();
                        observer.ended(1, Ending.FAILED);
                    }
                }));
            }
            SplittableRandom random = new SplittableRandom(9);
            done.add(threads.submit(() -> {
                for (int i = 0; i < 10_000; i++) {
                    bound.roomOf(upstreams.subList(random.nextInt(2), 2 + random.nextInt(3)));
                    bound.roomOf(upstreams.subList(2, 4));
                }
            }));
            for (Future<?> each : done) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(bound.roomOf(upstreams).total()).isEqualTo(1);
        observers.forEach(Observer::began);
        assertThat(bound.roomOf(upstreams).total()).isEqualTo(5);
        assertThat(bound.roomOf(upstreams.subList(0, 1)).total()).isEqualTo(2);
    }

    @Test
    void oneKeyAloneSpreadsOverAll() {
        Strategy strategy = strategy("maglev");
        Traffic traffic = new Traffic(strategy, equal(1_000));
        Picker picker = strategy.pickerFor(traffic.upstreams);
        for (int i = 0; i < 3_000; i++) {
            traffic.begin(picker.pick(77, 0));
        }
        // One key for all: the load has spread evenly all the same.
        for (int load : traffic.loads) {
            assertThat(load).isLessThanOrEqualTo(4);
        }
    }
}
