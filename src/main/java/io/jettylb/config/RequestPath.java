package io.jettylb.config;

import java.net.URI;
import java.net.URISyntaxException;

/** What requests of our own may ask for. */
public final class RequestPath {

    private RequestPath() {}

    /**
     * Whether a text can stand behind an upstream's URI.
     *
     * @param text a path, with a query or without
     * @return whether a request can be sent with it
     */
    public static boolean isUsable(String text) {
        try {
            // With a host in front, "//x" is a path, too.
            URI uri = new URI("http://h" + text);
            return text.startsWith("/")
                    && uri.getRawFragment() == null
                    && text.chars().allMatch(c -> c > ' ' && c < 0x7F);
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
