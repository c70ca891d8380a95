package io.jettylb.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * An upstream: a real HTTP server that tells in {@code X-Served-By} who it is. It runs in the tests' process, where it
 * keeps what it was asked, or by {@link #main} in its own process, which can be killed.
 *
 * <p>It is Jetty and not the JDK's server, because that one sends a response in two pieces up to JDK 17: a process killed
 * between them leaves half a response, which no proxy can make good.
 */
final class TestUpstream implements AutoCloseable {

    /**
     * A request as it arrived.
     *
     * @param method its method
     * @param target its raw path and query
     * @param headers its header fields, values of one name joined
     * @param length how many bytes of content came
     * @param sha256 their digest
     */
    record Received(String method, String target, Map<String, String> headers, long length, String sha256) {}

    private final String id;
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server, 1, 1);
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final boolean recording;
    private volatile int health = 200;

    private TestUpstream(String id, int port, boolean recording) throws Exception {
        this.id = id;
        this.recording = recording;
        connector.open(java.nio.channels.ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                answer(request, response, callback);
                return true;
            }
        });
        server.start();
    }

    /** Starts one on a free port. */
    static TestUpstream start(String id) throws Exception {
        return new TestUpstream(id, 0, true);
    }

    /** Runs as a process of its own: id and port, 0 for a free one. */
    public static void main(String[] arguments) throws Exception {
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

    private void answer(Request request, Response response, Callback callback) throws IOException {
        MessageDigest digest = sha256();
        long length;
        try (InputStream content = new DigestInputStream(Content.Source.asInputStream(request), digest)) {
            length = content.transferTo(OutputStream.nullOutputStream());
        }
        String target = request.getHttpURI().getPathQuery();
        if (target.equals("/health")) {
            response.setStatus(health);
            response.write(true, null, callback);
            return;
        }
        if (recording) {
            Map<String, String> headers = request.getHeaders().stream()
                    .collect(Collectors.toMap(HttpField::getName, HttpField::getValue, (one, two) -> one + ", " + two));
            received.add(new Received(
                    request.getMethod(), target, headers, length, HexFormat.of().formatHex(digest.digest())));
        }
        if (target.endsWith("/held")) {
            awaitRelease();
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
        response.getHeaders().put("X-Served-By", id);
        String body = id + " " + request.getMethod() + " " + target + " " + length + "\n";
        response.write(true, ByteBuffer.wrap(body.getBytes(UTF_8)), callback);
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

    /** What {@code /health} answers from now on; 200 until this is called. Such requests are not kept. */
    void health(int status) {
        health = status;
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
        return connector.getLocalPort();
    }

    /** This upstream as an element of the configuration's list. */
    String configured() {
        return "{ id = " + id + ", uri = \"http://127.0.0.1:" + port() + "\" }";
    }

    @Override
    public void close() {
        released.countDown();
        try {
            server.stop();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }
}
