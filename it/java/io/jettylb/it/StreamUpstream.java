package io.jettylb.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An upstream whose connections a test reads and writes by itself, with small buffers of the system's. */
final class StreamUpstream implements AutoCloseable {

    static final String ENDLESS =
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final int SMALL = 64 * 1024;

    private final ServerSocketChannel server;
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

    /**
     * A connection with the head of a request.
     *
     * @param head its bytes
     * @param connection of which nothing else was read
     */
    record Asked(String head, SocketChannel connection) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    StreamUpstream() throws IOException {
        server = ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_RCVBUF, SMALL)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        start("stream-upstream", this::accept);
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel connection = server.accept();
                // A client may open connections that it does not use.
                start("stream-upstream-connection", () -> read(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void read(SocketChannel connection) {
        try {
            connection.setOption(StandardSocketOptions.SO_SNDBUF, SMALL);
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            asked.add(new Asked(head(connection), connection));
        } catch (IOException unused) {
            asked.add(new Asked("", connection));
        }
    }

    String configured() throws IOException {
        return "{ id = stream, uri = \"http://127.0.0.1:" + port() + "\" }";
    }

    int port() throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /** Opens a connection of a client, with a small buffer for what it receives. */
    static SocketChannel connect(int port) throws IOException {
        SocketChannel client = SocketChannel.open()
                .setOption(StandardSocketOptions.SO_RCVBUF, SMALL)
                .setOption(StandardSocketOptions.SO_SNDBUF, SMALL);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return client;
    }

    /** Waits for the request with this target; others are ended. */
    Asked take(String target) throws IOException, InterruptedException {
        while (true) {
            Asked next = asked.poll(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("not asked for " + target);
            }
            if (next.head().contains(" " + target + " HTTP/1.1\r\n")) {
                return next;
            }
            next.close();
        }
    }

    static String head(SocketChannel channel) throws IOException {
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.indexOf("\r\n\r\n") < 0) {
            if (channel.read(one.clear()) < 0) {
                throw new IOException("closed after: " + head);
            }
            head.append((char) one.get(0));
        }
        return head.toString();
    }

    static void write(SocketChannel channel, String ascii) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(ascii.getBytes(US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Reads a number of bytes and forgets them. */
    static long skip(SocketChannel channel, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new IOException("closed after " + buffer.position() + " of " + count + " bytes");
            }
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Asked left = asked.poll(); left != null; left = asked.poll()) {
            left.close();
        }
    }
}
