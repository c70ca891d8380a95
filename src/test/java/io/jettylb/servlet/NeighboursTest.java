package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Candidate;
import io.jettylb.balance.Picker;
import io.jettylb.balance.Strategy;
import io.jettylb.balance.StrategyContext;
import io.jettylb.balance.StrategyProvider;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.junit.jupiter.api.Test;

/** What stands around a mount: filters before it, contexts beside it, strategies inside it. */
class NeighboursTest {

    private static final String COOKIE =
            "HTTP/1.1 200 OK\r\nSet-Cookie: up=1\r\nX-Filter: up\r\nContent-Length: 2\r\n\r\nok";

    /** Leaves fields on the response, as an affinity or CORS filter does. */
    public static final class Leaving implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            ((HttpServletResponse) response).addHeader("Set-Cookie", "filter=1");
            ((HttpServletResponse) response).addHeader("X-Filter", "filter");
            chain.doFilter(request, response);
        }
    }

    private static ServletContextHandler mountOf(BalancedServer server) {
        return (ServletContextHandler) server.contexts().getHandlers().get(0);
    }

    @Test
    void whatAFilterLeavesOnTheResponseStays() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            FilterHolder filter = new FilterHolder(Leaving.class);
            filter.setAsyncSupported(true);
            mountOf(server).addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
            server.server().start();
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.head())
                    .contains("Set-Cookie: filter=1", "Set-Cookie: up=1", "X-Filter: filter", "X-Filter: up");
            assertThat(response.body()).isEqualTo("ok");
            upstream.close();
            // Also on an answer of our own.
            RawClient.Response gone = RawClient.get(server.port(), "/");
            assertThat(gone.status()).isIn(502, 503);
            assertThat(gone.head()).contains("Set-Cookie: filter=1");
        }
    }

    @Test
    void aFilterThatDoesNotSupportAsyncIsServedByItsThread() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            FilterHolder filter = new FilterHolder(Leaving.class);
            filter.setAsyncSupported(false);
            mountOf(server).addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
            server.server().start();
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.body()).isEqualTo("ok");
            assertThat(response.head()).contains("Set-Cookie: filter=1", "Set-Cookie: up=1");
            server.awaitIdle();
        }
    }

    @Test
    void theLongestMountWins() throws Exception {
        try (RawUpstream root = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nroot");
                RawUpstream api = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\napi");
                RawUpstream v2 = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nv2")) {
            PoolConfig rootPool = named("root", root);
            PoolConfig apiPool = named("api", api);
            PoolConfig v2Pool = named("v2", v2);
            LbConfig config = new LbConfig(
                    List.of(
                            new MountConfig("/", List.of(), false, "root"),
                            new MountConfig("/api", List.of(), false, "api"),
                            new MountConfig("/api/v2", List.of(), true, "v2")),
                    java.util.Map.of("root", rootPool, "api", apiPool, "v2", v2Pool),
                    new io.jettylb.config.ForwardedConfig(true, true));
            try (BalancedServer server = new BalancedServer(config)) {
                assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("root");
                assertThat(RawClient.get(server.port(), "/apis").body()).isEqualTo("root");
                assertThat(RawClient.get(server.port(), "/api").body()).isEqualTo("api");
                assertThat(RawClient.get(server.port(), "/api/v1/x").body()).isEqualTo("api");
                assertThat(RawClient.get(server.port(), "/api/v2/x?y").body()).isEqualTo("v2");
                assertThat(v2.heads().get(0)).startsWith("GET /x?y HTTP/1.1\r\n");
            }
        }
    }

    @Test
    void theUpstreamsBasePathComesFirst() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(upstream.uri("/base/path"))), Configs.mount("/api", true))) {
            RawClient.get(server.port(), "/api/x%20y?q");
            RawClient.get(server.port(), "/api");
            assertThat(upstream.heads().get(0)).startsWith("GET /base/path/x%20y?q HTTP/1.1\r\n");
            assertThat(upstream.heads().get(1)).startsWith("GET /base/path/ HTTP/1.1\r\n");
        }
    }

    @Test
    void requestsAreCountedUntilTheyEnd() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            StatisticsHandler statistics = new StatisticsHandler();
            Handler contexts = server.server().getHandler();
            server.server().setHandler(statistics);
            statistics.setHandler(contexts);
            server.server().start();
            for (int i = 0; i < 10; i++) {
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            }
            BalancedServer.await("ten responses", () -> statistics.getResponses2xx() == 10);
            BalancedServer.await("none active", () -> statistics.getRequestsActive() == 0);
        }
    }

    /** A third-party strategy with a bug. */
    public static final class Throwing implements StrategyProvider {
        @Override
        public String name() {
            return "throwing";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return new Strategy() {
                @Override
                public Picker pickerFor(List<? extends Candidate> candidates) {
                    return (hash, attempt) -> {
                        throw new IllegalStateException("bug");
                    };
                }
            };
        }
    }

    @Test
    void aBrokenStrategyIs500AndHangsNobody() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(Configs.pool(
                        List.of(upstream.uri()), Throwing.class.getName(), Configs.CLIENT_HOST, Configs.TIMEOUTS))) {
            RawClient.Response response = RawClient.get(server.port(), "/");
            assertThat(response.status()).isEqualTo(500);
            assertThat(response.body()).isEqualTo("500 Server Error: The request could not be balanced.\n");
        }
    }

    /** A third-party strategy that cannot cope with a change. */
    public static final class ThrowingLater implements StrategyProvider {
        @Override
        public String name() {
            return "throwing-later";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return candidates -> {
                if (candidates.size() < 2) {
                    throw new IllegalStateException("bug");
                }
                return (hash, attempt) -> 0;
            };
        }
    }

    @Test
    void aStrategyThatBreaksOnAnEjectionFailsNobody() throws Exception {
        URI refused = URI.create("http://127.0.0.1:1");
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(Configs.pool(
                        List.of(refused, upstream.uri()),
                        ThrowingLater.class.getName(),
                        Configs.CLIENT_HOST,
                        Configs.TIMEOUTS))) {
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            assertThat(server.status().get(0).ejections()).isOne();
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            server.awaitIdle();
        }
    }

    @Test
    void theServletIsToldItsPool() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(COOKIE);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            ServletContextHandler own = new ServletContextHandler("/own");
            ServletHolder holder = new ServletHolder(LoadBalancerServlet.class);
            holder.setAsyncSupported(true);
            holder.setInitParameter("pool", "p");
            holder.setInitParameter("preserveHost", "true");
            own.addServlet(holder, "/x/*");
            server.contexts().addHandler(own);
            server.server().start();
            assertThat(RawClient.get(server.port(), "/own/x/y").body()).isEqualTo("ok");
            assertThat(upstream.heads().get(0)).startsWith("GET /own/x/y HTTP/1.1\r\n");
        }
    }

    private static PoolConfig named(String name, RawUpstream upstream) {
        return Configs.named(name, Configs.pool(List.of(upstream.uri())));
    }
}
