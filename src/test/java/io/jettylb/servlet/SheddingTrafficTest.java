package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.LbConfig;
import io.jettylb.config.ShedConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

/** While the server is short of something its webapps are served, and balanced requests are not. */
class SheddingTrafficTest {

    @Test
    void theNeighboursLive() throws Exception {
        AtomicBoolean low = new AtomicBoolean();
        RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        LbConfig plain = Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/api", false));
        LbConfig config = new LbConfig(
                plain.mounts(), plain.pools(), plain.forwarded(), new ShedConfig(true, 0, 0, Duration.ofMillis(5)));
        try (upstream;
                BalancedServer server = new BalancedServer(config, true)) {
            server.contexts()
                    .addHandler(new ContextHandler(
                            new Handler.Abstract() {
                                @Override
                                public boolean handle(Request request, Response response, Callback callback) {
                                    Content.Sink.write(response, true, "webapp", callback);
                                    return true;
                                }
                            },
                            "/webapp"));
            server.server().addBean(new LowResourceMonitor(server.server()) {
                @Override
                public boolean isLowOnResources() {
                    return low.get();
                }
            });
            server.server().start();
            assertThat(RawClient.get(server.port(), "/api").body()).isEqualTo("ok");

            low.set(true);
            BalancedServer.await("shedding", () -> get(server, "/api").status() == 503);
            RawClient.Response refused = get(server, "/api");
            assertThat(refused.body()).isEqualTo("503 Service Unavailable: The server is overloaded.\n");
            assertThat(refused.field("retry-after")).isEqualTo("1");
            assertThat(get(server, "/webapp/").body()).isEqualTo("webapp");
            // What is wrong with a request is still said, since the connection depends on it.
            assertThat(RawClient.get(server.port(), "/api", "Transfer-Encoding: gzip, chunked")
                            .status())
                    .isNotEqualTo(503);

            low.set(false);
            BalancedServer.await("relief", () -> get(server, "/api").status() == 200);
        }
    }

    private static RawClient.Response get(BalancedServer server, String path) {
        try {
            return RawClient.get(server.port(), path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
