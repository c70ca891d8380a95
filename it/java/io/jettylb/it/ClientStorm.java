package io.jettylb.it;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Very many clients that do not behave, some of them at once, each with a connection of its own. */
final class ClientStorm {

    private static final int AT_ONCE = 12;
    private static final int SEED = 20_261_123;
    private static final int ANSWER_MILLIS = 10_000;

    /** What leaves in the middle of something; the last word of it is often not sent. */
    private static final List<String> ABORTED = List.of(
            "GET /pool/aborted HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /pool/aborted HTTP/1.1\r\nHost: loc",
            "POST /pool/aborted HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nsome of it",
            "POST /pool/aborted HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5",
            "POST /pool/aborted HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok");

    private final int port;
    private final AtomicInteger left;

    private ClientStorm(int port, int count) {
        this.port = port;
        this.left = new AtomicInteger(count);
    }

    private interface Client {
        void behave(Socket socket, Random random) throws IOException;
    }

    /** Clients whose requests are wrong in all ways, or right and then not. They wait for what they get. */
    static int malformed(int port, int count, List<String> requests) throws Exception {
        AtomicInteger silent = new AtomicInteger();
        new ClientStorm(port, count).rage((socket, random) -> {
            send(socket, requests.get(random.nextInt(requests.size())));
            socket.shutdownOutput();
            if (!readToEnd(socket)) {
                silent.incrementAndGet();
            }
        });
        return silent.get();
    }

    /** Clients that reset their connection, sooner or later. */
    static void aborted(int port, int count) throws Exception {
        new ClientStorm(port, count).rage((socket, random) -> {
            send(socket, ABORTED.get(random.nextInt(ABORTED.size())));
            if (random.nextInt(4) == 0) {
                Stage.pause(random.nextInt(15));
            }
        });
    }

    private void rage(Client client) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                Random random = new Random(SEED + i);
                running.add(threads.submit(() -> {
                    while (left.getAndDecrement() > 0) {
                        one(client, random);
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get(10, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void one(Client client, Random random) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(ANSWER_MILLIS);
            // A reset when it is closed, which leaves no port behind.
            socket.setSoLinger(true, 0);
            client.behave(socket, random);
        } catch (SocketException refused) {
            // The server has had enough of this client and has closed first, as is its right.
            return;
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean readToEnd(Socket socket) throws IOException {
        byte[] buffer = new byte[8192];
        InputStream in = socket.getInputStream();
        try {
            while (in.read(buffer) >= 0) {
                continue;
            }
            return true;
        } catch (SocketTimeoutException silent) {
            return false;
        }
    }
}
