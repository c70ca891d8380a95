package io.jettylb.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.config.StrategyConfig;
import io.jettylb.foreign.ForeignStrategies.Broken;
import io.jettylb.foreign.ForeignStrategies.Closed;
import io.jettylb.foreign.ForeignStrategies.Closest;
import io.jettylb.foreign.ForeignStrategies.ClosestAgain;
import io.jettylb.foreign.ForeignStrategies.Impostor;
import io.jettylb.foreign.ForeignStrategies.Nameless;
import io.jettylb.foreign.ForeignStrategies.Unmakable;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StrategiesTest {

    @TempDir
    Path jar;

    @Test
    void theBuiltInStrategiesAreInstalled() {
        Strategies strategies = Strategies.installed();
        assertThat(strategies.names()).contains("least-request", "round-robin");
        assertThat(strategies.warnings()).isEmpty();
        assertThat(strategies.optionNames("round-robin")).contains(Set.of());
        assertThat(strategies.optionNames("robin")).isEmpty();
        assertThat(strategies.problem(named("least-request"))).isEmpty();
    }

    @Test
    void theLoaderIsOurOwnWhateverTheThreadsIs() throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader empty = new URLClassLoader(new URL[0], null)) {
            thread.setContextClassLoader(empty);
            assertThat(Strategies.installed().names()).contains("least-request");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void aJarsStrategyComesAfterTheBuiltInOnesAndGetsItsOptions() throws IOException {
        Strategies strategies = installedWith(Closest.class.getName());
        assertThat(strategies.warnings()).isEmpty();
        assertThat(List.copyOf(strategies.names())).endsWith("closest").hasSizeGreaterThan(2);
        assertThat(strategies.optionNames("closest")).contains(Set.of("limit"));
        assertThat(strategies.problem(new StrategyConfig("closest", Map.of("limit", 3))))
                .isEmpty();
        assertThat(strategies.problem(new StrategyConfig("closest", Map.of("limit", "x"))))
                .contains("limit: x (expected: a number)");
    }

    @Test
    void aBuiltInStrategyCannotBeReplaced() throws IOException {
        Strategies strategies = installedWith(Impostor.class.getName());
        assertThat(strategies.optionNames("round-robin")).contains(Set.of());
        assertThat(strategies.warnings())
                .singleElement()
                .asString()
                .contains(Impostor.class.getName(), "round-robin", RoundRobin.class.getName());
    }

    @Test
    void oneBadJarDoesNotTakeTheOthersDown() throws IOException {
        Strategies strategies = installedWith(
                "com.example.Missing",
                Unmakable.class.getName(),
                StrategiesTest.class.getName(),
                Nameless.class.getName(),
                Closest.class.getName(),
                ClosestAgain.class.getName());
        assertThat(strategies.names()).contains("least-request", "round-robin", "closest");
        assertThat(strategies.warnings()).hasSize(5);
        assertThat(String.join("\n", strategies.warnings()))
                .contains("com.example.Missing", "no licence", "StrategiesTest", "Nameless", "ClosestAgain");
    }

    @Test
    void aLoaderThatOnlyFailsIsGivenUp() {
        ClassLoader failing = new ClassLoader(null) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                throw new IOException("disk on fire");
            }
        };
        Strategies strategies = Strategies.of(failing);
        assertThat(strategies.names()).isEmpty();
        assertThat(strategies.warnings()).isNotEmpty();
    }

    @Test
    void aProviderMayBeNamedByItsClass() {
        Strategies strategies = Strategies.installed();
        String closest = Closest.class.getName();
        assertThat(strategies.names()).doesNotContain("closest", closest);
        assertThat(strategies.optionNames(closest)).contains(Set.of("limit"));
        assertThat(strategies.problem(named(closest))).isEmpty();
        for (String unusable : List.of(
                "com.example.Missing",
                "java.lang.String",
                "java.util.ArrayList",
                StrategyProvider.class.getName(),
                Unmakable.class.getName(),
                Closed.class.getName(),
                ".",
                "")) {
            assertThat(strategies.optionNames(unusable)).as(unusable).isEmpty();
        }
    }

    @Test
    void aProvidersBugIsAProblemOfTheConfiguration() {
        assertThat(Strategies.installed().problem(named(Broken.class.getName())))
                .hasValueSatisfying(problem -> assertThat(problem).contains(Broken.class.getName(), "not a number"));
    }

    @Test
    void eachPoolGetsAStrategyOfItsOwn() {
        Strategies strategies = Strategies.installed();
        List<Strategy> made = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            made.add(strategies.create(named("round-robin"), () -> new SplittableRandom(1), () -> 0L));
        }
        assertThat(made.get(0)).isNotSameAs(made.get(1));
        assertThatThrownBy(() -> strategies.create(named("robin"), () -> new SplittableRandom(1), () -> 0L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("robin", "round-robin", "least-request");
    }

    private static StrategyConfig named(String name) {
        return new StrategyConfig(name, Map.of());
    }

    private Strategies installedWith(String... providers) throws IOException {
        Path services = Files.createDirectories(jar.resolve("META-INF/services"));
        Files.write(services.resolve(StrategyProvider.class.getName()), List.of(providers));
        URL[] urls = {jar.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(urls, StrategyProvider.class.getClassLoader())) {
            return Strategies.of(loader);
        }
    }
}
