package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.proxy.LoadBalancer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.CustomRequestLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The id of a request, and the name of this hop (trap J36). */
class HopIdentityTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static LbConfig config(PoolConfig pool, String requestId, String via) {
        ForwardedConfig forwarded =
                new ForwardedConfig(true, true, List.of(), ForwardedConfig.Family.X_FORWARDED, requestId, via);
        return new LbConfig(List.of(Configs.mount("/", false)), Map.of(pool.name(), pool), forwarded);
    }

    private static String headOf(String... fields) throws Exception {
        return headWith("X-Request-ID", "lb", fields);
    }

    private static String headWith(String requestId, String via, String... fields) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server =
                        new BalancedServer(config(Configs.pool(List.of(upstream.uri())), requestId, via))) {
            assertThat(RawClient.get(server.port(), "/", fields).status()).isEqualTo(200);
            return upstream.heads().get(0);
        }
    }

    @Test
    void aRequestWithoutIdGetsOne() throws Exception {
        String pattern = "(?s).*\r\nX-Request-ID: [0-9a-f]{32}\r\n.*";
        String first = headOf();
        String second = headOf();
        assertThat(first).matches(pattern).containsOnlyOnce("X-Request-ID");
        assertThat(second).matches(pattern);
        assertThat(first.substring(first.indexOf("X-Request-ID: "), first.indexOf("X-Request-ID: ") + 46))
                .isNotIn(second);
        assertThat(headWith("X-Trace", "lb")).containsPattern("\r\nX-Trace: [0-9a-f]{32}\r\n");
        assertThat(headWith(null, "lb")).doesNotContain("X-Request-ID");
        assertThat(headWith(null, "lb", "X-Request-ID: any thing")).contains("X-Request-ID: any thing\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f058ebd6-02f7-4d3f-942e-904344e8cde5",
                "Root=1-67891233-abcdef012345678912345678",
                "a",
                "A/b+c=~_.:@"
            })
    void aHarmlessIdIsKept(String id) throws Exception {
        assertThat(headOf("x-request-id: " + id)).containsOnlyOnce("x-request-id: " + id + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\"b", "<script>", "a;b", "a,b", "caf\u00e9", "%0d%0a"})
    void anotherOneIsReplaced(String id) throws Exception {
        assertThat(headOf("X-Request-ID: " + id)).containsPattern("\r\nX-Request-ID: [0-9a-f]{32}\r\n");
        assertThat(headOf("X-Request-ID: " + "a".repeat(129))).containsPattern("\r\nX-Request-ID: [0-9a-f]{32}\r\n");
        assertThat(headOf("X-Request-ID: a", "X-Request-ID: b"))
                .containsOnlyOnce("X-Request-ID")
                .containsPattern("\r\nX-Request-ID: [0-9a-f]{32}\r\n");
    }

    @Test
    void allAttemptsAndTheRequestLogHaveTheSameId() throws Exception {
        List<String> heads = new ArrayList<>();
        BlockingQueue<String> log = new LinkedBlockingQueue<>();
        try (RawUpstream dying = new RawUpstream(exchange -> {
                    heads.add(exchange.head());
                    return false;
                });
                RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(config(
                        Configs.pool(List.of(dying.uri(), dying.uri(), upstream.uri())), "X-Request-ID", "lb"))) {
            server.server()
                    .setRequestLog(new CustomRequestLog(log::add, "%{" + LoadBalancer.REQUEST_ID_ATTRIBUTE + "}attr"));
            for (int i = 0; i < 3; i++) {
                RawClient.get(server.port(), "/");
                String id = log.poll(10, TimeUnit.SECONDS);
                assertThat(id).matches("[0-9a-f]{32}");
                heads.addAll(upstream.heads().subList(i, i + 1));
                assertThat(heads)
                        .isNotEmpty()
                        .allSatisfy(head -> assertThat(head).contains("X-Request-ID: " + id));
                heads.clear();
            }
        }
    }

    @Test
    void theHopIsNamedBehindTheOthers() throws Exception {
        assertThat(headOf()).containsOnlyOnce("Via:").contains("Via: 1.1 lb\r\n");
        assertThat(headOf("Via: 1.0 fred", "via: 1.1 p.example (x, y)"))
                .containsOnlyOnce("Via:")
                .contains("Via: 1.0 fred, 1.1 p.example (x, y), 1.1 lb\r\n");
        assertThat(headWith(null, "edge-1")).contains("Via: 1.1 edge-1\r\n");
        assertThat(headWith(null, null)).doesNotContain("Via:");
        assertThat(headWith(null, null, "Via: 1.0 fred")).contains("Via: 1.0 fred\r\n");
    }

    @Test
    void aRequestOfHttp10SaysSo() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())));
                RawClient client = new RawClient(server.port())) {
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readHead()).contains(" 200 OK");
            assertThat(upstream.heads().get(0)).contains("Via: 1.0 lb\r\n");
        }
    }

    @Test
    void responsesNameTheHopToo() throws Exception {
        for (String version : List.of("1.0", "1.1")) {
            try (RawUpstream upstream = RawUpstream.always(
                            "HTTP/" + version + " 200 OK\r\nVia: 1.1 origin\r\nContent-Length: 0\r\n\r\n");
                    BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
                assertThat(RawClient.get(server.port(), "/").head().split("\r\n"))
                        .containsSubsequence("Via: 1.1 origin", "Via: " + version + " lb");
            }
        }
    }

    @Test
    void aLoopEndsWithTheChosenNameAtOnceAndWithTheCommonOneSoon() throws Exception {
        int[] rounds = {1, 8};
        String[] names = {"edge-1", "lb"};
        for (int i = 0; i < names.length; i++) {
            // A port that only the server itself listens on.
            BlockingQueue<Integer> port = new LinkedBlockingQueue<>();
            int[] passes = {0};
            try (RawUpstream back = new RawUpstream(exchange -> {
                        passes[0]++;
                        int front = port.element();
                        String[] fields = exchange.head().split("\r\n");
                        RawClient.Response response =
                                RawClient.get(front, "/", Arrays.copyOfRange(fields, 1, fields.length));
                        exchange.send(response.head().replace("Connection: keep-alive\r\n", ""));
                        exchange.send(response.body());
                        return true;
                    });
                    BalancedServer server =
                            new BalancedServer(config(Configs.pool(List.of(back.uri())), null, names[i]))) {
                port.add(server.port());
                RawClient.Response response = RawClient.get(server.port(), "/");
                assertThat(response.status()).isEqualTo(508);
                assertThat(response.body()).contains("been here before");
                assertThat(passes[0]).isEqualTo(rounds[i]);
            }
        }
    }

    @Test
    void mountsOfOneServerBehindEachOtherAreNoLoop() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                ServerSocket free = new ServerSocket(0)) {
            int port = free.getLocalPort();
            free.close();
            Map<String, PoolConfig> pools = new LinkedHashMap<>();
            pools.put("p", Configs.pool(List.of(URI.create("http://127.0.0.1:" + port + "/inner"))));
            pools.put("q", Configs.named("q", Configs.pool(List.of(upstream.uri()))));
            LbConfig config = new LbConfig(
                    List.of(
                            new MountConfig("/outer", List.of(), true, "p"),
                            new MountConfig("/inner", List.of(), true, "q")),
                    pools,
                    new ForwardedConfig(true, true));
            try (BalancedServer server = new BalancedServer(config, true)) {
                server.connector().setPort(port);
                server.server().start();
                assertThat(RawClient.get(port, "/outer/x").status()).isEqualTo(200);
                assertThat(upstream.heads().get(0))
                        .startsWith("GET /x HTTP/1.1\r\n")
                        .contains("Via: 1.1 lb, 1.1 lb\r\n");
            }
        }
    }
}
