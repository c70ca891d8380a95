package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.config.TimeoutsConfig;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.Upgrades;
import io.jettylb.testing.WebSocketEcho;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSocket on a stream of HTTP/2 (RFC 8441), over HTTP/1.1 to the upstream. */
class ExtendedConnectTest {

    private final HTTP2Client client = new HTTP2Client();

    /** A stream and what came on it: status, content, "end" or "reset". */
    private static final class Tunnel implements Stream.Listener {
        private final BlockingQueue<MetaData.Response> heads = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final StringBuilder received = new StringBuilder();
        private Stream stream;

        @Override
        public void onHeaders(Stream stream, HeadersFrame frame) {
            heads.add((MetaData.Response) frame.getMetaData());
            if (frame.isEndStream()) {
                events.add("end");
            }
            stream.demand();
        }

        @Override
        public void onDataAvailable(Stream stream) {
            Stream.Data data = stream.readData();
            if (data == null) {
                stream.demand();
                return;
            }
            String text = StandardCharsets.ISO_8859_1
                    .decode(data.frame().getByteBuffer())
                    .toString();
            boolean end = data.frame().isEndStream();
            data.release();
            if (!text.isEmpty()) {
                events.add(text);
            }
            if (end) {
                events.add("end");
            } else {
                stream.demand();
            }
        }

        @Override
        public void onReset(Stream stream, ResetFrame frame, Callback callback) {
            events.add("reset");
            callback.succeeded();
        }

        @Override
        public void onFailure(Stream stream, int error, String reason, Throwable failure, Callback callback) {
            events.add("failure: " + failure);
            callback.succeeded();
        }

        MetaData.Response head() throws InterruptedException {
            MetaData.Response head = heads.poll(10, TimeUnit.SECONDS);
            assertThat(head).as("a response; else %s", events).isNotNull();
            return head;
        }

        void send(String latin1, boolean last) throws Exception {
            stream.data(new DataFrame(
                            stream.getId(), ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)), last))
                    .get(10, TimeUnit.SECONDS);
        }

        String take(int count) throws InterruptedException {
            while (received.length() < count) {
                received.append(takeEvent());
            }
            String taken = received.substring(0, count);
            received.delete(0, count);
            return taken;
        }

        String takeEvent() throws InterruptedException {
            return events.poll(10, TimeUnit.SECONDS);
        }
    }

    @BeforeEach
    void startClient() throws Exception {
        client.start();
    }

    @AfterEach
    void stopClient() throws Exception {
        client.stop();
    }

    private Tunnel open(int port, String protocol, HttpFields fields) throws Exception {
        Session session = client.connect(new InetSocketAddress("127.0.0.1", port), new Session.Listener() {})
                .get(10, TimeUnit.SECONDS);
        MetaData.ConnectRequest connect = new MetaData.ConnectRequest(
                HttpScheme.HTTP, new HostPortHttpField("client.example"), "/chat?room=1", fields, protocol);
        Tunnel tunnel = new Tunnel();
        tunnel.stream = session.newStream(new HeadersFrame(connect, null, false), tunnel)
                .get(10, TimeUnit.SECONDS);
        return tunnel;
    }

    private Tunnel open(int port) throws Exception {
        return open(
                port,
                "websocket",
                HttpFields.build().put("Sec-WebSocket-Version", "13").put("Sec-WebSocket-Key", "of the client"));
    }

    /** An upstream that accepts a WebSocket and does what a test wants. */
    private static RawUpstream upstream(String early, RawUpstream.Script afterwards) {
        return new RawUpstream(exchange -> {
            String key = exchange.head().replaceAll("(?s).*Sec-WebSocket-Key: ([^\r]*)\r.*", "$1");
            exchange.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: " + WebSocketEcho.accept(key)
                    + "\r\n\r\n" + early);
            return afterwards.answer(exchange);
        });
    }

    private static BalancedServer server(RawUpstream upstream) throws Exception {
        return new BalancedServer(Configs.pool(List.of(upstream.uri())));
    }

    @Test
    void aConnectBecomesAnUpgrade() throws Exception {
        try (RawUpstream upstream = upstream("welcome", Upgrades::echo);
                BalancedServer server = server(upstream)) {
            Tunnel tunnel = open(server.port());
            MetaData.Response head = tunnel.head();
            assertThat(head.getStatus()).isEqualTo(200);
            assertThat(head.getHttpFields().get("Sec-WebSocket-Protocol")).isEqualTo("chat");
            assertThat(head.getHttpFields().getFieldNamesCollection())
                    .doesNotContain(
                            "Sec-WebSocket-Accept", "sec-websocket-accept", "upgrade", "connection", "content-length");
            assertThat(upstream.heads().get(0))
                    .startsWith("GET /chat?room=1 HTTP/1.1\r\nHost: client.example\r\n")
                    .contains("Connection: Upgrade\r\n", "Upgrade: websocket\r\n")
                    .containsIgnoringCase("Sec-WebSocket-Version: 13\r\n")
                    .containsPattern("Sec-WebSocket-Key: [A-Za-z0-9+/]{22}==\r\n")
                    .doesNotContain("of the client", "Content-Length", "Transfer-Encoding");
            assertThat(tunnel.take(7)).isEqualTo("welcome");
            for (int i = 0; i < 100; i++) {
                String message = "message " + i;
                tunnel.send(message, false);
                assertThat(tunnel.take(message.length())).isEqualTo(message);
            }
            assertThat(server.status().get(0).inFlight()).isEqualTo(1);
            tunnel.send("last", true);
            assertThat(tunnel.take(4)).isEqualTo("last");
            assertThat(tunnel.takeEvent()).isEqualTo("end");
            server.awaitIdle();
        }
    }

    @Test
    void muchMoreThanAWindowPasses() throws Exception {
        String block = "0123456789".repeat(100_000);
        try (RawUpstream upstream = upstream("", exchange -> {
                    exchange.send(block);
                    return false;
                });
                BalancedServer server = server(upstream)) {
            Tunnel tunnel = open(server.port());
            assertThat(tunnel.take(block.length())).isEqualTo(block);
            assertThat(tunnel.takeEvent()).isEqualTo("end");
            tunnel.send("", true);
            server.awaitIdle();
        }
    }

    @Test
    void aResetOfTheClientIsOneForTheUpstream() throws Exception {
        BlockingQueue<String> end = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = upstream("", exchange -> {
                    try {
                        end.add("end " + exchange.in().read());
                    } catch (java.net.SocketException reset) {
                        end.add("reset");
                    }
                    return false;
                });
                BalancedServer server = server(upstream)) {
            Tunnel tunnel = open(server.port());
            assertThat(tunnel.head().getStatus()).isEqualTo(200);
            tunnel.stream.reset(new ResetFrame(tunnel.stream.getId(), 8), Callback.NOOP);
            assertThat(end.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
            server.awaitIdle();
        }
    }

    @Test
    void aRefusalIsAnOrdinaryResponse() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                BalancedServer server = server(upstream)) {
            Tunnel tunnel = open(server.port());
            assertThat(tunnel.head().getStatus()).isEqualTo(403);
            assertThat(tunnel.take(2)).isEqualTo("no");
            server.awaitIdle();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            })
    void whatIsNoWebSocketDoesNotPassForOne(String response) throws Exception {
        try (RawUpstream upstream = RawUpstream.always(response);
                BalancedServer server = server(upstream)) {
            assertThat(open(server.port()).head().getStatus()).isEqualTo(502);
            server.awaitIdle();
        }
    }

    @Test
    void otherTunnelsAreNotMade() throws Exception {
        try (RawUpstream upstream = upstream("", Upgrades::echo);
                BalancedServer server = server(upstream)) {
            Tunnel tunnel = open(server.port(), "connect-udp", HttpFields.EMPTY);
            assertThat(tunnel.head().getStatus()).isEqualTo(405);
            assertThat(upstream.heads()).isEmpty();
        }
    }

    @Test
    void noOtherTimeoutEndsAQuietTunnel() throws Exception {
        Duration brief = Duration.ofMillis(300);
        TimeoutsConfig timeouts = new TimeoutsConfig(brief, brief, brief, brief, Duration.ofMinutes(1));
        try (RawUpstream upstream = upstream("", Upgrades::echo);
                BalancedServer server = new BalancedServer(
                        Configs.pool(List.of(upstream.uri()), "round-robin", Configs.CLIENT_HOST, timeouts))) {
            server.connector().setIdleTimeout(brief.toMillis());
            Tunnel tunnel = open(server.port());
            assertThat(tunnel.head().getStatus()).isEqualTo(200);
            for (int i = 0; i < 4; i++) {
                try (RawClient other = new RawClient(server.port())) {
                    assertThat(other.readToEnd()).as("closed by the connector").isEmpty();
                }
            }
            tunnel.send("still", false);
            assertThat(tunnel.take(5)).isEqualTo("still");
        }
    }

    @Test
    void aStopEndsIt() throws Exception {
        try (RawUpstream upstream = upstream("", Upgrades::echo);
                BalancedServer server = server(upstream)) {
            Tunnel tunnel = open(server.port());
            assertThat(tunnel.head().getStatus()).isEqualTo(200);
            server.loadBalancer().stop();
            assertThat(tunnel.takeEvent()).isIn("end", "reset");
        }
    }
}
