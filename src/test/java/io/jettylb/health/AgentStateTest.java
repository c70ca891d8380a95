package io.jettylb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.health.AgentState.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentStateTest {

    private static final int ANY = Integer.MAX_VALUE;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '!',
            value = {
                "75% | READY | false | 75 | 2147483647",
                "weight:50% | READY | false | 50 | 2147483647",
                "1000% | READY | false | 1000 | 2147483647",
                "maxconn:1 | READY | false | -1 | 1",
                "maxconn:1000000 | READY | false | -1 | 1000000",
                "weight:0000009% | READY | false | 9 | 2147483647",
                "0% | READY | false | 0 | 2147483647",
                "maxconn:30 | READY | false | -1 | 30",
                "drain | DRAIN | false | -1 | 2147483647",
                "MAINT | MAINT | false | -1 | 2147483647",
                "down | READY | true | -1 | 2147483647",
                "fail#disk full, 75% | READY | true | -1 | 2147483647",
                "stopped # by hand | READY | true | -1 | 2147483647",
                "75% maxconn:30,drain up | DRAIN | false | 75 | 30",
                "drain ready | READY | false | -1 | 2147483647"
            })
    void words(String answer, Mode mode, boolean down, int percent, int maxRequests) {
        assertThat(AgentState.SILENT.observe(answer)).isEqualTo(new AgentState(mode, down, percent, maxRequests));
    }

    @Test
    void onlyTheFirstLineCounts() {
        assertThat(AgentState.SILENT.observe("75%\r\ndrain\r\n")).isEqualTo(new AgentState(Mode.READY, false, 75, ANY));
    }

    @Test
    void onlyTheBeginningOfALongLineCounts() {
        String line = "drain" + " ".repeat(AgentState.MAX_LENGTH - "drain".length() - 1);
        assertThat(AgentState.SILENT.observe(line + "x")).isSameAs(AgentState.SILENT);
        assertThat(AgentState.SILENT.observe(line + " x").mode()).isEqualTo(Mode.DRAIN);
    }

    /** A word that it does not mention stays, and each state is undone by its own word. */
    @Test
    void whatIsNotMentionedStays() {
        AgentState state = AgentState.SILENT.observe("drain 50%").observe("down");
        assertThat(state).isEqualTo(new AgentState(Mode.DRAIN, true, 50, ANY));
        assertThat(state.observe("up")).isEqualTo(new AgentState(Mode.DRAIN, false, 50, ANY));
        assertThat(state.observe("ready")).isEqualTo(new AgentState(Mode.READY, true, 50, ANY));
        assertThat(state.observe("up ready 100%")).isEqualTo(new AgentState(Mode.READY, false, 100, ANY));
        assertThat(state.withoutFigures()).isEqualTo(new AgentState(Mode.DRAIN, true, -1, ANY));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n75%",
                "#down",
                "OK",
                "<html>",
                "{\"status\":\"up\"}",
                "the service is up",
                "75",
                "-5%",
                "1001%",
                "%",
                "7.5%",
                "weight:",
                "weight:5",
                "maxconn:0",
                "maxconn:",
                "maxconn:12345678",
                "00000009%",
                "maxconn:1000001",
                "1:%",
                "/%",
                "75% nonsense",
                "up,,bogus"
            })
    void whatIsNoAgentsLineIsIgnored(String answer) {
        AgentState state = AgentState.SILENT.observe("drain 50%");
        assertThat(state.observe(answer)).isSameAs(state);
    }
}
