package io.jettylb.balance;

import io.jettylb.kit.StrategyContract;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract, for every provider: a new one is found by its line in META-INF/services. */
@ParameterizedClass
@MethodSource("providers")
class StrategyContractTest extends StrategyContract {

    @Parameter
    StrategyProvider provider;

    static Stream<Named<StrategyProvider>> providers() {
        return ServiceLoader.load(StrategyProvider.class, StrategyProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .map(provider -> Named.of(provider.name(), provider));
    }

    @Override
    protected StrategyProvider provider() {
        return provider;
    }
}
