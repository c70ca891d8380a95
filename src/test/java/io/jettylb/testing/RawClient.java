package io.jettylb.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that sends the bytes a test gives it, and reads responses as bytes. */
public final class RawClient implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;

    /** A response, its content decoded from chunks. */
    public record Response(String head, String body) {
        public int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        public String field(String name) {
            return RawMessages.field(head, name);
        }
    }

    public RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    public int localPort() {
        return socket.getLocalPort();
    }

    /** One request without content on a connection of its own. */
    public static Response get(int port, String path, String... fields) throws IOException {
        return once(port, "GET", path, fields);
    }

    public static Response once(int port, String method, String path, String... fields) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(method, path, fields);
            return client.read("HEAD".equals(method));
        }
    }

    public void send(String method, String path, String... fields) throws IOException {
        StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        if (fields.length == 0 || !String.join("\n", fields).contains("Host:")) {
            request.append("Host: client.example\r\n");
        }
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        send(request.append("\r\n").toString());
    }

    public void send(String latin1) throws IOException {
        socket.getOutputStream().write(latin1.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    public Response read() throws IOException {
        return read(false);
    }

    /** The next final response; interim ones before it are skipped. */
    public Response read(boolean headOnly) throws IOException {
        String head = readHead();
        while (head.startsWith("HTTP/1.1 1") && !head.startsWith("HTTP/1.1 101")) {
            head = readHead();
        }
        boolean bodiless = headOnly || head.startsWith("HTTP/1.1 304") || head.startsWith("HTTP/1.1 204");
        return new Response(head, bodiless ? "" : RawMessages.body(head, in));
    }

    /** Reads one response to whatever end it comes. */
    public Answer answer(boolean toHead, Runnable headSeen) throws IOException {
        return new AnswerReader(in, headSeen).read(toHead);
    }

    public String readHead() throws IOException {
        String head = RawMessages.head(in);
        if (head == null) {
            throw new IOException("connection closed without a response");
        }
        return head;
    }

    /** As many bytes as asked for, or fewer at the end of the stream. */
    public String readBytes(int count) throws IOException {
        return new String(in.readNBytes(count), StandardCharsets.ISO_8859_1);
    }

    public String readToEnd() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Reads to the end and counts. */
    public long skipToEnd() throws IOException {
        return in.transferTo(java.io.OutputStream.nullOutputStream());
    }

    public void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
