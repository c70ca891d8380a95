package io.jettylb.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** An upstream that wants the PROXY protocol and answers every request with what it said, in the form of version 1. */
public final class ProxyProtocolUpstream implements AutoCloseable {

    private static final byte[] MAGIC = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

    private final ServerSocket server;
    private final SSLContext tls;
    private final List<String> headers = new CopyOnWriteArrayList<>();

    public ProxyProtocolUpstream() {
        this(null);
    }

    /** With TLS after the header. */
    public ProxyProtocolUpstream(SSLContext tls) {
        this.tls = tls;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    public URI secureUri() {
        return URI.create("https://127.0.0.1:" + server.getLocalPort());
    }

    /** The headers so far, one for each connection. */
    public List<String> headers() {
        return headers;
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "proxy-protocol-upstream");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                daemon(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket plain) {
        try (plain) {
            String header = header(new DataInputStream(plain.getInputStream()));
            headers.add(header);
            Socket socket = plain;
            if (tls != null) {
                SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(plain, null, false);
                secure.setUseClientMode(false);
                socket = secure;
            }
            InputStream in = socket.getInputStream();
            while (RawMessages.head(in) != null) {
                String response = "HTTP/1.1 200 OK\r\nContent-Length: " + header.length() + "\r\n\r\n" + header;
                socket.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
            }
        } catch (IOException gone) {
            // The proxy closed the connection: what that means is for the test to say.
            headers.size();
        }
    }

    private static String header(DataInputStream in) throws IOException {
        byte[] start = in.readNBytes(6);
        if (new String(start, StandardCharsets.US_ASCII).equals("PROXY ")) {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                line.append((char) c);
            }
            return "V1 " + line.toString().strip();
        }
        byte[] rest = in.readNBytes(6);
        for (int i = 0; i < MAGIC.length; i++) {
            if (MAGIC[i] != (i < 6 ? start[i] : rest[i - 6])) {
                throw new IOException("no PROXY protocol");
            }
        }
        int command = in.readUnsignedByte();
        int family = in.readUnsignedByte();
        byte[] addresses = in.readNBytes(in.readUnsignedShort());
        if (command == 0x20) {
            return "V2 LOCAL";
        }
        int length = family == 0x11 ? 4 : 16;
        return "V2 " + (length == 4 ? "TCP4 " : "TCP6 ") + address(addresses, 0, length) + " "
                + address(addresses, length, length) + " " + port(addresses, 2 * length) + " "
                + port(addresses, 2 * length + 2);
    }

    private static String address(byte[] bytes, int from, int length) throws IOException {
        return InetAddress.getByAddress(java.util.Arrays.copyOfRange(bytes, from, from + length))
                .getHostAddress();
    }

    private static int port(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
