package io.jettylb.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream on a Unix-domain socket that gives every request the same bytes on a kept connection. */
public final class UnixUpstream implements AutoCloseable {

    private final Path path;
    private final byte[] response;
    private final ServerSocketChannel server;
    private final Thread acceptor;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    public UnixUpstream(Path path, String response) {
        this.path = path;
        this.response = response.getBytes(StandardCharsets.ISO_8859_1);
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = new Thread(this::accept, "unix-upstream");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    public List<String> heads() {
        return heads;
    }

    public int connections() {
        return connections.get();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                connections.incrementAndGet();
                open.add(channel);
                Thread worker = new Thread(() -> serve(channel), "unix-upstream-connection");
                worker.setDaemon(true);
                worker.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            InputStream in = Channels.newInputStream(channel);
            for (String head = RawMessages.head(in); head != null; head = RawMessages.head(in)) {
                heads.add(head);
                RawMessages.body(head, in);
                ByteBuffer out = ByteBuffer.wrap(response);
                while (out.hasRemaining()) {
                    channel.write(out);
                }
            }
        } catch (IOException gone) {
            // The proxy closed the connection: what that means is for the test to say.
            open.remove(channel);
        } finally {
            open.remove(channel);
        }
    }

    /** What a killed process looks like: the file stays, and nobody listens. */
    @Override
    public void close() throws IOException {
        server.close();
        try {
            acceptor.join(10_000);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("closing " + path);
        }
        for (SocketChannel channel : open) {
            channel.close();
        }
    }

    /** Takes the socket's file away. */
    public void delete() throws IOException {
        Files.deleteIfExists(path);
    }
}
