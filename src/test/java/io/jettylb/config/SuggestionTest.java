package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How near is near. */
class SuggestionTest {

    @ParameterizedTest
    @CsvSource({"'', '', 0", "a, '', 1", "pool, pool, 0", "pol, pool, 1", "polo, pool, 1", "kitten, sitting, 3"})
    void countsSteps(String a, String b, int distance) {
        assertThat(Suggestion.distance(a, b)).isEqualTo(distance);
        assertThat(Suggestion.distance(b, a)).isEqualTo(distance);
    }

    @Test
    void suggestsTheNearestAndNothingFar() {
        List<String> known = List.of("connect", "connections", "id");

        assertThat(Suggestion.nearest("conections", known)).hasValue("connections");
        assertThat(Suggestion.nearest("CONNECT", known)).hasValue("connect");
        assertThat(Suggestion.nearest("weight", known)).isEmpty();
        assertThat(Suggestion.nearest("ab", known)).isEmpty();
        assertThat(Suggestion.nearest("x".repeat(1_000_000), known)).isEmpty();
    }

    @Test
    void knowsOtherSpellings() {
        assertThat(Suggestion.spelling("maxConns")).isEqualTo("max-conns");
        assertThat(Suggestion.spelling("lb_policy")).isEqualTo("lb-policy");
    }
}
