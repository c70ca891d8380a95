package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.StickyConfig.Fallback;
import io.jettylb.pool.Lease;
import io.jettylb.pool.Outcome;
import io.jettylb.pool.Pool;
import io.jettylb.pool.Selection;
import io.jettylb.testing.Configs;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Context;
import org.eclipse.jetty.server.Request;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which cookie counts, and when one is set. */
class StickySessionTest {

    private static final int UPSTREAMS = 20;

    private long millis = 1_800_000_000_000L;
    private String contextPath = "/shop";
    private boolean secure;
    private PoolConfig config;
    private StickyTokens tokens;

    @BeforeEach
    void createTokens() {
        config = Configs.sticky(
                Configs.pool(IntStream.range(0, UPSTREAMS)
                        .mapToObj(i -> URI.create("http://127.0.0.1:" + (9000 + i)))
                        .toList()),
                new StickyConfig("LB", "x", Duration.ofSeconds(80), Duration.ofSeconds(800), Fallback.REBALANCE));
        tokens = new StickyTokens(config, config.upstreams(), new byte[] {1, 2, 3}, () -> millis);
    }

    private String token(int upstream) {
        return tokens.issue("u" + upstream);
    }

    /** A session over requests with these Cookie fields. */
    private StickySession session(String... cookies) {
        HttpFields.Mutable fields = HttpFields.build();
        for (String cookie : cookies) {
            fields.add(HttpHeader.COOKIE, cookie);
        }
        Context context = fake(Context.class, method -> contextPath);
        return new StickySession(fake(Request.class, method -> switch (method) {
            case "getHeaders" -> fields;
            case "isSecure" -> secure;
            case "getContext" -> context;
            default -> throw new AssertionError(method + " is not needed");
        }));
    }

    private interface Answers {
        Object answer(String method);
    }

    private static <T> T fake(Class<T> type, Answers answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.answer(method.getName())));
    }

    /** The upstream that a pool gives to the session's request; unbound, it is the next in turn. */
    private String served(StickySession session) {
        SplittableRandom random = new SplittableRandom(1);
        Pool pool = new Pool(config, Strategies.installed().create(config.strategy(), () -> random, () -> 0), () -> 0);
        Selection selection = new Selection(0);
        session.bind(tokens, selection);
        Lease lease = pool.acquire(selection);
        lease.complete(Outcome.SUCCESS, null);
        return lease.upstream().id();
    }

    private HttpField assigned(StickySession session, int upstream, String... setCookies) {
        session.bind(tokens, new Selection(0));
        HttpFields.Mutable fields = HttpFields.build();
        for (String setCookie : setCookies) {
            fields.add(HttpHeader.SET_COOKIE, setCookie);
        }
        return session.assigned(config.upstreams().get(upstream), fields);
    }

    private static String tokenOf(HttpField field) {
        return field.getValue().substring("LB=".length(), "LB=".length() + StickyTokens.LENGTH);
    }

    @Test
    void theCookieIsFoundAmongOthers() {
        int unbound = Integer.parseInt(served(session()).substring(1));
        int bound = (unbound + 7) % UPSTREAMS;
        String cookie = "LB=" + token(bound);
        for (List<String> cookies : List.of(
                List.of(cookie),
                List.of("a=1; " + cookie + "; b=2"),
                List.of("a=1;" + cookie),
                List.of("a=1; b=2", cookie),
                List.of("a=1", "b=2", cookie, "c=3"),
                List.of("LB=\"" + token(bound) + "\""),
                List.of("LB=forged; " + cookie),
                List.of("LB=forged", cookie),
                List.of(cookie + "; LB=" + token(unbound)),
                List.of("broken=\"; \u0000;=;;;==; " + cookie),
                List.of(";;  " + cookie + "  ;;"))) {
            assertThat(served(session(cookies.toArray(String[]::new))))
                    .as("%s", cookies)
                    .isEqualTo("u" + bound);
        }
    }

    @Test
    void anyOtherCookieIsAsGoodAsNone() {
        String unbound = served(session());
        String token = token((Integer.parseInt(unbound.substring(1)) + 7) % UPSTREAMS);
        for (String cookies : List.of(
                "",
                "LB",
                "LB=",
                "LB=\"",
                "LB=\"\"",
                "lb=" + token,
                "XLB=" + token,
                "LBX=" + token,
                "LB =" + token,
                "LB= " + token,
                "LB=" + token + token,
                "LB=" + token.toLowerCase(java.util.Locale.ROOT),
                "LB=" + "x".repeat(8_000))) {
            assertThat(served(session(cookies))).as(cookies).isEqualTo(unbound);
        }
    }

    @Test
    void onlySoManyForgedOnesAreTried() {
        String unbound = served(session());
        String token = token((Integer.parseInt(unbound.substring(1)) + 7) % UPSTREAMS);
        assertThat(served(session("LB=x; ".repeat(7) + "LB=" + token))).isNotEqualTo(unbound);
        assertThat(served(session("LB=x; ".repeat(8) + "LB=" + token))).isEqualTo(unbound);
    }

    @Test
    void theCookieIsSetWhenTheUpstreamChanges() {
        assertThat(assigned(session(), 3).getValue())
                .isEqualTo("LB=" + token(3) + "; Path=/shop; HttpOnly; SameSite=Lax");
        assertThat(assigned(session("LB=" + token(4)), 3).getValue()).startsWith("LB=" + token(3) + ";");
        assertThat(assigned(session("LB=" + token(3)), 3)).isNull();
    }

    @Test
    void itIsSecureWhereTheRequestIs() {
        secure = true;
        assertThat(assigned(session(), 3).getValue()).endsWith("; HttpOnly; SameSite=Lax; Secure");
    }

    @ParameterizedTest
    @CsvSource({"/,/", "/a,/a", "/a/b,/a/b", "/a b,/a%20b", "/a;b,/a%3Bb", "/\u00e9,/%C3%A9"})
    void itsPathIsTheMountsAsClientsWriteIt(String mount, String path) {
        contextPath = mount;
        assertThat(assigned(session(), 3).getValue()).contains("; Path=" + path + "; ");
    }

    @Test
    void outsideOfAContextThePathIsTheRoot() {
        contextPath = null;
        assertThat(assigned(session(), 3).getValue()).contains("; Path=/; ");
    }

    @Test
    void aCookieInUseIsRenewedNowAndThen() {
        String cookie = "LB=" + token(3);
        long start = millis;
        millis = start + 10_000;
        assertThat(assigned(session(cookie), 3)).isNull();
        millis = start + 11_000;
        String renewed = tokenOf(assigned(session(cookie), 3));
        millis = start + 91_000;
        assertThat(tokens.read(renewed).assigned()).isEqualTo(start / 1000);
        assertThat(assigned(session(cookie), 3)).as("not used for too long").isNotNull();
    }

    @Test
    void anotherUpstreamBeginsAnotherLife() {
        String cookie = "LB=" + token(3);
        millis += 20_000;
        assertThat(tokens.read(tokenOf(assigned(session(cookie), 4))).assigned())
                .isEqualTo(millis / 1000);
    }

    @Test
    void aCookieThatTheUpstreamWouldOverwriteIsSetAgain() {
        String cookie = "LB=" + token(3);
        assertThat(assigned(session(cookie), 3, "a=LB=1", "LBX=1; LB=2")).isNull();
        assertThat(assigned(session(cookie), 3, "a=1", "LB=mine; Path=/").getValue())
                .startsWith(cookie + ";");
    }
}
