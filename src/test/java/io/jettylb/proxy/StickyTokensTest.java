package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.StickyConfig;
import io.jettylb.config.StickyConfig.Fallback;
import io.jettylb.testing.Configs;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sticky token says, for how long, and that nobody else can write one. */
class StickyTokensTest {

    private static final Duration OFF = Duration.ZERO;
    private static final byte[] KEY = "a secret of some length".getBytes(StandardCharsets.UTF_8);

    private long millis = 1_800_000_000_000L;

    private static PoolConfig pool(String name, Duration maxIdle, Duration maxLife) {
        PoolConfig pool = Configs.pool(IntStream.range(0, 3)
                .mapToObj(i -> URI.create("http://127.0.0.1:" + (9000 + i)))
                .toList());
        StickyConfig sticky = new StickyConfig("LB", "x", maxIdle, maxLife, Fallback.REBALANCE);
        return Configs.sticky(Configs.named(name, pool), sticky);
    }

    private StickyTokens tokens(Duration maxIdle, Duration maxLife) {
        return tokens("p", maxIdle, maxLife, KEY);
    }

    private StickyTokens tokens(String pool, Duration maxIdle, Duration maxLife, byte[] key) {
        PoolConfig config = pool(pool, maxIdle, maxLife);
        return new StickyTokens(config, config.upstreams(), key, () -> millis);
    }

    private void pass(Duration time) {
        millis += time.toMillis();
    }

    private static byte[] bytes(String token) {
        return Base64.getUrlDecoder().decode(token);
    }

    private static String text(byte[] token) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    @Test
    void aTokenNamesItsUpstream() {
        StickyTokens tokens = tokens(OFF, OFF);
        for (String id : List.of("u0", "u1", "u2")) {
            String token = tokens.issue(id);
            assertThat(token).hasSize(StickyTokens.LENGTH).matches("[A-Za-z0-9_-]+");
            assertThat(tokens.read(token).upstreamId()).isEqualTo(id);
            assertThat(tokens.read(token).renew()).isFalse();
        }
    }

    @Test
    void aTokenTellsNothingAboutItsUpstream() {
        String content = new String(bytes(tokens(OFF, OFF).issue("u1")), StandardCharsets.ISO_8859_1);
        assertThat(content).doesNotContain("u1", "127", "9001");
        String other = new String(bytes(tokens("p", OFF, OFF, new byte[32]).issue("u1")), StandardCharsets.ISO_8859_1);
        assertThat(content.substring(1, 17))
                .as("without the key nobody can say which it is")
                .isNotEqualTo(other.substring(1, 17));
    }

    @Test
    void otherServersAndLaterStartsUnderstandIt() {
        String token = tokens(OFF, OFF).issue("u2");
        assertThat(tokens(OFF, OFF).read(token).upstreamId()).isEqualTo("u2");
    }

    @Test
    void everyBitCounts() {
        StickyTokens tokens = tokens(OFF, OFF);
        byte[] token = bytes(tokens.issue("u1"));
        for (int bit = 0; bit < token.length * 8; bit++) {
            byte[] forged = token.clone();
            forged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(tokens.read(text(forged))).as("bit %d", bit).isNull();
        }
    }

    @Test
    void everyCharacterCounts() {
        StickyTokens tokens = tokens(OFF, OFF);
        String token = tokens.issue("u1");
        for (int i = 0; i < token.length(); i++) {
            for (char other : "AQgw_-9=+/ \"é".toCharArray()) {
                if (other != token.charAt(i)) {
                    String forged = token.substring(0, i) + other + token.substring(i + 1);
                    assertThat(tokens.read(forged)).as(forged).isNull();
                }
            }
        }
    }

    @Test
    void anyOtherLengthIsNone() {
        StickyTokens tokens = tokens(OFF, OFF);
        String token = tokens.issue("u1");
        for (int length = 0; length < token.length(); length++) {
            assertThat(tokens.read(token.substring(0, length))).isNull();
        }
        assertThat(tokens.read(token + "A")).isNull();
        assertThat(tokens.read(token + "====")).isNull();
        assertThat(tokens.read(token.repeat(10_000))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "u1", "....", "%00", "null", "-1", "\u0000\u0000", "b2.c2lnbmF0dXJl"})
    void whatIsNoTokenIsNone(String text) {
        assertThat(tokens(OFF, OFF).read(text)).isNull();
    }

    @Test
    void anotherKeyAnotherPoolAnotherVersionIsNone() {
        String token = tokens(OFF, OFF).issue("u1");
        assertThat(tokens("p", OFF, OFF, new byte[32]).read(token)).isNull();
        assertThat(tokens("q", OFF, OFF, KEY).read(token)).isNull();
        byte[] later = bytes(token);
        later[0]++;
        assertThat(tokens(OFF, OFF).read(text(later))).isNull();
    }

    @Test
    void aPartOfOneTokenDoesNotFitAnother() {
        StickyTokens tokens = tokens(OFF, OFF);
        byte[] one = bytes(tokens.issue("u1"));
        byte[] two = bytes(tokens.issue("u2"));
        System.arraycopy(one, 1, two, 1, 16);
        assertThat(tokens.read(text(two))).isNull();
    }

    @Test
    void anUpstreamThatIsNoMoreIsNone() {
        PoolConfig more = Configs.sticky(
                Configs.pool(IntStream.range(0, 5)
                        .mapToObj(i -> URI.create("http://127.0.0.1:" + (9000 + i)))
                        .toList()),
                pool("p", OFF, OFF).sticky());
        String token = new StickyTokens(more, more.upstreams(), KEY, () -> millis).issue("u4");
        assertThat(tokens(OFF, OFF).read(token)).isNull();
    }

    @Test
    void withoutLimitsTimeDoesNotMatter() {
        StickyTokens tokens = tokens(OFF, OFF);
        String token = tokens.issue("u1");
        pass(Duration.ofDays(3_000));
        assertThat(tokens.read(token).renew()).isFalse();
        pass(Duration.ofDays(-9_000));
        assertThat(tokens.read(token)).isNotNull();
    }

    @Test
    void anUnusedTokenIsForgottenAndAUsedOneRenewed() {
        StickyTokens tokens = tokens(Duration.ofSeconds(80), OFF);
        String token = tokens.issue("u1");
        pass(Duration.ofSeconds(10));
        assertThat(tokens.read(token).renew()).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(tokens.read(token).renew()).isTrue();
        pass(Duration.ofSeconds(69));
        StickyTokens.Binding binding = tokens.read(token);
        assertThat(binding.renew()).isTrue();
        String renewed = tokens.issue("u1", binding.assigned());
        pass(Duration.ofSeconds(1));
        assertThat(tokens.read(token)).isNull();
        assertThat(tokens.read(renewed).assigned()).isEqualTo(binding.assigned());
        pass(Duration.ofSeconds(80));
        assertThat(tokens.read(renewed)).isNull();
    }

    @Test
    void noUseProlongsItsLife() {
        StickyTokens tokens = tokens(Duration.ofSeconds(80), Duration.ofSeconds(100));
        String token = tokens.issue("u1");
        for (int i = 0; i < 4; i++) {
            pass(Duration.ofSeconds(25));
            token = tokens.issue("u1", tokens.read(token).assigned());
        }
        pass(Duration.ofSeconds(1));
        assertThat(tokens.read(token)).isNull();
    }

    @Test
    void aPartOfASecondIsNotNothing() {
        StickyTokens tokens = tokens(Duration.ofMillis(1), OFF);
        String token = tokens.issue("u1");
        assertThat(tokens.read(token)).isNotNull();
        pass(Duration.ofSeconds(2));
        assertThat(tokens.read(token)).isNull();
    }

    @Test
    void clocksMayDifferButNotByDays() {
        StickyTokens tokens = tokens(Duration.ofMinutes(5), OFF);
        String token = tokens.issue("u1");
        pass(Duration.ofHours(-24));
        assertThat(tokens.read(token).renew()).isFalse();
        pass(Duration.ofSeconds(-1));
        assertThat(tokens.read(token)).isNull();
    }

    @Test
    void timesOfTheNextCenturyAreTold() {
        millis = 4_200_000_000_000L;
        StickyTokens tokens = tokens(Duration.ofMinutes(5), Duration.ofHours(1));
        assertThat(tokens.read(tokens.issue("u1")).assigned()).isEqualTo(4_200_000_000L);
    }

    @Test
    void namesThatRunTogetherStayApart() {
        Set<String> hashes = new HashSet<>();
        for (String pool : List.of("p", "pu", "p\u0000", "pu0")) {
            byte[] token = bytes(tokens(pool, OFF, OFF, KEY).issue("u0"));
            hashes.add(text(java.util.Arrays.copyOfRange(token, 1, 17)));
        }
        assertThat(hashes).hasSize(4);
    }
}
