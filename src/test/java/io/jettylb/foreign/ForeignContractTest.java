package io.jettylb.foreign;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.balance.StrategyContext;
import io.jettylb.balance.StrategyProvider;
import io.jettylb.kit.StrategyContract;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kit as somebody else uses it: a strategy of another package passes, and known mistakes do not. */
class ForeignContractTest extends StrategyContract {

    /** One after the other, with the mistake that its name says. */
    private record Rotating(String name) implements StrategyProvider {
        @Override
        public Strategy create(StrategyContext context) {
            AtomicInteger next = new AtomicInteger(Integer.MAX_VALUE - 2_000);
            return candidates -> picker(candidates, next);
        }

        private Picker picker(List<? extends Candidate> candidates, AtomicInteger next) {
            return (hash, attempt) -> switch (name) {
                case "negative" -> next.getAndIncrement() % candidates.size();
                case "allocating" ->
                    Math.floorMod((int) List.of(next.getAndIncrement(), hash).get(0), candidates.size());
                case "unfair" -> next.getAndIncrement() % 2 == 0 ? 0 : candidates.size() - 1;
                case "by-load" ->
                    candidates.stream().mapToInt(Candidate::inFlight).sum() == 0 ? 0 : candidates.size();
                default -> throw new IllegalArgumentException(name);
            };
        }
    }

    /** By chance, with weights: correct. */
    public static final class Chance implements StrategyProvider {
        @Override
        public String name() {
            return "chance";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return candidates -> {
                int[] upTo = new int[candidates.size()];
                int sum = 0;
                for (int i = 0; i < upTo.length; i++) {
                    sum += candidates.get(i).weight();
                    upTo[i] = sum;
                }
                int total = sum;
                return (hash, attempt) -> {
                    int drawn = context.random().get().nextInt(total);
                    int index = 0;
                    while (upTo[index] <= drawn) {
                        index++;
                    }
                    return index;
                };
            };
        }
    }

    @Override
    protected StrategyProvider provider() {
        return new Chance();
    }

    @ParameterizedTest
    @ValueSource(strings = {"negative", "allocating", "unfair", "by-load"})
    void mistakesAreFound(String mistake) {
        StrategyContract contract = new StrategyContract() {
            @Override
            protected StrategyProvider provider() {
                return new Rotating(mistake);
            }
        };
        Map<String, String> broken = Map.of(
                "negative", "everyPickIsAnIndexOfTheList",
                "allocating", "aPickAllocatesNothing",
                "unfair", "sharesFollowTheWeights",
                "by-load", "everyPickIsAnIndexOfTheList");
        assertThatThrownBy(() -> run(contract, broken.get(mistake))).isInstanceOf(AssertionError.class);
    }

    private static void run(StrategyContract contract, String test) throws Throwable {
        Method method = StrategyContract.class.getDeclaredMethod(test);
        method.setAccessible(true);
        try {
            method.invoke(contract);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
