package io.jettylb.proxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.random.RandomGenerator;

/**
 * What a WebSocket client shows over HTTP/1.1 to find out whether its peer means WebSocket (RFC 6455, 4.1). Over HTTP/2
 * there is none (RFC 8441), so that who translates has to make it up.
 *
 * @param value as sent
 */
record WebSocketKey(String value) {

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    static WebSocketKey create(RandomGenerator random) {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return new WebSocketKey(Base64.getEncoder().encodeToString(bytes));
    }

    /** What the peer answers. */
    String accept() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((value + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
