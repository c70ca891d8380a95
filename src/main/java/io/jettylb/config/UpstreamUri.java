package io.jettylb.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the URI of an upstream, and brings it to one form: a port, and no slash at the end. */
final class UpstreamUri {

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
    private static final Pattern DOTS = Pattern.compile("(?i)(^|/)(\\.|%2e){1,2}(/|$)");
    private static final Pattern PORT = Pattern.compile(":(\\d+)$");
    private static final String FORM = "a URI such as http://10.0.0.1:8080";

    private UpstreamUri() {}

    static URI parse(String text) throws UnusableException {
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
        int port = uri.getPort() < 0 ? HTTP : uri.getPort();
        return URI.create("http://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port + path(uri));
    }

    private static void checkScheme(URI uri) throws UnusableException {
        if ("https".equalsIgnoreCase(uri.getScheme())) {
            throw new UnusableException("an http URI; https is not supported by this version");
        }
        // "localhost:8080" is a URI, too, with a scheme named localhost.
        if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.isOpaque()) {
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
