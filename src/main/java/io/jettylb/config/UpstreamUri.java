package io.jettylb.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URI of an upstream, brought to one form: a port, and no slash at the end.
 *
 * @param id how the upstream is called unless it is given a name
 * @param uri as {@link UpstreamConfig#uri()} has it
 * @param socket as {@link UpstreamConfig#socket()} has it
 */
record UpstreamUri(String id, URI uri, Path socket) {

    /** A URI that cannot be used. */
    static final class UnusableException extends Exception {

        private static final long serialVersionUID = 1L;

        UnusableException(String expected) {
            super(expected, null, false, false);
        }

        /** What should have stood there. */
        String expected() {
            return getMessage();
        }
    }

    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final String UNIX = "unix:";
    private static final String UNIX_FORM = "unix: with the absolute path of a socket, such as unix:/run/app.sock";
    /** What the system allows, and the zero at the end. */
    private static final int LONGEST_SOCKET = 107;

    private static final Pattern DOTS = Pattern.compile("(?i)(^|/)(\\.|%2e){1,2}(/|$)");
    private static final Pattern PORT = Pattern.compile(":(\\d+)$");
    private static final String FORM = "a URI such as http://10.0.0.1:8080";

    static UpstreamUri parse(String text) throws UnusableException {
        if (text.startsWith(UNIX)) {
            return unix(text.substring(UNIX.length()));
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new UnusableException(FORM);
        }
        checkScheme(uri);
        checkAuthority(uri);
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new UnusableException("a URI without query and fragment");
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS : HTTP;
        URI whole = URI.create(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port + path(uri));
        return new UpstreamUri(whole.getRawAuthority(), whole, null);
    }

    /** The form of nginx: the path of the socket, and after another colon that of the URI. */
    private static UpstreamUri unix(String text) throws UnusableException {
        int colon = text.indexOf(':');
        String socket = colon < 0 ? text : text.substring(0, colon);
        String path = colon < 0 ? "" : text.substring(colon + 1);
        if (!socket.startsWith("/") || socket.startsWith("//") || socket.endsWith("/")) {
            throw new UnusableException(UNIX_FORM);
        }
        if (socket.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET) {
            throw new UnusableException("a path of at most " + LONGEST_SOCKET + " bytes");
        }
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new UnusableException(UNIX_FORM + ", or unix:/run/app.sock:/base");
        }
        try {
            URI uri = parse("http://localhost" + path).uri();
            return new UpstreamUri(UNIX + socket, uri, Path.of(socket));
        } catch (InvalidPathException e) {
            throw new UnusableException(UNIX_FORM);
        }
    }

    private static void checkScheme(URI uri) throws UnusableException {
        boolean known = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        // "localhost:8080" is a URI, too, with a scheme named localhost.
        if (!known || uri.isOpaque()) {
            throw new UnusableException(FORM);
        }
    }

    private static void checkAuthority(URI uri) throws UnusableException {
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw new UnusableException(FORM);
        }
        if (authority.contains("@")) {
            throw new UnusableException("a URI without user and password");
        }
        Matcher port = PORT.matcher(authority);
        if (port.find() && !isPort(port.group(1))) {
            throw new UnusableException("a port of 1..65535");
        }
        if (uri.getHost() == null || uri.getHost().contains("%")) {
            throw new UnusableException("an IP address, or a host name of letters, digits, '-' and '.'");
        }
    }

    private static String path(URI uri) throws UnusableException {
        String path = uri.getRawPath();
        if (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        if (DOTS.matcher(path).find() || path.endsWith("/") || path.contains("//")) {
            throw new UnusableException("a path without empty and dot segments");
        }
        if (path.contains(";") || !path.chars().allMatch(c -> c < 0x80)) {
            throw new UnusableException("a path without ';', and with other letters than those of ASCII in %-form");
        }
        return path;
    }

    private static boolean isPort(String digits) {
        return digits.length() <= 5 && Integer.parseInt(digits) >= 1 && Integer.parseInt(digits) <= 65_535;
    }

    /** Whether the text is a host with an optional port, and nothing else. */
    static boolean isAuthority(String text) {
        try {
            URI uri = new URI("http://" + text);
            checkAuthority(uri);
            return text.equals(uri.getRawAuthority()) && !text.endsWith(":");
        } catch (URISyntaxException | UnusableException e) {
            return false;
        }
    }
}
