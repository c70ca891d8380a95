package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.WebSocketEcho;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The JDK's WebSocket client through the balancer. */
class WebSocketTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Collects what arrives, in the order of arrival. */
    private static final class Inbox implements WebSocket.Listener {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                events.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            events.add("pong of " + message.remaining());
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            events.add("closed " + status + " " + reason);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            events.add(failure.toString());
        }

        String next() throws InterruptedException {
            return events.poll(20, TimeUnit.SECONDS);
        }
    }

    private static WebSocket open(BalancedServer server, Inbox inbox) {
        return CLIENT.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/chat"), inbox)
                .join();
    }

    @Test
    void messagesPassBothWays() throws Exception {
        try (RawUpstream upstream = WebSocketEcho.start();
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            Inbox inbox = new Inbox();
            WebSocket socket = open(server, inbox);
            for (int i = 0; i < 1000; i++) {
                socket.sendText("message " + i, true).join();
                assertThat(inbox.next()).isEqualTo("message " + i);
            }
            String big = "0123456789".repeat(100_000);
            socket.sendText(big, true).join();
            assertThat(inbox.next()).isEqualTo(big);
            socket.sendPing(ByteBuffer.allocate(7)).join();
            assertThat(inbox.next()).isEqualTo("pong of 7");
            assertThat(server.status().get(0).inFlight()).isEqualTo(1);
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "enough").join();
            assertThat(inbox.next()).isEqualTo("closed 1000 enough");
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void manyAtOnceAreBalancedAndServeBesideRequests() throws Exception {
        try (RawUpstream a = WebSocketEcho.start();
                RawUpstream b = WebSocketEcho.start();
                BalancedServer server = new BalancedServer(Configs.pool(List.of(a.uri(), b.uri())))) {
            Inbox[] inboxes = new Inbox[50];
            WebSocket[] sockets = new WebSocket[inboxes.length];
            for (int i = 0; i < inboxes.length; i++) {
                inboxes[i] = new Inbox();
                sockets[i] = open(server, inboxes[i]);
            }
            assertThat(server.status()).allMatch(upstream -> upstream.inFlight() == 25);
            for (int round = 0; round < 20; round++) {
                for (WebSocket socket : sockets) {
                    socket.sendText("round " + round, true);
                }
                for (Inbox inbox : inboxes) {
                    assertThat(inbox.next()).isEqualTo("round " + round);
                }
                assertThat(RawClient.get(server.port(), "/").status()).isEqualTo(426);
            }
            for (WebSocket socket : sockets) {
                socket.abort();
            }
            server.awaitIdle();
            server.awaitNoLeaks();
        }
    }

    @Test
    void aWebSocketSeesThatItsUpstreamDied() throws Exception {
        RawUpstream upstream = WebSocketEcho.start();
        try (BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            Inbox inbox = new Inbox();
            open(server, inbox);
            upstream.close();
            assertThat(inbox.next()).isNotNull();
            server.awaitIdle();
        }
    }
}
