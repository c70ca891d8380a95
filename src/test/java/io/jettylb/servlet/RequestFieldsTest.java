package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.HostPolicy;
import io.jettylb.config.LbConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an upstream gets of a client's fields, and what it is told by us (traps J5, J10, J31). */
class RequestFieldsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @Test
    void fieldsPassAsTheyAre() throws Exception {
        String[] fields = {
            "Accept: text/html;q=0.8, */*",
            "X-Json: {\"a\": [1, \"b\"]}",
            "Cookie: a=\"x y\"; b=; c=d=e",
            "X-Empty:",
            "X-Repeated: 2",
            "X-Repeated: 1",
            "X-Unbalanced: \"open",
            "Authorization: Bearer AbC",
            "x-lower: Value",
            "X-Latin: caf\u00e9",
        };
        assertThat(headOf("GET", fields).split(" *\r\n")).containsSubsequence(fields);
    }

    @Test
    void fieldsOfTheHopStayBehind() throws Exception {
        String head = headOf(
                "GET", "Connection: X-Hop, close", "X-Hop: 1", "Keep-Alive: 5", "TE: gzip", "Proxy: evil", "X-End: 1");
        assertThat(head).contains("X-End: 1").doesNotContain("X-Hop", "Keep-Alive", "TE:", "close", "evil");
    }

    @Test
    void nominatingAFieldThatIsNotTheHopsDoesNotRemoveIt() throws Exception {
        String head = headOf("GET", "Connection: Host, Cookie, Authorization", "Cookie: a=b", "Authorization: x");
        assertThat(head).contains("Host: client.example", "Cookie: a=b", "Authorization: x");
    }

    @Test
    void theClientIsNamedInBothFamiliesAndCannotNameItself() throws Exception {
        String head = headOf(
                "GET",
                "Host: shop.example:8443",
                "X-Forwarded-For: 6.6.6.6",
                "x-forwarded-proto: gopher",
                "X-Forwarded-Host: evil.example",
                "X-Forwarded-Prefix: /evil",
                "X_Forwarded_For: evil",
                "X-Forwarded-Anything: evil",
                "Forwarded: for=6.6.6.6;host=evil.example");
        assertThat(head)
                .contains(
                        "X-Forwarded-For: 127.0.0.1\r\n",
                        "X-Forwarded-Proto: http\r\n",
                        "X-Forwarded-Host: shop.example:8443\r\n",
                        "X-Forwarded-Port: 8443\r\n",
                        "Forwarded: for=127.0.0.1;proto=http;host=\"shop.example:8443\"\r\n",
                        "Host: shop.example:8443\r\n")
                .doesNotContain("6.6.6.6", "evil", "gopher");
    }

    @Test
    void forwardingFieldsCanBeSwitchedOffAndAreStillDropped() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            PoolConfig pool = Configs.pool(List.of(upstream.uri()));
            LbConfig config = new LbConfig(
                    List.of(Configs.mount("/", false)), Map.of("p", pool), new ForwardedConfig(false, false));
            try (BalancedServer server = new BalancedServer(config)) {
                RawClient.get(server.port(), "/", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6");
                assertThat(upstream.heads().get(0)).doesNotContainIgnoringCase("forwarded");
            }
        }
    }

    @Test
    void theHostIsWhatThePolicySays() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK)) {
            assertThat(hostSent(upstream, new HostPolicy(HostPolicy.Kind.CLIENT, null)))
                    .isEqualTo("Host: client.example");
            assertThat(hostSent(upstream, new HostPolicy(HostPolicy.Kind.UPSTREAM, null)))
                    .isEqualTo("Host: 127.0.0.1:" + upstream.port());
            assertThat(hostSent(upstream, new HostPolicy(HostPolicy.Kind.NAME, "a.example:81")))
                    .isEqualTo("Host: a.example:81");
        }
    }

    @Test
    void aContentLengthOfZeroIsPassedOn() throws Exception {
        assertThat(headOf("POST", "Content-Length: 0"))
                .contains("Content-Length: 0")
                .doesNotContain("Content-Type");
        assertThat(headOf("GET")).doesNotContain("Content-Length", "Transfer-Encoding");
    }

    @Test
    void valuesThatDifferInCaseOnlyAreNotMixedUpBetweenRequests() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            for (String token : List.of("AbC", "aBC", "ABC", "abc")) {
                client.send("GET", "/", "Authorization: Bearer " + token, "Cookie: id=" + token);
                assertThat(client.read().status()).isEqualTo(200);
                assertThat(upstream.heads().get(upstream.heads().size() - 1))
                        .contains("Authorization: Bearer " + token + "\r\n", "Cookie: id=" + token + "\r\n");
            }
        }
    }

    @Test
    void unclearFramingIsRefused() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            assertThat(answerTo(
                            server, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"))
                    .startsWith("HTTP/1.1 501")
                    .contains("Connection: close");
            assertThat(answerTo(server, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
                    .startsWith("HTTP/1.1 400");
            assertThat(answerTo(server, "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .startsWith("HTTP/1.1 400");
            assertThat(answerTo(server, "GET /?q=caf\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .startsWith("HTTP/1.1 400");
            assertThat(answerTo(server, "TRACE / HTTP/1.1\r\nHost: a\r\nCookie: a\r\n\r\n"))
                    .startsWith("HTTP/1.1 405")
                    .contains("Allow: GET, HEAD, ");
            assertThat(upstream.heads()).isEmpty();
        }
    }

    private static String answerTo(BalancedServer server, String request) throws Exception {
        try (RawClient client = new RawClient(server.port())) {
            client.send(request);
            return client.readHead();
        }
    }

    @Test
    void methodsAreCaseSensitive() throws Exception {
        assertThat(headOf("Patch")).startsWith("Patch / HTTP/1.1\r\n");
        assertThat(headOf("PROPFIND")).startsWith("PROPFIND / HTTP/1.1\r\n");
    }

    private static String hostSent(RawUpstream upstream, HostPolicy policy) throws Exception {
        PoolConfig pool = Configs.pool(List.of(upstream.uri()), "round-robin", policy, Configs.TIMEOUTS);
        try (BalancedServer server = new BalancedServer(pool)) {
            RawClient.get(server.port(), "/");
            String head = upstream.heads().get(upstream.heads().size() - 1);
            return head.split("\r\n")[1];
        }
    }

    private static String headOf(String method, String... fields) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            assertThat(RawClient.once(server.port(), method, "/", fields).status())
                    .isEqualTo(200);
            return upstream.heads().get(0);
        }
    }
}
