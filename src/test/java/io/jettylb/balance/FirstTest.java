package io.jettylb.balance;

import static io.jettylb.kit.Fixtures.context;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstTest {

    private static final class Limited implements Candidate {
        private final String id;
        private final int max;
        private int inFlight;

        Limited(String id, int max) {
            this.id = id;
            this.max = max;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public int weight() {
            return 1;
        }

        @Override
        public int inFlight() {
            return inFlight;
        }

        @Override
        public int maxRequests() {
            return max;
        }
    }

    private static Picker picker(List<? extends Candidate> candidates) {
        return new First().create(context(new SplittableRandom(1))).pickerFor(candidates);
    }

    @Test
    void theFirstGetsAllThatItMay() {
        List<Limited> upstreams = List.of(new Limited("a", 2), new Limited("b", 3), new Limited("c", 1));
        Picker picker = picker(upstreams);
        List<Integer> picked = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int index = picker.pick(i, 0);
            picked.add(index);
            upstreams.get(index).inFlight++;
        }
        assertThat(picked).containsExactly(0, 0, 1, 1, 1, 2);
        upstreams.get(0).inFlight--;
        upstreams.get(1).inFlight--;
        assertThat(picker.pick(9, 0)).isZero();
    }

    @Test
    void withoutLimitsThereIsOnlyTheFirst() {
        List<Limited> upstreams = List.of(new Limited("a", Integer.MAX_VALUE), new Limited("b", Integer.MAX_VALUE));
        upstreams.get(0).inFlight = 1_000_000;
        assertThat(picker(upstreams).pick(1, 0)).isZero();
    }

    @Test
    void eachAttemptGoesToTheNextWithRoom() {
        List<Limited> upstreams =
                List.of(new Limited("a", 2), new Limited("b", 3), new Limited("c", 1), new Limited("d", 1));
        upstreams.get(1).inFlight = 3;
        Picker picker = picker(upstreams);
        assertThat(picker.pick(0, 0)).isZero();
        assertThat(picker.pick(0, 1)).isEqualTo(2);
        assertThat(picker.pick(0, 2)).isEqualTo(3);
        assertThat(picker.pick(0, 4)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"3, 16, 7, 0", "4, 15, 7, 1", "3, 16, 5, 2", "3, 15, 6, 0", "4, 15, 6, 1"})
    void amongFullOnesOfDifferentSizesToo(int first, int second, int third, int picked) {
        List<Limited> upstreams = List.of(new Limited("a", 2), new Limited("b", 10), new Limited("c", 4));
        upstreams.get(0).inFlight = first;
        upstreams.get(1).inFlight = second;
        upstreams.get(2).inFlight = third;
        assertThat(picker(upstreams).pick(0, 0)).isEqualTo(picked);
    }

    @Test
    void whenAllAreFullTheLeastOverloadedForItsSizeIsTaken() {
        List<Limited> upstreams = List.of(new Limited("a", 2), new Limited("b", 10), new Limited("c", 10));
        upstreams.get(0).inFlight = 4;
        upstreams.get(1).inFlight = 15;
        upstreams.get(2).inFlight = 12;
        assertThat(picker(upstreams).pick(0, 0)).isEqualTo(2);
    }
}
