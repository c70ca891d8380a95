package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.LoadReport;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadHeaderTest {

    private final LoadHeader header = new LoadHeader("X-Load");

    @Test
    void aNumberIsTheRequestsInFlight() {
        assertThat(inFlight("0")).isZero();
        assertThat(inFlight(" 17 ")).isEqualTo(17);
        assertThat(inFlight("999999999")).isEqualTo(999_999_999);
        LoadReport report = header.read(HttpFields.build().put("x-load", "3"));
        assertThat(report.utilization()).isNaN();
        assertThat(report.weight()).isNaN();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5", "1e3", "many", "9999999999", "1,2", "٣"})
    void anythingElseIsNothing(String text) {
        assertThat(header.read(HttpFields.build().put("X-Load", text))).isNull();
    }

    @Test
    void withoutTheFieldNothingIsTold() {
        assertThat(header.read(HttpFields.build().put("X-Other", "1"))).isNull();
    }

    private int inFlight(String text) {
        return header.read(HttpFields.build().put("X-Load", text)).inFlight();
    }
}
