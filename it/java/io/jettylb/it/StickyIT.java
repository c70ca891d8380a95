package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.KeepAliveClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients stay with the upstream that served them first, until it dies. */
class StickyIT {

    private static final String HOMES = "io.jettylb.it.JettyHome#all";
    private static final String SECRET = "secret = \"a secret of thirty-two characters\"";

    @TempDir
    Path folder;

    private static String conf(String sticky, String... upstreams) {
        return """
                lb {
                  mounts { "/api" { pool = tested }, "/other" { pool = other } }
                  pools {
                    tested { strategy = round-robin, upstreams = [ %1$s ], sticky { %2$s } }
                    other { strategy = random, upstreams = [ %1$s ], sticky { %2$s } }
                  }
                }
                """.formatted(String.join(", ", upstreams), sticky);
    }

    private static Answer get(KeepAliveClient client, String target, String cookie) throws IOException {
        return client.ask(
                "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + "Cookie: theme=dark; " + cookie + "\r\n\r\n");
    }

    private static String cookie(Answer answer) {
        String setCookie = answer.headers().get("set-cookie");
        assertThat(setCookie).matches("LB=[A-Za-z0-9_-]+; Path=/\\w+; HttpOnly; SameSite=Lax");
        return setCookie.substring(0, setCookie.indexOf(';'));
    }

    private static String servedBy(Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        return answer.headers().get("x-served-by");
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void aClientStaysForAHundredRequestsAndIsReboundWhenItsUpstreamDies(JettyHome home) throws Exception {
        Map<String, UpstreamProcess> upstreams = new TreeMap<>();
        try (UpstreamProcess a = UpstreamProcess.start("a");
                UpstreamProcess b = UpstreamProcess.start("b");
                UpstreamProcess c = UpstreamProcess.start("c");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            upstreams.putAll(Stream.of(a, b, c).collect(Collectors.toMap(UpstreamProcess::id, Function.identity())));
            base.lbConf(conf("cookie = LB, " + SECRET, a.configured(), b.configured(), c.configured()));
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                Answer first = client.get("/api/first");
                String bound = servedBy(first);
                String cookie = cookie(first);
                for (int request = 0; request < 100; request++) {
                    Answer next = get(client, "/api/" + request, cookie);
                    assertThat(servedBy(next)).isEqualTo(bound);
                    assertThat(next.headers()).doesNotContainKey("set-cookie");
                    assertThat(servedBy(client.get("/api/new")))
                            .as("new clients are balanced")
                            .isNotNull();
                }

                upstreams.get(bound).kill();
                Answer rebound = get(client, "/api/again", cookie);
                String second = servedBy(rebound);
                assertThat(second).isNotEqualTo(bound);
                String replaced = cookie(rebound);
                for (int request = 0; request < 100; request++) {
                    Answer next = get(client, "/api/" + request, replaced);
                    assertThat(servedBy(next)).isEqualTo(second);
                    assertThat(next.headers()).doesNotContainKey("set-cookie");
                }
            }
            assertThat(base.server().output()).doesNotContain("secret").doesNotContain("Exception:\n");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void forgedTokensAreIgnoredWithoutAWord(JettyHome home) throws Exception {
        try (TestUpstream a = TestUpstream.start("a");
                TestUpstream b = TestUpstream.start("b");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(conf(SECRET, a.configured(), b.configured()));
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                String cookie = cookie(client.get("/api/first"));
                char last = cookie.charAt(cookie.length() - 1);
                String foreign = cookie(client.get("/other/first"));
                Set<String> used = new HashSet<>();
                for (String forged : List.of(
                        cookie.substring(0, cookie.length() - 1) + (last == 'A' ? 'B' : 'A'),
                        cookie.substring(0, cookie.length() - 4),
                        cookie + "AAAA",
                        foreign,
                        "LB=a",
                        "LB=",
                        "LB",
                        "LB=\"",
                        "LB=127.0.0.1:" + a.port(),
                        "LB=" + "A".repeat(6_000))) {
                    Answer answer = get(client, "/api/forged", forged);
                    used.add(servedBy(answer));
                    assertThat(cookie(answer)).as(forged).isNotEqualTo(forged);
                }
                assertThat(used).containsExactlyInAnyOrder("a", "b");
                assertThat(servedBy(get(client, "/api/x", "LB=forged; " + cookie)))
                        .isEqualTo(servedBy(get(client, "/api/x", cookie)));
            }
            assertThat(base.server().output()).doesNotContain("WARN");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void withoutASecretThereIsOneWarningAndARestartForgets(JettyHome home) throws Exception {
        try (TestUpstream a = TestUpstream.start("a");
                TestUpstream b = TestUpstream.start("b");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(conf("", a.configured(), b.configured()));
            base.start();
            String cookie;
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                cookie = cookie(client.get("/api/first"));
                assertThat(get(client, "/api/next", cookie).headers()).doesNotContainKey("set-cookie");
            }
            assertThat(base.server().output())
                    .containsOnlyOnce("WARN")
                    .contains("tested, other: sticky without secret");
            base.close();
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertThat(cookie(get(client, "/api/next", cookie))).isNotEqualTo(cookie);
            }
        }
    }
}
