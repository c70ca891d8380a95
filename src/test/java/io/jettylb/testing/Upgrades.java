package io.jettylb.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Both sides of a switch to a protocol that exists only in tests. */
public final class Upgrades {

    public static final String[] ASK = {"Host: client.example", "Connection: Upgrade", "Upgrade: test/1"};
    public static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test/1\r\nConnection: Upgrade\r\n\r\n";

    private Upgrades() {}

    /** An upstream that switches and then does what a test wants with the connection. */
    public static RawUpstream upstream(RawUpstream.Script afterwards) {
        return new RawUpstream(exchange -> {
            exchange.send(SWITCH);
            return afterwards.answer(exchange);
        });
    }

    /** An upstream that sends back what it gets. */
    public static RawUpstream echo() {
        return upstream(Upgrades::echo);
    }

    public static boolean echo(RawUpstream.Exchange exchange) throws IOException {
        byte[] bytes = new byte[64 * 1024];
        int count = exchange.in().read(bytes);
        while (count >= 0) {
            exchange.send(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
            count = exchange.in().read(bytes);
        }
        return false;
    }

    /** A client whose connection has been switched. */
    public static RawClient open(int port) throws IOException {
        RawClient client = new RawClient(port);
        client.send("GET", "/", ASK);
        String head = client.readHead();
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new AssertionError(head);
        }
        return client;
    }
}
