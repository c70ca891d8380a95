package io.jettylb.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** An upstream that speaks WebSocket (RFC 6455): sends messages back, answers pings and the closing handshake. */
public final class WebSocketEcho {

    private static final int PING = 0x9;
    private static final int CLOSE = 0x8;

    private WebSocketEcho() {}

    public static RawUpstream start() {
        return new RawUpstream(WebSocketEcho::serve);
    }

    /** The same on a socket of its own, with TLS say. */
    public static RawUpstream start(ServerSocket socket) {
        return new RawUpstream(WebSocketEcho::serve, socket);
    }

    private static boolean serve(RawUpstream.Exchange exchange) throws IOException {
        String key = RawMessages.field(exchange.head(), "sec-websocket-key");
        String upgrade = RawMessages.field(exchange.head(), "upgrade");
        if (key == null || !"websocket".equalsIgnoreCase(upgrade)) {
            exchange.send("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n");
            return true;
        }
        exchange.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + accept(key) + "\r\n\r\n");
        DataInputStream in = new DataInputStream(exchange.in());
        int first = in.read();
        while (first >= 0) {
            String content = content(in);
            int opcode = first & 0xF;
            exchange.send(frame(opcode == PING ? first + 1 : first, content));
            if (opcode == CLOSE) {
                return false;
            }
            first = in.read();
        }
        return false;
    }

    public static String accept(String key) {
        try {
            byte[] bytes = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String content(DataInputStream in) throws IOException {
        int second = in.readUnsignedByte();
        if ((second & 0x80) == 0) {
            throw new IOException("a client's frame without a mask");
        }
        long length = second & 0x7F;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] mask = in.readNBytes(4);
        byte[] content = in.readNBytes((int) length);
        for (int i = 0; i < content.length; i++) {
            content[i] ^= mask[i % 4];
        }
        return new String(content, StandardCharsets.ISO_8859_1);
    }

    private static String frame(int first, String content) {
        StringBuilder frame = new StringBuilder().append((char) first);
        int length = content.length();
        if (length < 126) {
            frame.append((char) length);
        } else if (length < 1 << 16) {
            frame.append((char) 126).append((char) (length >> 8)).append((char) (length & 0xFF));
        } else {
            frame.append((char) 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.append((char) ((long) length >> shift & 0xFF));
            }
        }
        return frame.append(content).toString();
    }
}
