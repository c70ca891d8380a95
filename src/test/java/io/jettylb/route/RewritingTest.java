package io.jettylb.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trap F14. */
class RewritingTest {

    private static final String CLIENT = "shop.example";

    private static Rewriting rewriting(String mount, String base, String hostSent, String proto) {
        return new Rewriting(mount, URI.create("http://10.0.0.1:8080" + base), hostSent, proto, CLIENT, false);
    }

    /** The mount /api is taken off; the upstream sees the client's Host. */
    @ParameterizedTest
    @CsvSource({
        "/, /api/",
        "/x, /api/x",
        "/x/y/?a=/b#/c, /api/x/y/?a=/b#/c",
        "/?q, /api/?q",
        "/api/x, /api/api/x",
        "/a%2Fb;c=1, /api/a%2Fb;c=1",
        "x, x",
        "../x, ../x",
        "./, ./",
        "?q=/x, ?q=/x",
        "#f, #f",
        "'', ''",
        "http://shop.example/x, http://shop.example/api/x",
        "HTTP://SHOP.example:80/x, http://shop.example/api/x",
        "http://shop.example, http://shop.example/api/",
        "http://shop.example?q, http://shop.example/api/?q",
        "http://shop.example#f, http://shop.example/api/#f",
        "http://10.0.0.1:8080/x?y, http://shop.example/api/x?y",
        "//shop.example/x, //shop.example/api/x",
        "//10.0.0.1:8080/x, //shop.example/api/x",
        "https://shop.example/x, https://shop.example/api/x",
        "http://10.0.0.1/x, http://10.0.0.1/x",
        "https://10.0.0.1:8080/x, https://10.0.0.1:8080/x",
        "http://shop.example:81/x, http://shop.example:81/x",
        "http://other.example/x, http://other.example/x",
        "http://shop.example.evil/x, http://shop.example.evil/x",
        "http://shop.example@evil/x, http://shop.example@evil/x",
        "http://evil\\@shop.example/x, http://evil\\@shop.example/x",
        "//other.example/x, //other.example/x",
        "http:/x, http:/x",
        "http:x, http:x",
        "mailto:a@b, mailto:a@b",
        "javascript:alert(1), javascript:alert(1)",
        "urn:a/b, urn:a/b",
        "\\x, \\x",
    })
    void referencesGetTheMountBack(String sent, String seen) {
        assertThat(rewriting("/api", "", CLIENT, "http").location(sent)).isEqualTo(seen);
    }

    /** The client's scheme is https, and the upstream does not know. */
    @ParameterizedTest
    @CsvSource({
        "http://shop.example/x, https://shop.example/api/x",
        "http://10.0.0.1:8080/x, https://shop.example/api/x",
        "https://shop.example/x, https://shop.example/api/x",
        "//shop.example/x, //shop.example/api/x",
        "http://shop.example:443/x, http://shop.example:443/x",
    })
    void theSchemeIsTheClients(String sent, String seen) {
        assertThat(rewriting("/api", "", CLIENT, "https").location(sent)).isEqualTo(seen);
    }

    /** Requests for /x go to /base/x. */
    @ParameterizedTest
    @CsvSource({
        "/base, /",
        "/base/, /",
        "/base/x, /x",
        "/base?q, /?q",
        "/bases/x, /bases/x",
        "/x, /x",
        "/, /",
        "/base//evil.example/x, /base//evil.example/x",
        "x, x",
        "http://shop.example/base/x, http://shop.example/x",
        "http://10.0.0.1:8080/base, http://shop.example/",
        "http://10.0.0.1:8080/x, http://10.0.0.1:8080/x",
        "http://10.0.0.1:8080, http://10.0.0.1:8080",
    })
    void referencesLoseTheBasePath(String sent, String seen) {
        assertThat(rewriting("", "/base", CLIENT, "http").location(sent)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource({
        "/base, /api",
        "/base/, /api/",
        "/base/x, /api/x",
        "/x, /x",
        "http://shop.example/base/x, http://shop.example/api/x",
    })
    void theBasePathIsReplacedByTheMount(String sent, String seen) {
        assertThat(rewriting("/api", "/base", CLIENT, "http").location(sent)).isEqualTo(seen);
    }

    /** The upstream has another Host than the client, and the paths are the same. */
    @ParameterizedTest
    @CsvSource({
        "/x, /x",
        "/, /",
        "http://in.example/x, https://shop.example/x",
        "http://in.example, https://shop.example/",
        "http://10.0.0.1:8080/x, https://shop.example/x",
        "https://in.example/x, https://shop.example/x",
        "http://shop.example/x, http://shop.example/x",
        "http://shop.example, http://shop.example",
        "http://other.example/x, http://other.example/x",
    })
    void theUpstreamsOriginBecomesTheClients(String sent, String seen) {
        assertThat(rewriting("", "", "in.example", "https").location(sent)).isEqualTo(seen);
    }

    @Test
    void portsAndIpv6AreCompared() {
        Rewriting rewriting =
                new Rewriting("/api", URI.create("http://[::1]:9000"), "[::1]:9000", "http", "[fd00::2]:8080", false);
        assertThat(rewriting.location("http://[::1]:9000/x")).isEqualTo("http://[fd00::2]:8080/api/x");
        assertThat(rewriting.location("http://[::1]/x")).isEqualTo("http://[::1]/x");
        assertThat(rewriting.location("http://[fd00::2]:8080/x")).isEqualTo("http://[fd00::2]:8080/api/x");
        assertThat(rewriting.location("http://[fd00::2]/x")).isEqualTo("http://[fd00::2]/x");
        assertThat(rewriting.cookie("a=b; Domain=[::1]")).isEqualTo("a=b");
    }

    @Test
    void withoutAnAuthorityTheReferenceIsAPath() {
        Rewriting rewriting = new Rewriting("/api", URI.create("http://h:80"), "h", "http", null, false);
        assertThat(rewriting.location("http://h/x")).isEqualTo("/api/x");
        assertThat(rewriting.location("http://h:80//x")).isEqualTo("/api//x");
    }

    @Test
    void relativeReferencesGetTheMountWhereItWasAskedForWithoutASlash() {
        Rewriting rewriting = new Rewriting("/api", URI.create("http://h:80"), CLIENT, "http", CLIENT, true);
        assertThat(rewriting.location("x")).isEqualTo("/api/x");
        assertThat(rewriting.location("?q")).isEqualTo("?q");
        assertThat(rewriting.location("")).isEmpty();
        assertThat(rewriting.location("/x")).isEqualTo("/api/x");
        assertThat(rewriting.location("mailto:x")).isEqualTo("mailto:x");
    }

    @ParameterizedTest
    @CsvSource({
        "5; url=/x, 5; url=/api/x",
        "0;URL=http://shop.example/x, 0;URL=http://shop.example/api/x",
        "'0; url = ''/x''', '0; url = ''/api/x'''",
        "'0; url=\"/x\"', '0; url=\"/api/x\"'",
        "'0; url=\"/x', '0; url=\"/api/x'",
        "'0, url=/x', '0, url=/api/x'",
        "5, 5",
        "5; /x, 5; /x",
        "5; url, 5; url",
        "5; url=, 5; url=",
        "5; url=http://other.example/, 5; url=http://other.example/",
    })
    void refreshesAreRewritten(String sent, String seen) {
        assertThat(rewriting("/api", "", CLIENT, "http").refresh(sent)).isEqualTo(seen);
    }

    @ParameterizedTest
    @CsvSource({
        "'', /api, a=b; Path=/, a=b; Path=/api",
        "'', /api, a=b; Path=/x; Secure, a=b; Path=/api/x; Secure",
        "'', /api, 'a=\"x;Path=/q\"; HttpOnly', 'a=\"x;Path=/api/q\"; HttpOnly'",
        "'', /api, a=Path=/; path=/ , a=Path=/; path=/api",
        "'', /api, a=b;PATH = /x/ ;Secure, a=b;PATH =/api/x/;Secure",
        "'', /api, a=b; Path=/api, a=b; Path=/api",
        "'', /api, a=b; Path=/api/x, a=b; Path=/api/x",
        "'', /api, a=b; Path=/apis, a=b; Path=/api/apis",
        "'', /api, a=b; HttpOnly, a=b; HttpOnly",
        "'', /api, a=b, a=b",
        "'', /api, a=b; Path=, a=b; Path=",
        "'', /api, a=b; Path=x, a=b; Path=x",
        "'', /api, a=b; Path, a=b; Path",
        "'', /api, a=b; Path=/; Path=/y, a=b; Path=/api; Path=/api/y",
        "'', /api, __Host-a=b; Path=/; Secure, __Host-a=b; Path=/; Secure",
        "'', /api, __Secure-a=b; Path=/; Secure, __Secure-a=b; Path=/api; Secure",
        "/base, '', a=b; Path=/base, a=b; Path=/",
        "/base, '', a=b; Path=/base/x, a=b; Path=/x",
        "/base, '', a=b; Path=/, a=b; Path=/",
        "/base, '', a=b; Path=/other, a=b; Path=/other",
        "/base, '', a=b; Path=/bas, a=b; Path=/bas",
        "/base, /api, a=b; Path=/base, a=b; Path=/api",
        "/base, /api, a=b; Path=/base/, a=b; Path=/api",
        "/base, /api, a=b; Path=/base/x, a=b; Path=/api/x",
        "/base, /api, a=b; Path=/, a=b; Path=/api",
        "/a/b, /api, a=b; Path=/a, a=b; Path=/api",
        "/base, /api, a=b; Path=/x, a=b; Path=/x",
        "'', '', a=b; Path=/x, a=b; Path=/x",
        "'', '', a=b; Path=/, a=b; Path=/",
        "'', /api, a=b; Domain=10.0.0.1; Path=/, a=b; Path=/api",
        "'', '', a=b; domain=.IN.example; Secure, a=b; Secure",
        "'', '', a=b; Secure; Domain=in.example, a=b; Secure",
        "'', '', a=b; Domain=shop.example, a=b; Domain=shop.example",
        "'', '', a=b; Domain=example, a=b; Domain=example",
        "'', '', a=b; Domain=x.in.example, a=b; Domain=x.in.example",
    })
    void cookiesBelongToTheClientsSpace(String base, String mount, String sent, String seen) {
        assertThat(rewriting(mount, base, "in.example", "http").cookie(sent)).isEqualTo(seen);
    }

    @Test
    void theDomainOfTheClientsHostStays() {
        assertThat(new Rewriting("/api", URI.create("http://shop.example:81"), CLIENT, "http", CLIENT + ":8080", false)
                        .cookie("a=b; Domain=shop.example"))
                .isEqualTo("a=b; Domain=shop.example");
    }

    @Test
    void whatStaysIsTheSameString() {
        Rewriting rewriting = rewriting("/api", "", CLIENT, "http");
        for (String value : new String[] {"x", "http://other.example/", "5; url=x", "a=b; Secure"}) {
            assertThat(rewriting.location(value)).isSameAs(value);
            assertThat(rewriting.refresh(value)).isSameAs(value);
            assertThat(rewriting.cookie(value)).isSameAs(value);
        }
    }
}
