package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.util.List;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.junit.jupiter.api.Test;

class HttpClientTransportTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    @Test
    void threadsAndTimerAreTheServersAndReceiveBuffersNobodys() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            HttpClient client = server.loadBalancer().httpClient("p");
            assertThat(client.getExecutor()).isSameAs(server.server().getThreadPool());
            assertThat(client.getScheduler()).isSameAs(server.server().getScheduler());
            // The pool keeps no direct memory for responses, so that nothing grows with their number.
            ArrayByteBufferPool buffers = (ArrayByteBufferPool) client.getByteBufferPool();
            assertThat(client.isUseInputDirectByteBuffers()).isFalse();
            assertThat(buffers.getMaxCapacity()).isLessThan(client.getResponseBufferSize());
        }
    }

    @Test
    void aHeadAsLargeAsTheServerTakesIsSentOn() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            String large = "x".repeat(7_000);
            assertThat(RawClient.get(server.port(), "/", "Cookie: a=" + large).status())
                    .isEqualTo(200);
            assertThat(upstream.heads().get(0)).contains("Cookie: a=" + large + "\r\n");
        }
    }

    @Test
    void whatIsKeptForAnUpstreamWithoutRequestsGoesAway() throws Exception {
        try (RawUpstream upstream = RawUpstream.always(OK);
                BalancedServer server = new BalancedServer(
                        Configs.config(Configs.pool(List.of(upstream.uri())), Configs.mount("/", false)), true)) {
            HttpClient client = server.loadBalancer().httpClient("p");
            assertThat(client.getDestinationIdleTimeout()).isEqualTo(60_000);
            client.setDestinationIdleTimeout(1);
            server.server().start();
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            BalancedServer.await(
                    "no destination", () -> client.getDestinations().isEmpty());
            // And comes back.
            assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(200);
            assertThat(upstream.heads()).hasSize(2);
        }
    }
}
