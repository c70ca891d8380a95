package io.jettylb.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream that answers with the bytes a test tells it to, and remembers the bytes it got. */
public final class RawUpstream implements AutoCloseable {

    private final ServerSocket server;
    private final Thread acceptor;
    private final Script script;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();

    /** What to do with a connection; called for every request head. False closes the connection. */
    public interface Script {
        boolean answer(Exchange exchange) throws IOException;
    }

    /** One request as the upstream sees it. */
    public final class Exchange {
        private final Socket socket;
        private final String head;

        Exchange(Socket socket, String head) {
            this.socket = socket;
            this.head = head;
        }

        public Socket socket() {
            return socket;
        }

        public String head() {
            return head;
        }

        public InputStream in() throws IOException {
            return socket.getInputStream();
        }

        public void send(String latin1) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(latin1.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        public void halfClose() throws IOException {
            socket.shutdownOutput();
        }

        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Reads the content that the head announces, by length or chunks, and remembers it. */
        public String body() throws IOException {
            String body = RawMessages.body(head, in());
            bodies.add(body);
            return body;
        }
    }

    public RawUpstream(Script script) {
        this(script, 0);
    }

    public RawUpstream(Script script, int port) {
        this(script, socket(port));
    }

    /** An upstream on a socket of another kind, such as one with TLS. */
    public RawUpstream(Script script, ServerSocket server) {
        this.server = server;
        this.script = script;
        this.acceptor = new Thread(this::accept, "raw-upstream");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    private static ServerSocket socket(int port) {
        try {
            return new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An upstream that gives every request the same bytes on a kept connection. */
    public static RawUpstream always(String response) {
        return new RawUpstream(exchange -> {
            exchange.body();
            exchange.send(response);
            return true;
        });
    }

    public URI uri() {
        return uri("");
    }

    public URI uri(String basePath) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + basePath);
    }

    /** The address with TLS and a host of the test's choice. */
    public URI secureUri(String host) {
        return URI.create("https://" + host + ":" + server.getLocalPort());
    }

    public int port() {
        return server.getLocalPort();
    }

    /** How many connections there have been. */
    public int connections() {
        return connections.get();
    }

    /** The request heads so far. */
    public List<String> heads() {
        return heads;
    }

    /** The next content that was read by {@link Exchange#body()}. */
    public String takeBody() throws InterruptedException {
        String body = bodies.poll(10, TimeUnit.SECONDS);
        if (body == null) {
            throw new AssertionError("no content arrived");
        }
        return body;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.incrementAndGet();
                socket.setTcpNoDelay(true);
                open.add(socket);
                Thread worker = new Thread(() -> serve(socket), "raw-upstream-connection");
                worker.setDaemon(true);
                worker.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            String head = RawMessages.head(socket.getInputStream());
            while (head != null) {
                heads.add(head);
                if (!script.answer(new Exchange(socket, head))) {
                    return;
                }
                head = RawMessages.head(socket.getInputStream());
            }
        } catch (IOException gone) {
            // The proxy closed the connection: what that means is for the test to say.
            open.remove(socket);
        } finally {
            open.remove(socket);
        }
    }

    /** Closes everything, open connections included: what a killed process looks like from outside. */
    @Override
    public void close() throws IOException {
        server.close();
        try {
            // Until its accept has returned, the port still takes connections.
            acceptor.join(10_000);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("closing port " + port());
        }
        for (Socket socket : open) {
            socket.close();
        }
    }

    static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
