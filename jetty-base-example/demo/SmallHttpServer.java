import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Just enough HTTP/1.1 for the example, with one thread for each connection.
 *
 * <p>Why not {@code com.sun.net.httpserver}: up to JDK 17 it sends a response in two pieces. A process that is killed
 * between them leaves half a response, which no proxy can make good, and the example is about processes being killed.
 */
final class SmallHttpServer {

    private static final int KEEP_ALIVE_MILLIS = 30_000;

    /**
     * What was asked.
     *
     * @param method the method
     * @param target the path and query, as they came
     * @param fields the header fields, by names without regard to case
     */
    record Request(String method, String target, Map<String, String> fields) {}

    /**
     * What is answered.
     *
     * @param status the status code
     * @param fields the header fields, but for those about the content's length
     * @param body the content
     */
    record Response(int status, Map<String, String> fields, String body) {}

    private final ServerSocket listener;
    private final Function<Request, Response> pages;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    SmallHttpServer(int port, Function<Request, Response> pages) throws IOException {
        this.listener = new ServerSocket(port, 1024, InetAddress.getLoopbackAddress());
        this.pages = pages;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Serves until the process ends. */
    void serve() throws IOException {
        while (true) {
            Socket connection = listener.accept();
            threads.execute(() -> serve(connection));
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            connection.setSoTimeout(KEEP_ALIVE_MILLIS);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                String[] words = line.split(" ");
                Request request = new Request(words[0], words[1], fields(in));
                if ("100-continue".equalsIgnoreCase(request.fields().get("Expect"))) {
                    connection.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
                }
                skipContent(in, request.fields());
                connection.getOutputStream().write(bytes(request, pages.apply(request)));
                if ("close".equalsIgnoreCase(request.fields().get("Connection")) || words[2].equals("HTTP/1.0")) {
                    return;
                }
            }
        } catch (IOException | RuntimeException over) {
            // The other side is gone, silent for too long, or does not speak HTTP: all end the connection.
            return;
        }
    }

    private static Map<String, String> fields(InputStream in) throws IOException {
        Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            fields.merge(line.substring(0, colon), line.substring(colon + 1).strip(), (one, two) -> one + ", " + two);
        }
        return fields;
    }

    private static void skipContent(InputStream in, Map<String, String> fields) throws IOException {
        if (!"chunked".equalsIgnoreCase(fields.get("Transfer-Encoding"))) {
            in.skipNBytes(Long.parseLong(fields.getOrDefault("Content-Length", "0")));
            return;
        }
        for (long size = chunkSize(in); size > 0; size = chunkSize(in)) {
            in.skipNBytes(size);
            line(in);
        }
        fields(in);
    }

    private static long chunkSize(InputStream in) throws IOException {
        return Long.parseLong(line(in).split(";")[0].strip(), 16);
    }

    private static byte[] bytes(Request request, Response response) throws IOException {
        byte[] content = response.body().getBytes(UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 " + response.status() + " \r\n");
        response.fields().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Length: " + content.length + "\r\n\r\n");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(head.toString().getBytes(ISO_8859_1));
        if (!request.method().equals("HEAD")) {
            all.write(content);
        }
        return all.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }
}
