package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.ForwardedConfig;
import io.jettylb.config.LbConfig;
import io.jettylb.config.MountConfig;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A mount may be more or less patient than its pool. */
class MountTimeoutsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);

    private static TimeoutsConfig timeouts(Duration firstByte, Duration idle, Duration total) {
        return new TimeoutsConfig(Duration.ofSeconds(3), firstByte, idle, total, Duration.ZERO);
    }

    private static RawClient.Response answer(RawUpstream upstream, TimeoutsConfig ofPool, TimeoutsConfig ofMount)
            throws Exception {
        PoolConfig pool = Configs.pool(List.of(upstream.uri()), "round-robin", Configs.CLIENT_HOST, ofPool);
        LbConfig config = new LbConfig(
                List.of(new MountConfig("/", List.of(), false, "p", ofMount)),
                Map.of("p", pool),
                new ForwardedConfig(true, true));
        try (BalancedServer server = new BalancedServer(config)) {
            return RawClient.get(server.port(), "/");
        }
    }

    @Test
    void theFirstByteComesWhenTheMountSaysSo() throws Exception {
        try (RawUpstream silent = new RawUpstream(exchange -> exchange.in().read() >= 0)) {
            assertThat(answer(silent, Configs.TIMEOUTS, timeouts(SHORT, LONG, Duration.ZERO))
                            .status())
                    .isEqualTo(504);
            assertThat(answer(silent, Configs.TIMEOUTS, timeouts(LONG, LONG, SHORT))
                            .status())
                    .isEqualTo(504);
        }
    }

    @Test
    void theMountMayWaitLongerThanThePool() throws Exception {
        RawUpstream[] slow = new RawUpstream[1];
        try (RawUpstream upstream = new RawUpstream(exchange -> {
            // Longer than the pool would wait: it is the pool's own answer that comes first if the mount is not asked.
            try (RawUpstream silent = new RawUpstream(inner -> inner.in().read() >= 0)) {
                slow[0] = silent;
                answer(silent, timeouts(SHORT, LONG, Duration.ZERO), null);
            } catch (Exception e) {
                throw new IOException(e);
            }
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            return true;
        })) {
            assertThat(answer(
                                    upstream,
                                    timeouts(Duration.ofMillis(50), LONG, Duration.ZERO),
                                    timeouts(LONG, LONG, LONG))
                            .status())
                    .isEqualTo(200);
            assertThat(slow[0].heads()).hasSize(1);
        }
    }
}
