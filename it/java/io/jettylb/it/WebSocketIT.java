package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.WebSocketEcho;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A WebSocket passes the balancer, and an orderly stop of the server ends it without waiting for it. */
class WebSocketIT {

    /** 128 + SIGTERM. */
    private static final int TERMINATED = 143;

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void messagesPassUntilTheServerStops(JettyHome home) throws Exception {
        BlockingQueue<String> inbox = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = WebSocketEcho.start();
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.addModules("graceful", "requestlog");
            base.lbConf(Conf.of("/api", "\"" + upstream.uri() + "\""));
            base.start(
                    "jetty.server.stopTimeout=" + RunningProcess.PATIENCE.toMillis(),
                    "jetty.requestlog.filePath=logs/request.log",
                    "jetty.requestlog.formatString=%m %U %s %{io.jettylb.upstream}attr");

            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + base.port() + "/api/chat"), listener(inbox))
                    .join();
            for (int i = 0; i < 200; i++) {
                socket.sendText("message " + i, true).join();
                assertThat(take(inbox)).isEqualTo("message " + i);
            }
            assertThat(RawClient.get(base.port(), "/api/chat").status()).isEqualTo(426);
            base.server().terminate();
            // Without a closing handshake: what passes is none of the server's business.
            assertThat(take(inbox)).isEqualTo("closed 1006");
            assertThat(base.server().awaitExit()).isEqualTo(TERMINATED);
            assertThat(base.server().output()).doesNotContain("Exception");
            assertThat(Files.readString(base.resolve("logs/request.log")))
                    .contains("GET /api/chat 101 tested/127.0.0.1:" + upstream.port());
        }
    }

    private static String take(BlockingQueue<String> inbox) throws InterruptedException {
        return inbox.poll(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static WebSocket.Listener listener(BlockingQueue<String> inbox) {
        return new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                inbox.add(text.toString());
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                inbox.add("closed " + status);
                return null;
            }

            @Override
            public void onError(WebSocket socket, Throwable failure) {
                inbox.add(failure.toString());
            }
        };
    }
}
