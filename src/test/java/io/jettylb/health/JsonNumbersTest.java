package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a JSON object, and what is read from it. */
class JsonNumbersTest {

    private static Map<String, Double> read(String text) {
        return new JsonNumbers(text).read();
    }

    @Test
    void numbersAtTheTopAreReadAndNothingElse() {
        assertThat(
                        read(
                                " {\t\"cpu_utilization\" : 0.25 ,\n\"rps\":-3e2,\r\"text\":\"7\",\"yes\":true,\"no\":false,"
                                        + "\"nothing\":null,\"inner\":{\"deep\":5,\"list\":[0,9]},\"list\":[1,\"x\",{\"y\":[]},[],true]} "))
                .containsExactlyInAnyOrderEntriesOf(Map.of("cpuutilization", 0.25, "rps", -300.0));
        assertThat(read("{}")).isEmpty();
        assertThat(read("{\"a\":0,\"b\":9}")).containsOnlyKeys("a", "b");
        assertThat(read("{\"qu\\\"ote\":1,\"b\":2}")).containsEntry("b", 2.0).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1",
                "[1]",
                "{",
                "}",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{\"a\":1}}",
                "{\"a\":1} x",
                "{a:1}",
                "{\"a\" 1}",
                "{\"a\";1}",
                "{\"a\":1;\"b\":2}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":-}",
                "{\"a\":1.2.3}",
                "{\"a\":+1}",
                "{\"a\":x}",
                "{\"a\":tru}",
                "{\"a\":trux}",
                "{\"a\":fals}",
                "{\"a\":nul}",
                "{\"a\":nulk}",
                "{\"a\":\"open}",
                "{\"a\":\"escaped\\\"}",
                "{\"a",
                "{\"a\\",
                "{\"a\":[1}",
                "{\"a\":[}",
                "{\"a\":[",
                "{\"a\":[1,]}",
                "{\"a\":[1 2]}",
                "{\"a\":[-]}",
                "{\"a\":[x]}",
                "{\"a\":[\"open]}",
                "{\"a\":{\"b\"}}",
                "{\"a\":{\"b\":-}}",
                "{\"a\":{b:1}}",
                "{\"a\":{\"b\":1}"
            })
    void whatIsNoObjectIsNothing(String text) {
        assertThat(read(text)).isNull();
    }

    @Test
    void depthIsBounded() {
        assertThat(read(nested("{\"a\":", "}", 9, "1"))).isEmpty();
        assertThat(read(nested("{\"a\":", "}", 10, "1"))).isNull();
        assertThat(read("{\"a\":" + nested("[", "]", 8, "") + "}")).isEmpty();
        assertThat(read("{\"a\":" + nested("[", "]", 9, "") + "}")).isNull();
        // Arrays in objects and objects in arrays count alike.
        assertThat(read("{\"a\":" + nested("[{\"b\":", "}]", 4, "1") + "}")).isEmpty();
        assertThat(read("{\"a\":" + nested("[{\"b\":", "}]", 5, "1") + "}")).isNull();
    }

    private static String nested(String open, String close, int depth, String core) {
        return open.repeat(depth) + core + close.repeat(depth);
    }
}
