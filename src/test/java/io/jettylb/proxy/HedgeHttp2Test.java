package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.Http2Connection;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.RawClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.junit.jupiter.api.Test;

/** Second attempts where connections serve many at once. */
class HedgeHttp2Test extends HedgedUpstreams {

    private static Http2Upstream upstream(AtomicInteger arrived, CountDownLatch reset) throws Exception {
        return Http2Upstream.answering((request, response, callback) -> {
            if (arrived.incrementAndGet() % 2 == 1) {
                Request.addCompletionListener(request, failure -> reset.countDown());
                request.addFailureListener(callback::failed);
                return;
            }
            Content.Sink.write(response, true, "ok", callback);
        });
    }

    @Test
    void theOneThatIsTooLateLosesItsStreamAndNotItsConnection() throws Exception {
        AtomicInteger arrived = new AtomicInteger();
        CountDownLatch reset = new CountDownLatch(10);
        try (Http2Upstream one = upstream(arrived, reset);
                Http2Upstream two = upstream(arrived, reset)) {
            PoolConfig pool = Configs.spoken(Configs.pool(List.of(one.uri(), two.uri())), Protocol.H2C)
                    .with(RULES);
            try (BalancedServer server = new BalancedServer(pool)) {
                for (int i = 0; i < 10; i++) {
                    assertThat(RawClient.get(server.port(), "/").body()).isEqualTo("ok");
                }
                await(reset);
                assertThat(one.connections() + two.connections()).isEqualTo(2);
                assertNobodyIsBlamed(server);
            }
        }
    }

    @Test
    void aClientThatLeavesEndsBoth() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        List<URI> uris = upstreams(2, (number, exchange) -> hang(exchange, closed));
        HTTP2Client http2 = new HTTP2Client();
        http2.start();
        try (BalancedServer server = new BalancedServer(pool(uris, RULES))) {
            try (Http2Connection client = new Http2Connection(http2, server.port(), null)) {
                Http2Connection.Exchange exchange = client.send("GET", "/", HttpFields.EMPTY, true, () -> {});
                BalancedServer.await("both attempts", () -> arrived() == 2);
                exchange.reset();
                await(closed);
            }
            assertNobodyIsBlamed(server);
        } finally {
            http2.stop();
        }
    }

    @Test
    void interimResponsesOfTwoAreNotMixedWithTheResponse() throws Exception {
        String hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
        CountDownLatch second = new CountDownLatch(1);
        List<URI> uris = upstreams(2, (number, exchange) -> {
            if (number == 1) {
                exchange.send(hints);
                await(second);
                exchange.send(hints.repeat(20) + OK);
                return true;
            }
            exchange.send(hints.repeat(20));
            second.countDown();
            return send(exchange, OK);
        });
        try (BalancedServer server = new BalancedServer(pool(uris, RULES));
                RawClient client = new RawClient(server.port())) {
            client.send("GET", "/");
            String head = client.readHead();
            while (head.startsWith("HTTP/1.1 103")) {
                head = client.readHead();
            }
            assertThat(head).startsWith("HTTP/1.1 200");
            assertThat(client.readBytes(2).getBytes(StandardCharsets.US_ASCII)).containsExactly('o', 'k');
            assertNobodyIsBlamed(server);
        }
    }
}
