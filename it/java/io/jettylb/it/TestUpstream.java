package io.jettylb.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An upstream: a real HTTP server that tells in {@code X-Served-By} who it is. It runs in the tests' process, where it
 * keeps what it was asked, or by {@link #main} in its own process, which can be killed.
 */
final class TestUpstream implements AutoCloseable {

    static {
        // Without it the JDK's server waits for the client's delayed acknowledgement: 40 ms for each response.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /**
     * A request as it arrived.
     *
     * @param method its method
     * @param target its raw path and query
     * @param headers its header fields, names in the JDK's spelling, the first value of each
     * @param length how many bytes of content came
     * @param sha256 their digest
     */
    record Received(String method, String target, Map<String, String> headers, long length, String sha256) {}

    private final String id;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final boolean recording;

    private TestUpstream(String id, int port, boolean recording) throws IOException {
        this.id = id;
        this.recording = recording;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Starts one on a free port. */
    static TestUpstream start(String id) throws IOException {
        return new TestUpstream(id, 0, true);
    }

    /** Runs as a process of its own: id and port, 0 for a free one. */
    public static void main(String[] arguments) throws IOException {
        TestUpstream upstream = new TestUpstream(arguments[0], Integer.parseInt(arguments[1]), false);
        System.out.println("listening on " + upstream.port());
    }

    static String digest(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            MessageDigest digest = sha256();
            long length;
            try (InputStream content = new DigestInputStream(exchange.getRequestBody(), digest)) {
                length = content.transferTo(java.io.OutputStream.nullOutputStream());
            }
            String target = exchange.getRequestURI().toString();
            if (recording) {
                received.add(new Received(
                        exchange.getRequestMethod(),
                        target,
                        exchange.getRequestHeaders().entrySet().stream()
                                .collect(java.util.stream.Collectors.toMap(
                                        Map.Entry::getKey,
                                        field -> field.getValue().get(0))),
                        length,
                        HexFormat.of().formatHex(digest.digest())));
            }
            if (target.endsWith("/held")) {
                awaitRelease();
            }
            byte[] body = (id + " " + exchange.getRequestMethod() + " " + target + " " + length + "\n").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain;charset=utf-8");
            exchange.getResponseHeaders().set("X-Served-By", id);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void awaitRelease() throws IOException {
        try {
            if (!released.await(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("never released");
            }
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    /** Lets the requests for {@code …/held} be answered. */
    void release() {
        released.countDown();
    }

    /** Takes the next request, in the order of arrival, and waits for it if there is none yet. */
    Received take() throws InterruptedException {
        Received next = received.poll(RunningProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError(id + " was not asked");
        }
        return next;
    }

    /** How many requests came that nobody took. */
    int untaken() {
        return received.size();
    }

    void forget() {
        received.clear();
    }

    String id() {
        return id;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** This upstream as an element of the configuration's list. */
    String configured() {
        return "{ id = " + id + ", uri = \"http://127.0.0.1:" + port() + "\" }";
    }

    @Override
    public void close() {
        released.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
