package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.AddressRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken from the fields of a trusted proxy (traps F12, J5). */
class ForwardedReadingTest {

    private static final List<AddressRange> TRUSTED = List.of(AddressRange.parse("10.0.0.0/8"));

    private static ForwardedAccount x(String... lines) {
        return XForwardedReading.read(fields(lines), TRUSTED);
    }

    private static ForwardedAccount rfc(String... values) {
        HttpFields.Mutable fields = HttpFields.build();
        for (String value : values) {
            fields.add("Forwarded", value);
        }
        return Rfc7239Reading.read(fields, TRUSTED);
    }

    private static HttpFields fields(String... lines) {
        HttpFields.Mutable fields = HttpFields.build();
        for (String line : lines) {
            int colon = line.indexOf(':');
            fields.add(line.substring(0, colon), line.substring(colon + 1).trim());
        }
        return fields;
    }

    private static String nodes(ForwardedAccount account) {
        return account.nodes().stream().map(ForwardedNode::forXForwarded).collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1, 192.0.2.1",
        "192.0.2.1:80, 192.0.2.1, '\"192.0.2.1:80\"'",
        "2001:db8::1, 2001:db8::1, '\"[2001:db8::1]\"'",
        "[2001:db8::1], 2001:db8::1, '\"[2001:db8::1]\"'",
        "[2001:db8::1]:4711, 2001:db8::1, '\"[2001:db8::1]:4711\"'",
        "[2001:db8::1]:_p, 2001:db8::1, '\"[2001:db8::1]:_p\"'",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1, '\"[::ffff:192.0.2.1]\"'",
        "unknown, unknown, unknown",
        "UNKNOWN, unknown, unknown",
        "_hidden.1-x, unknown, _hidden.1-x",
    })
    void aNodeIsAnAddressOrHidden(String text, String forXForwarded, String forRfc7239) {
        ForwardedNode node = ForwardedNode.parse(text);
        StringBuilder value = new StringBuilder();
        node.appendTo(value);
        assertThat(node.forXForwarded()).isEqualTo(forXForwarded);
        assertThat(value).hasToString(forRfc7239);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "_",
                "_a b",
                "192.0.2",
                "192.0.2.256",
                "192.0.2.1:",
                "192.0.2.1:123456",
                "192.0.2.1:http",
                "[192.0.2.1]",
                "[2001:db8::1",
                "[2001:db8::1]x",
                "[2001:db8::1]:",
                "[]",
                "[",
                ":",
                "fe80::1%eth0",
                "a.example",
                "192.0.2.1\"",
                "<script>",
                "1:2:3:4:5:6:7:8:9",
                "_0123456789012345678901234567890123456789012345678901234567890123456789"
            })
    void everythingElseIsNoNode(String text) {
        assertThat(ForwardedNode.parse(text)).isNull();
    }

    @Test
    void theListOverAllFieldsCounts() {
        assertThat(nodes(x("X-Forwarded-For: 192.0.2.1, 192.0.2.2", "x-forwarded-for: ,10.0.0.1,, ")))
                .isEqualTo("192.0.2.1 192.0.2.2 10.0.0.1");
        assertThat(nodes(rfc("for=192.0.2.1, for=192.0.2.2;proto=http", "for=10.0.0.1")))
                .isEqualTo("192.0.2.1 192.0.2.2 10.0.0.1");
        assertThat(x().present()).isFalse();
        assertThat(x("X-Forwarded-For:  , ").present()).isFalse();
        assertThat(rfc().present()).isFalse();
        assertThat(rfc("", " , ").present()).isFalse();
    }

    @Test
    void whatCannotBeReadAndAllBeforeItIsUnknown() {
        assertThat(nodes(x("X-Forwarded-For: 192.0.2.1, evil, 192.0.2.2, 10.0.0.1")))
                .isEqualTo("unknown 192.0.2.2 10.0.0.1");
        assertThat(nodes(x("X-Forwarded-For: <script>"))).isEqualTo("unknown");
        assertThat(nodes(rfc("for=192.0.2.1", "for=\"192.0.2.2", "for=192.0.2.3")))
                .isEqualTo("unknown 192.0.2.3");
        assertThat(rfc("for=192.0.2.1", "for=\"192.0.2.2", "for=192.0.2.3;by=_me")
                        .text())
                .isEqualTo("for=unknown, for=192.0.2.3;by=_me");
        assertThat(rfc("for=\"open, for=10.0.0.1").text()).isEqualTo("for=unknown");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for",
                "for=",
                "=x",
                "for=192.0.2.1;",
                "for=192.0.2.1;;proto=http",
                "for=192.0.2.1 for=192.0.2.2",
                "for=192.0.2.1;for=192.0.2.2",
                "for=192.0.2.1;proto=http;Proto=https",
                "for=192.0.2.1;host=a;host=b",
                "for=\"192.0.2.1",
                "for=\"192.0.2.1\\",
                "for=\"192.0.2.1\"x",
                "for = 192.0.2.1",
                "for=192.0.2.1;host=\"a b\"",
                "for=192.0.2.1;host=\"a\\\"b\"",
                "for=192.0.2.1;proto=\"ht tp\"",
                "for=192.0.2.1;proto=1http",
                "for=evil",
                "for=\"<script>\"",
                "192.0.2.1",
                "for=192.0.2.1 \u00e9",
                "\""
            })
    void aMalformedLineIsUnknownAsAWhole(String line) {
        ForwardedAccount account = rfc(line);
        assertThat(account.text()).isEqualTo("for=unknown");
        assertThat(nodes(account)).isEqualTo("unknown");
        assertThat(account.proto()).isNull();
        assertThat(account.host()).isNull();
    }

    @Test
    void wellFormedLinesStayAsTheyAre() {
        String line = "For=\"[2001:db8::1]:4711\" ; Proto=HTTPS;by=\"_x\\\"y\";secret=a-b , for=10.0.0.1";
        ForwardedAccount account = rfc(line);
        assertThat(account.text()).isEqualTo(line);
        assertThat(account.proto()).isEqualTo("https");
        assertThat(rfc("for=2001:db8::1").text()).isEqualTo("for=2001:db8::1");
    }

    @Test
    void theClientIsTheNearestOneThatIsNotTrusted() {
        assertThat(x("X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.2, 10.0.0.1").client())
                .isEqualTo(1);
        assertThat(x("X-Forwarded-For: 10.0.0.2, 10.0.0.1").client()).isZero();
        assertThat(x("X-Forwarded-For: 10.0.0.2, unknown, 10.0.0.1").client()).isEqualTo(1);
        ForwardedAccount account =
                rfc("for=6.6.6.6;proto=gopher;host=evil, for=192.0.2.1;proto=https;host=shop.example,"
                        + " for=10.0.0.2;proto=http;host=inner");
        assertThat(account.client()).isEqualTo(1);
        assertThat(account.proto()).isEqualTo("https");
        assertThat(account.host()).isEqualTo("shop.example");
    }

    @Test
    void whatEachProxyAppendsBelongsToItsClient() {
        String[] chain = {
            "X-Forwarded-For: 192.0.2.1, 10.0.0.2", "X-Forwarded-Proto: https, http", "X-Forwarded-Host: a, b"
        };
        assertThat(x(chain).proto()).isEqualTo("https");
        assertThat(x(chain).host()).isEqualTo("a");
        assertThat(x("X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.2", "X-Forwarded-Proto: evil, https")
                        .proto())
                .isEqualTo("https");
        assertThat(x("X-Forwarded-Proto: HTTPS", "X-Forwarded-Port: 443").proto())
                .isEqualTo("https");
        assertThat(x("X-Forwarded-Proto: a b", "X-Forwarded-Host: \"a", "X-Forwarded-Port: 70000"))
                .isEqualTo(new ForwardedAccount(false, "", List.of(), -1, null, null, null));
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example, true",
        "shop.example:8443, true",
        "shop.example:, true",
        "[2001:db8::1], true",
        "[2001:db8::1]:80, true",
        "127.0.0.1:1, true",
        ":80, false",
        "a:b, false",
        "a:1:2, false",
        "a:123456, false",
        "[x], false",
        "[127.0.0.1], false",
        "[::1, false",
        "::1, false",
        "a/b, false",
        "a@b, false",
        "'a b', false",
        "'a\"b', false",
        "'', false",
    })
    void aHostHasNothingButAPortBehindIt(String host, boolean good) {
        assertThat(ForwardedAccount.isHost(host)).isEqualTo(good);
    }

    @Test
    void longListsAreCut() {
        String addresses =
                IntStream.rangeClosed(1, 100).mapToObj(i -> "192.0.2." + i).collect(Collectors.joining(","));
        ForwardedAccount account = x("X-Forwarded-For: " + addresses);
        assertThat(account.nodes()).hasSize(ForwardedAccount.MAX_NODES + 1);
        assertThat(account.text()).startsWith("unknown, 192.0.2.69, ").endsWith("192.0.2.100");
        List<String> lines = new ArrayList<>();
        IntStream.rangeClosed(1, 100).forEach(i -> lines.add("for=192.0.2." + i));
        ForwardedAccount rfc = rfc(lines.toArray(String[]::new));
        assertThat(rfc.nodes()).hasSize(ForwardedAccount.MAX_NODES + 1);
        assertThat(rfc.text()).startsWith("for=unknown, for=192.0.2.69, ").endsWith("for=192.0.2.100");
        assertThat(rfc("for=192.0.2.1;x=" + "y".repeat(5000), "for=192.0.2.2").text())
                .isEqualTo("for=unknown, for=192.0.2.2");
    }

    @Test
    void noInputBreaksTheReading() {
        Random random = new Random(1);
        String alphabet = "for=proto;host,\"\\[]:._ \t0129a\u00e9";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder value = new StringBuilder();
            for (int length = random.nextInt(24); length > 0; length--) {
                value.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String text = value.toString();
            ForwardedAccount account = rfc(text, "for=192.0.2.1");
            assertThat(account.text()).endsWith("for=192.0.2.1");
            assertThat(nodes(account)).endsWith("192.0.2.1");
            assertThat(nodes(x("X-Forwarded-For: " + text, "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: " + text)))
                    .endsWith("192.0.2.1");
        }
    }
}
