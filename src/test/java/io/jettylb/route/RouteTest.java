package io.jettylb.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.MountConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {

    private static Route route(String mount, boolean strip) {
        return new Route(new MountConfig(mount, List.of(), strip, "p"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api",
                "/api/",
                "/api/a%2Fb",
                "/api/%c3%a9",
                "/api//x",
                "/api/a;b=1/c",
                "/api/x%2e%2ey",
                "/api/...",
                "/api/a/./b",
                "/api/a/../b",
                "/api/%7e~",
                "/api/a+b@:!$&'()*,=",
                "/%61pi/x",
                "/api;v=1/x"
            })
    void rawPathsStayAsTheyAre(String path) {
        assertThat(route("/api", false).target(path, null)).isEqualTo(path);
        assertThat(route("/", false).target(path, "q=%20&&=")).isEqualTo(path + "?q=%20&&=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/..",
                "/api/../api/x",
                "/api/a/../../api",
                "/foo/../api/x",
                "/./api/x",
                "/api/%2e%2e/x",
                "/api/%2E./x",
                "/api/.%2e",
                "/api/..;x=1/y",
                "/api//../x",
                "/api/a//../../x",
                "/api/a/%2e%2e/%2e%2e/y",
                "/api/../..",
                "/%2e/api"
            })
    void pathsThatLeaveTheMountAreRefused(String path) {
        assertThat(route("/api", false).target(path, null)).isNull();
        assertThat(route("/api", true).target(path, null)).isNull();
    }

    @Test
    void theRootCannotBeLeftEither() {
        assertThat(route("/", false).target("/..", null)).isNull();
        assertThat(route("/", false).target("/a/../../b", null)).isNull();
        assertThat(route("/", false).target("/a/../b", null)).isEqualTo("/a/../b");
        assertThat(route("/", false).target("/", null)).isEqualTo("/");
        assertThat(route("/", true).target("/a", null)).isEqualTo("/a");
    }

    @ParameterizedTest
    @CsvSource({
        "/api, /api, /",
        "/api, /api/, /",
        "/api, /api/x/y, /x/y",
        "/api, /%61pi/x, /x",
        "/api, /api;v=1/x, /x",
        "/api/v2, /api/v2/x, /x",
        "/api/v2, /api/v2, /",
        "/api, /api//x, //x",
        "/api, /api/a/../b, /a/../b",
    })
    void strippingTakesTheSegmentsOfTheMount(String mount, String path, String target) {
        assertThat(route(mount, true).target(path, null)).isEqualTo(target);
    }

    @ParameterizedTest
    @CsvSource({
        "a={b}, a=%7Bb%7D",
        "a|b, a%7Cb",
        "a^b, a%5Eb",
        "100%, 100%25",
        "%zz%2, %25zz%252",
        "%41%2f, %41%2f",
        "a\"b<c>d`e\\f, a%22b%3Cc%3Ed%60e%5Cf",
        "é, %C3%A9",
        "a[0]=1, a%5B0%5D=1",
        "/?:@!$&'()*;=~, /?:@!$&'()*;=~",
        "😀, %F0%9F%98%80",
    })
    void whatRfc3986ForbidsIsEncoded(String query, String encoded) {
        assertThat(route("/", false).target("/", query)).isEqualTo("/?" + encoded);
    }

    @Test
    void anEmptyQueryIsKept() {
        assertThat(route("/", false).target("/a", "")).isEqualTo("/a?");
        assertThat(route("/", false).target("/a|b", null)).isEqualTo("/a%7Cb");
    }
}
