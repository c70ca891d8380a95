package io.jettylb.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Clients that send a byte now and then and never come to an end: half of them in a head, half of them in a content. */
final class SlowClients implements AutoCloseable {

    private static final String HEAD = "GET /pool/slow HTTP/1.1\r\nHost: localhost\r\nX-Long: ";
    private static final String CONTENT =
            "POST /pool/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
    private static final int ROUND_MILLIS = 500;

    private final List<SocketChannel> clients = new ArrayList<>();
    private final Thread sender = new Thread(this::send, "slow clients");
    private volatile boolean ended;
    private volatile int refused;

    SlowClients(int port, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            client.write(ByteBuffer.wrap((i % 2 == 0 ? HEAD : CONTENT).getBytes(ISO_8859_1)));
            clients.add(client);
        }
        sender.setDaemon(true);
        sender.start();
    }

    private void send() {
        ByteBuffer one = ByteBuffer.wrap(new byte[] {'x'});
        while (!ended) {
            for (int i = 0; i < clients.size() && !ended; i++) {
                try {
                    clients.get(i).write(one.rewind());
                } catch (IOException closed) {
                    refused++;
                }
                if (i % 10 == 9) {
                    Stage.pause(ROUND_MILLIS * 10L / clients.size());
                }
            }
        }
    }

    /** How often a byte could not be sent because the server had closed. */
    int refused() {
        return refused;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        ended = true;
        sender.join();
        for (SocketChannel client : clients) {
            client.close();
        }
    }
}
