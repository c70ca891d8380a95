package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.KeyHash;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategies;
import io.jettylb.config.LbConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.SessionHandler;
import org.eclipse.jetty.ee10.servlet.security.ConstraintMapping;
import org.eclipse.jetty.ee10.servlet.security.ConstraintSecurityHandler;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.security.Constraint;
import org.eclipse.jetty.security.HashLoginService;
import org.eclipse.jetty.security.UserStore;
import org.eclipse.jetty.security.authentication.BasicAuthenticator;
import org.eclipse.jetty.util.security.Credential;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests with the same key go to the same upstream, and it is the one that the hash of the key says. */
class HashKeysTest {

    private static final int KEYS = 12;

    @TempDir
    Path folder;

    private final List<RawUpstream> upstreams = new ArrayList<>();
    private Picker reference;

    private record Member(String id) implements Candidate {
        @Override
        public int weight() {
            return 1;
        }

        @Override
        public int inFlight() {
            return 0;
        }
    }

    @BeforeEach
    void startUpstreams() {
        for (int i = 0; i < 4; i++) {
            String id = "u" + i;
            upstreams.add(RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + id));
        }
    }

    @AfterEach
    void stopUpstreams() throws Exception {
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
    }

    private LbConfig config(String strategy, String... more) throws Exception {
        StringBuilder text = new StringBuilder(
                "lb.mounts.\"/\".pool = p\nlb.pools.p.strategy " + strategy + "\nlb.pools.p.upstreams = [");
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < upstreams.size(); i++) {
            members.add(new Member("u" + i));
            text.append("{ id = u")
                    .append(i)
                    .append(", uri = \"")
                    .append(upstreams.get(i).uri())
                    .append("\" }\n");
        }
        Path file = Files.writeString(folder.resolve("lb.conf"), text + "]\n" + String.join("\n", more));
        Strategies strategies = Strategies.installed();
        LbConfig config = LbConfig.load(file, strategies);
        reference = strategies
                .create(config.pools().get("p").strategy(), () -> new SplittableRandom(1), () -> 0L)
                .pickerFor(members);
        return config;
    }

    private String home(String key) {
        return "u" + reference.pick(KeyHash.of(key), 0);
    }

    private static String body(BalancedServer server, String path, String... fields) throws Exception {
        RawClient.Response response = RawClient.get(server.port(), path, fields);
        assertThat(response.status()).isEqualTo(200);
        return response.body();
    }

    private interface Get {
        String body(BalancedServer server, String key) throws Exception;
    }

    /** Every key goes home, and not all to the same home. */
    private void assertHomes(String option, IntFunction<String> keys, Get get) throws Exception {
        for (String name : List.of("ring-hash", "maglev", "rendezvous")) {
            try (BalancedServer server = new BalancedServer(config("{ name = " + name + ", key = " + option + " }"))) {
                Set<String> homes = new HashSet<>();
                for (int i = 0; i < KEYS; i++) {
                    String key = keys.apply(i);
                    homes.add(home(key));
                    assertThat(get.body(server, key)).as(key).isEqualTo(home(key));
                    assertThat(get.body(server, key)).as(key).isEqualTo(home(key));
                }
                assertThat(homes.size()).isGreaterThan(1);
            }
        }
    }

    @Test
    void uri() throws Exception {
        assertHomes("uri", i -> "/a%20b;v=" + i + "?x=%7E&y", HashKeysTest::body);
    }

    @Test
    void path() throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        assertHomes("path", i -> "/p/" + i, (server, key) -> body(server, key + "?x=" + random.nextLong()));
    }

    @Test
    void query() throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        assertHomes(
                "\"query:id\"",
                i -> "a%2F" + i,
                (server, key) -> body(server, "/" + random.nextLong() + "?xid=1&id&id=" + key + "&id=2"));
    }

    @Test
    void header() throws Exception {
        assertHomes(
                "\"header:X-User\"",
                i -> "user " + i,
                (server, key) -> body(server, "/", "x-user: " + key, "X-User: other", "Host: h"));
    }

    @Test
    void cookie() throws Exception {
        assertHomes(
                "\"cookie:sid\"",
                i -> "s-" + i,
                (server, key) -> body(server, "/", "Cookie: xsid=1; bad=\"; sid=" + key + "; sid=2", "Host: h"));
    }

    @Test
    void host() throws Exception {
        assertHomes("host", i -> "h" + i + ".example", (server, key) -> {
            assertThat(body(server, "/", "Host: " + key.toUpperCase(java.util.Locale.ROOT) + ":8080"))
                    .isEqualTo(body(server, "/", "Host: " + key));
            return body(server, "/", "Host: " + key);
        });
    }

    @Test
    void hostOfHttp2() throws Exception {
        try (BalancedServer server = new BalancedServer(config("{ name = ring-hash, key = host }"));
                HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()))) {
            client.start();
            for (String host : List.of("127.0.0.1", "localhost")) {
                assertThat(client.GET("http://" + host + ":" + server.port()).getContentAsString())
                        .isEqualTo(home(host));
            }
        }
    }

    @Test
    void principal() throws Exception {
        try (BalancedServer server = new BalancedServer(config("{ name = ring-hash, key = principal }"), true)) {
            HashLoginService users = new HashLoginService("r");
            UserStore store = new UserStore();
            for (int i = 0; i < KEYS; i++) {
                store.addUser("user" + i, Credential.getCredential("pw"), new String[0]);
            }
            users.setUserStore(store);
            ConstraintSecurityHandler security = new ConstraintSecurityHandler();
            security.setLoginService(users);
            security.setAuthenticator(new BasicAuthenticator());
            ConstraintMapping all = new ConstraintMapping();
            all.setPathSpec("/*");
            all.setConstraint(Constraint.ANY_USER);
            security.addConstraintMapping(all);
            mountOf(server).setSecurityHandler(security);
            server.server().start();
            for (int i = 0; i < KEYS; i++) {
                String pair = Base64.getEncoder().encodeToString(("user" + i + ":pw").getBytes(StandardCharsets.UTF_8));
                assertThat(body(server, "/" + i, "Authorization: Basic " + pair, "Host: h"))
                        .isEqualTo(home("user" + i));
            }
        }
    }

    @Test
    void session() throws Exception {
        try (BalancedServer server = new BalancedServer(config("{ name = ring-hash, key = session }"), true)) {
            List<String> ids = new CopyOnWriteArrayList<>();
            ServletContextHandler mount = mountOf(server);
            mount.setSessionHandler(new SessionHandler());
            FilterHolder login = new FilterHolder((request, response, chain) -> {
                HttpServletRequest http = (HttpServletRequest) request;
                if (http.getRequestURI().equals("/login")) {
                    ids.add(http.getSession(true).getId());
                }
                chain.doFilter(request, response);
            });
            login.setAsyncSupported(true);
            mount.addFilter(login, "/*", EnumSet.of(DispatcherType.REQUEST));
            server.server().start();
            for (int i = 0; i < KEYS; i++) {
                RawClient.Response first = RawClient.get(server.port(), "/login");
                String id = ids.get(i);
                assertThat(first.body()).isEqualTo(home(id));
                String cookie = first.field("set-cookie").split(";")[0];
                assertThat(body(server, "/x", "Cookie: " + cookie, "Host: h")).isEqualTo(home(id));
            }
            RawClient.Response without = RawClient.get(server.port(), "/x");
            assertThat(without.status()).isEqualTo(200);
            assertThat(without.head()).as("no session is created").doesNotContain("Set-Cookie");
        }
    }

    private static ServletContextHandler mountOf(BalancedServer server) {
        return (ServletContextHandler) server.contexts().getHandlers().get(0);
    }

    @Test
    void theAddressIsThatOfTheConnection() throws Exception {
        try (BalancedServer server = new BalancedServer(config("= ip-hash"))) {
            String home = "u" + reference.pick(KeyHash.of(new byte[] {127, 0, 0, 1}), 0);
            for (int i = 0; i < KEYS; i++) {
                assertThat(body(
                                server,
                                "/" + i,
                                "X-Forwarded-For: 10.0.0." + i,
                                "Forwarded: for=10.0.0." + i,
                                "Host: h"))
                        .isEqualTo(home);
            }
        }
    }

    @Test
    void theAddressIsWhatATrustedProxySays() throws Exception {
        LbConfig config = config(
                "{ name = ip-hash, v4-prefix = 24, v6-prefix = 48 }",
                "lb.forwarded.trusted-proxies = [\"127.0.0.0/8\"]");
        try (BalancedServer server = new BalancedServer(config)) {
            for (int i = 0; i < KEYS; i++) {
                String home = "u" + reference.pick(KeyHash.of(new byte[] {10, 9, (byte) i, 0}), 0);
                for (String field :
                        List.of("X-Forwarded-For: 1.2.3.4, 10.9." + i + ".7", "Forwarded: for=10.9." + i + ".8")) {
                    assertThat(body(server, "/", field, "Host: h")).isEqualTo(home);
                }
                byte[] network = new byte[16];
                network[0] = 0x20;
                network[1] = 0x01;
                network[5] = (byte) i;
                home = "u" + reference.pick(KeyHash.of(network), 0);
                String address = "2001:0:" + Integer.toHexString(i) + ":77::1";
                assertThat(body(server, "/", "X-Forwarded-For: " + address, "Host: h"))
                        .isEqualTo(home);
            }
        }
    }

    @Test
    void withoutAKeyTheFallbackDecides() throws Exception {
        try (BalancedServer server =
                new BalancedServer(config("{ name = ring-hash, key = \"cookie:sid\", fallback = round-robin }"))) {
            Set<String> served = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                served.add(body(server, "/", "Cookie: sid=; other=1", "Host: h"));
            }
            assertThat(served).hasSize(4);
        }
    }

    @Test
    void ofSeveralKeysTheFirstThatIsThereCounts() throws Exception {
        try (BalancedServer server =
                new BalancedServer(config("{ name = ring-hash, key = [\"query:a\", \"header:X-B\", ip] }"))) {
            for (int i = 0; i < KEYS; i++) {
                assertThat(body(server, "/?a=a" + i, "X-B: b" + i, "Host: h")).isEqualTo(home("a" + i));
                assertThat(body(server, "/?a=", "X-B: b" + i, "Host: h")).isEqualTo(home("b" + i));
            }
            assertThat(body(server, "/")).isEqualTo("u" + reference.pick(KeyHash.of(new byte[] {127, 0, 0, 1}), 0));
        }
    }

    @Test
    void anUpstreamThatIsGoneHandsItsKeysToTheNext() throws Exception {
        try (BalancedServer server = new BalancedServer(config("{ name = rendezvous, key = \"query:id\" }"))) {
            for (int i = 0; i < KEYS; i++) {
                assertThat(body(server, "/?id=" + i)).isEqualTo(home("" + i));
            }
            upstreams.get(2).close();
            for (int i = 0; i < KEYS; i++) {
                int owner = reference.pick(KeyHash.of("" + i), 0);
                int next = reference.pick(KeyHash.of("" + i), 1);
                assertThat(body(server, "/?id=" + i)).isEqualTo("u" + (owner == 2 ? next : owner));
            }
        }
    }
}
