package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.counts;
import static io.jettylb.kit.Fixtures.equal;
import static io.jettylb.kit.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettylb.config.StrategyConfig;
import io.jettylb.kit.Fixtures.Upstream;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PowerOfTwoTest {

    private static Picker picker(List<Upstream> upstreams, Map<String, Object> options) {
        SplittableRandom random = new SplittableRandom(1);
        return new PowerOfTwo()
                .create(new StrategyContext(options, () -> random, () -> 0L))
                .pickerFor(upstreams);
    }

    @Test
    void theLessLoadedOfTwoIsTaken() {
        List<Upstream> upstreams = weighted(1, 1);
        upstreams.get(0).inFlight = 1;
        assertThat(counts(picker(upstreams, Map.of()), 2, 1_000)).containsExactly(0, 1_000);
    }

    @Test
    void theMostLoadedGetsNothingAndTheIdleOneIsTakenWhenDrawn() {
        List<Upstream> upstreams = equal(3);
        upstreams.get(0).inFlight = 2;
        upstreams.get(1).inFlight = 1;
        int[] counts = counts(picker(upstreams, Map.of()), 3, 30_000);
        assertThat(counts[0]).isZero();
        assertThat(counts[1]).isCloseTo(10_000, within(500));
    }

    @Test
    void theLoadIsMeasuredByTheWeight() {
        List<Upstream> upstreams = weighted(1, 10);
        upstreams.get(0).inFlight = 1;
        upstreams.get(1).inFlight = 9;
        assertThat(counts(picker(upstreams, Map.of()), 2, 100)).containsExactly(0, 100);
    }

    @Test
    void moreChoicesFindTheIdleOneMoreOften() {
        List<Upstream> upstreams = equal(20);
        upstreams.forEach(upstream -> upstream.inFlight = 1);
        upstreams.get(7).inFlight = 0;
        int two = counts(picker(upstreams, Map.of("choices", 2)), 20, 20_000)[7];
        int five = counts(picker(upstreams, Map.of("choices", "5")), 20, 20_000)[7];
        assertThat(two).isCloseTo(2_000, within(200));
        // Each further draw excludes only the best so far: 1 - (1 - 1/20) (1 - 1/19)^4.
        assertThat(five).isCloseTo(4_700, within(300));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0", "101", "-2", "2.5", "two", "", "1000000000000"})
    void otherChoicesAreRefused(String choices) {
        assertThat(Strategies.installed().problem(new StrategyConfig("power-of-two", Map.of("choices", choices))))
                .contains("choices: " + choices + " (expected: 2..100)");
    }

    @Test
    void theOptionIsKnown() {
        assertThat(Strategies.installed().optionNames("power-of-two"))
                .hasValueSatisfying(names -> assertThat(names).containsExactly("choices"));
        assertThat(Strategies.installed().problem(new StrategyConfig("power-of-two", Map.of("choices", 100))))
                .isEmpty();
    }
}
