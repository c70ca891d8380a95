package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettylb.balance.Strategies;
import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another configuration for a server that is serving. */
class ReloadTest {

    private final List<RawUpstream> upstreams = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch held = new CountDownLatch(1);

    @TempDir
    Path folder;

    /** An upstream that answers with its name, to {@code /held} only when the test says so. */
    private URI upstream(String name) {
        RawUpstream upstream = new RawUpstream(exchange -> {
            exchange.body();
            if (exchange.head().startsWith("GET /held")) {
                held.countDown();
                await(released);
            }
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
            return true;
        });
        upstreams.add(upstream);
        return upstream.uri();
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("never released");
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    @AfterEach
    void close() throws IOException {
        released.countDown();
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
    }

    private static PoolConfig pool(URI... uris) {
        List<UpstreamConfig> members = new ArrayList<>();
        for (URI uri : uris) {
            members.add(new UpstreamConfig("u" + uri.getPort(), uri, 1));
        }
        return Configs.pool(List.of()).with(members);
    }

    private static LbConfig config(PoolConfig... pools) {
        return config(Configs.mount("/", false), pools);
    }

    private static LbConfig config(MountConfig mount, PoolConfig... pools) {
        Map<String, PoolConfig> byName = new LinkedHashMap<>();
        for (PoolConfig pool : pools) {
            byName.put(pool.name(), pool);
        }
        return new LbConfig(List.of(mount), byName, new ForwardedConfig(true, true));
    }

    private static MountConfig mount(String path, String pool) {
        return new MountConfig(path, List.of(), false, pool);
    }

    private static String get(BalancedServer server, String path) throws IOException {
        RawClient.Response response = RawClient.get(server.port(), path);
        return response.status() == 200 ? response.body() : String.valueOf(response.status());
    }

    @Test
    void upstreamsJoinAndLeave() throws Exception {
        URI a = upstream("a");
        URI b = upstream("b");
        try (BalancedServer server = new BalancedServer(pool(a))) {
            assertThat(get(server, "/")).isEqualTo("a");
            assertThat(server.loadBalancer().apply(config(pool(b)))).isEqualTo("configuration reloaded: p +1 -1 ~0");
            assertThat(get(server, "/")).isEqualTo("b");
            assertThat(server.loadBalancer().apply(config(pool(b)))).isEqualTo("configuration reloaded: p unchanged");
            // The client has its response before the server is done with the request.
            BalancedServer.await("the first one has left", () -> server.status().size() == 1);
        }
    }

    @Test
    void theConnectionsOfOneThatHasLeftAreClosed() throws Exception {
        URI a = upstream("a");
        URI b = upstream("b");
        try (BalancedServer server = new BalancedServer(pool(a, b))) {
            get(server, "/");
            get(server, "/");
            HttpClient client = server.loadBalancer().httpClient("p");
            assertThat(client.getDestinations()).hasSize(2);
            server.loadBalancer().apply(config(pool(b)));
            // The client has its response before the server is done with the request.
            BalancedServer.await(
                    "connections closed", () -> client.getDestinations().size() == 1);
            assertThat(client.getDestinations())
                    .singleElement()
                    .satisfies(d ->
                            assertThat(d.getOrigin().getAddress().getPort()).isEqualTo(b.getPort()));
            // Another name for an address changes nothing for its connections.
            UpstreamConfig renamed = new UpstreamConfig("renamed", b, 1);
            server.loadBalancer().apply(config(pool().with(List.of(renamed))));
            assertThat(client.getDestinations()).hasSize(1);
            assertThat(get(server, "/")).isEqualTo("b");
        }
    }

    @Test
    void newSettingsOfConnectionsAreForNewRequestsAndOldConnectionsEndWithTheirUse() throws Exception {
        URI a = upstream("a");
        try (BalancedServer server = new BalancedServer(pool(a));
                RawClient waiting = new RawClient(server.port())) {
            HttpClient before = server.loadBalancer().httpClient("p");
            waiting.send("GET", "/held");
            await(held);
            assertThat(server.loadBalancer().apply(config(Configs.connections(pool(a), 7))))
                    .isEqualTo("configuration reloaded: p changed");
            HttpClient after = server.loadBalancer().httpClient("p");
            assertThat(after).isNotSameAs(before);
            assertThat(get(server, "/")).isEqualTo("a");
            assertThat(before.isRunning()).isTrue();
            released.countDown();
            assertThat(waiting.read().body()).isEqualTo("a");
            BalancedServer.await("the old client has stopped", before::isStopped);
            server.awaitIdle();
        }
    }

    @Test
    void oldConnectionsLiveAsLongAsTheirTunnels() throws Exception {
        try (RawUpstream echo = Upgrades.echo();
                BalancedServer server = new BalancedServer(pool(echo.uri()));
                RawClient tunnel = Upgrades.open(server.port())) {
            HttpClient before = server.loadBalancer().httpClient("p");
            server.loadBalancer().apply(config(Configs.connections(pool(echo.uri()), 7)));
            tunnel.send("still there");
            assertThat(tunnel.readBytes(11)).isEqualTo("still there");
            assertThat(before.isRunning()).isTrue();
            tunnel.close();
            BalancedServer.await("the old client has stopped", before::isStopped);
            server.awaitIdle();
        }
    }

    @Test
    void aPoolThatIsGoneFinishesWhatItHas() throws Exception {
        PoolConfig p = pool(upstream("a"));
        PoolConfig q = Configs.named("q", pool(upstream("b")));
        try (BalancedServer server = new BalancedServer(config(p));
                RawClient waiting = new RawClient(server.port())) {
            HttpClient before = server.loadBalancer().httpClient("p");
            waiting.send("GET", "/held");
            await(held);
            assertThat(server.loadBalancer().apply(config(mount("/", "q"), q)))
                    .isEqualTo("configuration reloaded: q new, p removed");
            assertThat(server.loadBalancer().getPools()).containsExactly("q");
            assertThat(get(server, "/")).isEqualTo("b");
            assertThat(before.isRunning()).isTrue();
            released.countDown();
            assertThat(waiting.read().body()).isEqualTo("a");
            BalancedServer.await("the old client has stopped", before::isStopped);
            // And back: another pool of the same name.
            server.loadBalancer().apply(config(mount("/", "p"), p));
            assertThat(get(server, "/")).isEqualTo("a");
        }
    }

    @Test
    void mountsOfTheFileFollowAndNewOnesAreAnnounced() throws Exception {
        PoolConfig p = pool(upstream("a"));
        PoolConfig q = Configs.named("q", pool(upstream("b")));
        try (BalancedServer server = new BalancedServer(config(mount("/api", "p"), p, q))) {
            assertThat(get(server, "/api/x")).isEqualTo("a");
            MountConfig stripped = new MountConfig("/api", List.of(), true, "q");
            LbConfig next = new LbConfig(
                    List.of(stripped, mount("/more", "q")), Map.of("q", q), new ForwardedConfig(true, true));
            assertThat(server.loadBalancer().apply(next).lines())
                    .containsExactly(
                            "configuration reloaded: p removed, q unchanged", "mount /more comes with a restart");
            assertThat(get(server, "/api/x")).isEqualTo("b");
            assertThat(upstreams.get(1).heads().get(0)).startsWith("GET /x HTTP");
            assertThat(get(server, "/more")).isEqualTo("404");
        }
    }

    @Test
    void aMountThatIsGoneStaysWithItsPool() throws Exception {
        PoolConfig p = pool(upstream("a"));
        PoolConfig q = Configs.named("q", pool(upstream("b")));
        try (BalancedServer server = new BalancedServer(config(mount("/api", "p"), p))) {
            assertThat(server.loadBalancer()
                            .apply(config(mount("/other", "q"), q))
                            .lines())
                    .containsExactly(
                            "configuration reloaded: q new, p unchanged",
                            "mount /api stays as it was until a restart",
                            "mount /other comes with a restart",
                            "pool p stays until a restart, because mount /api needs it");
            assertThat(get(server, "/api/x")).isEqualTo("a");
        }
    }

    @Test
    void whatCannotBeHadChangesNothing() throws Exception {
        URI a = upstream("a");
        try (BalancedServer server = new BalancedServer(pool(a))) {
            PoolConfig unknown = Configs.balanced(pool(a), "no-such-strategy");
            PoolConfig other = Configs.named("q", pool(a));
            assertThatThrownBy(() -> server.loadBalancer().apply(config(other, unknown)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("pools.p: ");
            assertThat(server.loadBalancer().getPools()).containsExactly("p");
            assertThat(get(server, "/")).isEqualTo("a");
        }
    }

    /** Whether it is for the first time or again: a server that does not run takes another configuration for its start. */
    @Test
    void aServerThatDoesNotRunStartsWithWhatItGotLast() throws Exception {
        PoolConfig p = pool(upstream("a"));
        PoolConfig q = Configs.named("q", p);
        PoolConfig other = Configs.connections(pool(upstream("b")), 7).with(Configs.PROBE);
        try (BalancedServer server = new BalancedServer(config(p, q), true)) {
            assertThat(server.loadBalancer().apply(config(other, Configs.named("r", other))))
                    .isEqualTo("configuration reloaded: p +1 -1 ~0, r new, q removed");
            assertThat(server.loadBalancer().getPools()).containsExactly("p", "r");
            server.server().start();
            BalancedServer.await("probed", () -> server.status().get(0).eligible());
            assertThat(get(server, "/")).isEqualTo("b");

            server.server().stop();
            assertThat(server.loadBalancer().apply(config(mount("/", "q"), q)))
                    .isEqualTo("configuration reloaded: q new, p removed, r removed");
            server.server().start();
            assertThat(get(server, "/")).isEqualTo("a");
        }
    }

    @Test
    void theFileIsReadAgain() throws Exception {
        URI a = upstream("a");
        URI b = upstream("b");
        Path file = folder.resolve("lb.conf");
        String text = "lb { mounts { \"/\" { pool = p } }, pools { p { upstreams = [\"%s\"] } } }\n";
        Files.writeString(file, text.formatted(a));
        try (BalancedServer server = new BalancedServer(LbConfig.load(file, Strategies.installed()))) {
            assertThatThrownBy(() -> server.loadBalancer().reload()).hasMessageStartingWith("no file to read");
            server.loadBalancer().setFile(file);
            assertThat(server.loadBalancer().reload()).isEqualTo("lb.conf reloaded: p unchanged");

            Files.writeString(file, "lb { pools { p { upstreams = [7], strategie = first } }\n}");
            assertThatThrownBy(() -> server.loadBalancer().reload())
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .satisfies(message -> assertThat(message.lines())
                            .hasSizeGreaterThanOrEqualTo(2)
                            .allMatch(line -> line.startsWith("lb.conf:")));
            assertThat(get(server, "/")).isEqualTo("a");

            Files.writeString(file, text.formatted(b));
            assertThat(server.loadBalancer().reload()).isEqualTo("lb.conf reloaded: p +1 -1 ~0");
            assertThat(get(server, "/")).isEqualTo("b");
        }
    }

    @Test
    void whatIsSaidOfThisHopIsThatOfTheNextRequest() throws Exception {
        try (BalancedServer server = new BalancedServer(pool(upstream("a")))) {
            get(server, "/");
            server.loadBalancer()
                    .apply(new LbConfig(
                            List.of(Configs.mount("/", false)),
                            Map.of("p", pool(upstreams.get(0).uri())),
                            new ForwardedConfig(false, true)));
            get(server, "/");
            assertThat(upstreams.get(0).heads().get(0)).contains("X-Forwarded-For");
            assertThat(upstreams.get(0).heads().get(1)).doesNotContain("X-Forwarded-For");
        }
    }
}
