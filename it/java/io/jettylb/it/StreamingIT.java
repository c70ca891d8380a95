package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.StreamUpstream.Asked;
import io.jettylb.it.TestUpstream.Received;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.OutputStreamRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams through a server with little memory: where content were gathered instead of passed on, its heap or its direct
 * memory would not do. How much is sent, and how fast the slow sides read, is more in the profile {@code full}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ParameterizedClass
@MethodSource("io.jettylb.it.JettyHome#all")
class StreamingIT {

    private static final int MIB = 1024 * 1024;
    private static final long UPLOAD = Long.getLong("lb.stream.upload", 256L) * MIB;
    private static final int ROUNDS = Integer.getInteger("lb.stream.rounds", 64);
    /** Between the reads of a slow side; nothing depends on it. */
    private static final long PAUSE_MILLIS = Long.getLong("lb.stream.pause", 0);
    /** What may be under way: mostly in buffers of the operating system. */
    private static final long BOUND = 32L * MIB;

    @TempDir
    static Path folder;

    @Parameter
    JettyHome home;

    private TestUpstream counting;
    private StreamUpstream stream;
    private JettyBase base;
    private HttpClient http2;

    @BeforeParameterizedClassInvocation
    void startServers() throws Exception {
        counting = TestUpstream.start("counting");
        stream = new StreamUpstream();
        base = JettyBase.withModule(home, folder.resolve(home.version()));
        base.lbConf("""
                lb {
                  mounts { "/upload" { pool = counting }, "/stream" { pool = stream } }
                  pools { counting.upstreams = [ %s ], stream.upstreams = [ %s ] }
                }
                """.formatted(counting.configured(), stream.configured()));
        base.memory("-Xmx64m", "-XX:MaxDirectMemorySize=32m", "-XX:+ExitOnOutOfMemoryError");
        base.start();
        HTTP2Client low = new HTTP2Client();
        low.setInitialSessionRecvWindow(MIB / 4);
        low.setInitialStreamRecvWindow(MIB / 4);
        http2 = new HttpClient(new HttpClientTransportOverHTTP2(low));
        http2.start();
    }

    @AfterParameterizedClassInvocation
    void stopServers() throws Exception {
        if (http2 != null) {
            http2.stop();
        }
        if (base != null) {
            base.close();
            assertThat(base.server().output()).doesNotContain("OutOfMemory");
        }
        stream.close();
        counting.close();
    }

    private Request http2(String path) {
        return http2.newRequest("127.0.0.1", base.port()).path(path).idleTimeout(30, TimeUnit.SECONDS);
    }

    private static void pause() {
        if (PAUSE_MILLIS > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
        }
    }

    private void report(String what, long bytes) {
        System.out.printf("%s: %s: %.1f MiB%n", home, what, (double) bytes / MIB);
    }

    /** Writes what is to be uploaded, and returns its digest. */
    private static String content(OutputStream out, boolean chunked) throws Exception {
        byte[] bytes = new byte[MIB];
        new Random(7).nextBytes(bytes);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] size = (Integer.toHexString(MIB) + "\r\n").getBytes();
        for (long sent = 0; sent < UPLOAD; sent += MIB) {
            bytes[(int) (sent / MIB % MIB)]++;
            digest.update(bytes);
            if (chunked) {
                out.write(size);
            }
            out.write(bytes);
            if (chunked) {
                out.write('\r');
                out.write('\n');
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void assertArrived(String sha256) throws InterruptedException {
        Received received = counting.take();
        assertThat(received.length()).isEqualTo(UPLOAD);
        assertThat(received.sha256()).isEqualTo(sha256);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUploadPassesASmallHeap(boolean chunked) throws Exception {
        try (SocketChannel client = StreamUpstream.connect(base.port())) {
            StreamUpstream.write(
                    client,
                    "POST /upload HTTP/1.1\r\nHost: x\r\n"
                            + (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + UPLOAD)
                            + "\r\n\r\n");
            String sha256 = content(Channels.newOutputStream(client), chunked);
            if (chunked) {
                StreamUpstream.write(client, "0\r\n\r\n");
            }
            assertThat(StreamUpstream.head(client)).startsWith("HTTP/1.1 200");
            assertArrived(sha256);
        }
    }

    @Test
    void anUploadPassesASmallHeapOverHttp2() throws Exception {
        OutputStreamRequestContent content = new OutputStreamRequestContent();
        Request request = http2("/upload").method("POST").body(content);
        CompletableFuture<Result> done = new CompletableFuture<>();
        request.send(done::complete);
        String sha256;
        try (OutputStream out = content.getOutputStream()) {
            sha256 = content(out, false);
        }
        Result result = done.get(30, TimeUnit.SECONDS);
        assertThat(result.isSucceeded()).isTrue();
        assertThat(result.getResponse().getStatus()).isEqualTo(200);
        assertArrived(sha256);
    }

    @Test
    void lengthsBeyondTwoGibibytesAreKept() throws Exception {
        String length = "Content-Length: 10737418240\r\n";
        try (SocketChannel client = StreamUpstream.connect(base.port())) {
            StreamUpstream.write(client, "POST /stream/long HTTP/1.1\r\nHost: x\r\n" + length + "\r\nfirst");
            Asked asked = stream.take("/stream/long");
            assertThat(asked.head()).contains(length);
            StreamUpstream.skip(asked.connection(), "first".length());
            StreamUpstream.write(asked.connection(), "HTTP/1.1 200 OK\r\n" + length + "\r\nanswer");
            assertThat(StreamUpstream.head(client)).startsWith("HTTP/1.1 200").contains(length);
            StreamUpstream.skip(client, "answer".length());
            asked.close();
        }
    }

    @Test
    void aSlowReaderHoldsTheUpstreamBack() throws Exception {
        try (SocketChannel client = StreamUpstream.connect(base.port())) {
            StreamUpstream.write(client, "GET /stream/read HTTP/1.1\r\nHost: x\r\n\r\n");
            EagerWriter upstream = endlessResponse("/stream/read");
            assertThat(StreamUpstream.head(client)).startsWith("HTTP/1.1 200");
            long most = 0;
            for (long read = 0; read < (long) ROUNDS * MIB; read += StreamUpstream.skip(client, MIB)) {
                most = Math.max(most, upstream.awaitHeld(read, BOUND));
                pause();
            }
            report("ahead of a slow reader", most);
        }
    }

    @Test
    void aSlowReaderOverHttp2HoldsTheUpstreamBack() throws Exception {
        InputStreamResponseListener listener = new InputStreamResponseListener();
        Request request = http2("/stream/read2");
        request.send(listener);
        EagerWriter upstream = endlessResponse("/stream/read2");
        assertThat(listener.get(30, TimeUnit.SECONDS).getStatus()).isEqualTo(200);
        long most = 0;
        try (InputStream in = listener.getInputStream()) {
            for (long read = 0; read < (long) ROUNDS * MIB; read += skip(in)) {
                most = Math.max(most, upstream.awaitHeld(read, BOUND));
                pause();
            }
        }
        request.abort(new IOException("enough"));
        report("ahead of a slow reader over HTTP/2", most);
    }

    private EagerWriter endlessResponse(String target) throws Exception {
        SocketChannel connection = stream.take(target).connection();
        StreamUpstream.write(connection, StreamUpstream.ENDLESS);
        return started(new EagerWriter(connection));
    }

    private static EagerWriter started(EagerWriter writer) {
        Thread thread = new Thread(writer, "eager");
        thread.setDaemon(true);
        thread.start();
        return writer;
    }

    private static long skip(InputStream in) throws IOException {
        byte[] bytes = new byte[MIB];
        int count = 0;
        while (count < MIB) {
            int more = in.read(bytes, count, MIB - count);
            if (more < 0) {
                throw new IOException("ended");
            }
            count += more;
        }
        return count;
    }

    @Test
    void aSlowUpstreamHoldsTheClientBack() throws Exception {
        try (SocketChannel client = StreamUpstream.connect(base.port())) {
            StreamUpstream.write(client, "POST /stream/send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            Asked asked = stream.take("/stream/send");
            EagerWriter upload = started(new EagerWriter(client));
            long most = 0;
            for (long read = 0; read < (long) ROUNDS * MIB; read += StreamUpstream.skip(asked.connection(), MIB)) {
                most = Math.max(most, upload.awaitHeld(read, BOUND));
                pause();
            }
            asked.close();
            report("ahead of a slow upstream", most);
        }
    }

    @Test
    void aSlowUpstreamHoldsAnHttp2ClientBack() throws Exception {
        OutputStreamRequestContent content = new OutputStreamRequestContent();
        Request request = http2("/stream/send2").method("POST").body(content);
        CompletableFuture<?> done = new CompletableFuture<>();
        request.send(result -> done.complete(null));
        Asked asked = stream.take("/stream/send2");
        HttpTwoUpload upload = new HttpTwoUpload(content.getOutputStream());
        upload.start();
        long most = 0;
        for (long read = 0; read < (long) ROUNDS * MIB; read += StreamUpstream.skip(asked.connection(), MIB)) {
            most = Math.max(most, upload.awaitHeld(read));
            pause();
        }
        request.abort(new IOException("enough"));
        asked.close();
        done.get(30, TimeUnit.SECONDS);
        report("ahead of a slow upstream over HTTP/2", most);
    }

    /** Writes without end to a stream that blocks where nothing is taken. */
    private static final class HttpTwoUpload extends Thread {
        private final OutputStream out;
        private volatile long written;

        HttpTwoUpload(OutputStream out) {
            super("eager-http2");
            setDaemon(true);
            this.out = out;
        }

        @Override
        public void run() {
            byte[] bytes = new byte[16 * 1024];
            try {
                while (true) {
                    out.write(bytes);
                    written = written + bytes.length;
                }
            } catch (IOException aborted) {
                // As the test does in the end.
                written = -1;
            }
        }

        long awaitHeld(long taken) {
            while (true) {
                boolean held = getState() == State.WAITING || getState() == State.TIMED_WAITING;
                long under = written - taken;
                assertThat(under).isLessThan(BOUND);
                assertThat(written).as("the upload goes on").isNotNegative();
                if (held) {
                    return under;
                }
                Thread.onSpinWait();
            }
        }
    }
}
