package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trap J36. */
class ViaTest {

    private static List<String> written(HttpVersion version, String earlier) {
        List<String> values = new ArrayList<>();
        new Via("edge").write(version, earlier, field -> values.add(field.toString()));
        return values;
    }

    @Test
    void theVersionIsThatOfTheMessageThatCameIn() {
        assertThat(written(HttpVersion.HTTP_1_0, null)).containsExactly("Via: 1.0 edge");
        assertThat(written(HttpVersion.HTTP_1_1, "")).containsExactly("Via: 1.1 edge");
        assertThat(written(HttpVersion.HTTP_2, "1.0 fred")).containsExactly("Via: 1.0 fred, 2.0 edge");
        assertThat(written(HttpVersion.HTTP_3, "1.0 fred (a, b)")).containsExactly("Via: 1.0 fred (a, b), 3.0 edge");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.1 edge | true",
                "1.0 fred, HTTP/1.1 EDGE (x) | true",
                "2.0\tedge(x) | true",
                "1.1 edge-2 | false",
                "1.1 my-edge | false",
                "edge | false",
                "1.1 fred (edge) | false",
                "'' | false",
                ", ,, | false",
            })
    void whoHasMetAChosenNameIsInALoop(String value, boolean loop) {
        assertThat(new Via("edge").loops(HttpFields.build().add("Via", value))).isEqualTo(loop);
        assertThat(new Via(null).loops(HttpFields.build().add("Via", value))).isFalse();
    }

    @Test
    void theNameThatAllHaveMayBeMetSevenTimes() {
        HttpFields.Mutable fields = HttpFields.build().add("Via", "1.1 lb, 1.1 lb, 1.1 lb, 1.1 lb");
        Via via = new Via("lb");
        assertThat(via.loops(fields)).isFalse();
        fields.add("Via", "1.1 lb, 1.1 lb, 1.1 lb");
        assertThat(via.loops(fields)).isFalse();
        fields.add("Via", "1.1 lb");
        assertThat(via.loops(fields)).isTrue();
    }
}
