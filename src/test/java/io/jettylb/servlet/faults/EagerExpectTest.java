package io.jettylb.servlet.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.Answer;
import io.jettylb.testing.BalancedServer;
import io.jettylb.testing.Configs;
import io.jettylb.testing.RawClient;
import io.jettylb.testing.RawUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A client may send what it offers to hold back (RFC 9110, 10.1.1): its answer is the same. */
class EagerExpectTest {

    @Test
    void contentThatDoesNotWaitForTheContinueArrives() throws Exception {
        try (RawUpstream upstream = RawUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                BalancedServer server = new BalancedServer(Configs.pool(List.of(upstream.uri())))) {
            List<String> wrong = new ArrayList<>();
            // The upstream is silent, and is waited for each time.
            for (int round = 0; round < 3; round++) {
                ask(server.port(), wrong);
            }
            assertThat(wrong).isEmpty();
            server.awaitIdle();
            assertThat(server.status()).allMatch(u -> u.eligible());
        }
    }

    private static void ask(int port, List<String> wrong) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(port);
                clients.add(client);
                client.send("PUT /" + i + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
                        + "0123456789");
            }
            for (RawClient client : clients) {
                Answer answer = client.answer(false, () -> {});
                if (!answer.complete() || !answer.body().equals("ok")) {
                    wrong.add(answer.toString());
                }
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
