package io.jettylb.proxy;

import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** A failure of TLS in words for the operator: what the JDK says of it needs a reader who knows the JDK. */
final class TlsFailure extends IOException {

    private static final long serialVersionUID = 1L;

    private static final String NO_PROTOCOL = "no_application_protocol";
    private static final String ALERT = "Received fatal alert: ";
    /** What an upstream says of a certificate that it got from us, or did not get (RFC 8446, 6.2). */
    private static final Set<String> ABOUT_OURS = Set.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "unknown_ca",
            "access_denied",
            "certificate_required");

    private TlsFailure(String text, Throwable cause) {
        super(text, cause);
    }

    @Override
    public String toString() {
        return getMessage();
    }

    /**
     * A failure in readable words.
     *
     * @param failure any, or null
     * @return the same if it is no failure of TLS
     */
    static Throwable readable(Throwable failure) {
        return failure instanceof SSLException ? new TlsFailure("TLS: " + text(failure), failure) : failure;
    }

    /**
     * Whether the upstream has refused the connection, and therefore cannot have looked at a request in it: with TLS 1.3
     * it judges our certificate only when we may send already.
     */
    static boolean isRefusal(Throwable failure) {
        return failure instanceof TlsFailure
                && (failure.getCause() instanceof SSLHandshakeException
                        || ABOUT_OURS.contains(alert(failure.getCause())));
    }

    private static String alert(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        int at = message.indexOf(ALERT);
        // JDK 21 puts "(name)" around it.
        return at < 0 ? "" : message.substring(at + ALERT.length()).replaceAll("[^a-z_].*", "");
    }

    private static String text(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return "the upstream's certificate has expired, " + cause.getMessage();
            }
            if (cause instanceof CertificateNotYetValidException) {
                return "the upstream's certificate is not valid yet, " + cause.getMessage();
            }
            if (cause instanceof CertPathBuilderException) {
                return "the upstream's certificate is not trusted (see tls.trust-store)";
            }
            if (cause instanceof CertificateException && cause.getCause() == null) {
                return "the upstream's certificate is not for this name (see tls.sni): " + cause.getMessage();
            }
        }
        String alert = alert(failure);
        if (ABOUT_OURS.contains(alert)) {
            return "the upstream refused our certificate (see tls.key-store): " + alert;
        }
        if (alert.equals(NO_PROTOCOL)) {
            return "the upstream speaks none of the protocols that it was offered (see protocol): " + alert;
        }
        if (!alert.isEmpty()) {
            return "the upstream refused the handshake: " + alert;
        }
        String message = String.valueOf(failure.getMessage());
        return message.toLowerCase(Locale.ROOT).contains("unrecognized ssl message")
                ? "the upstream does not answer in TLS"
                : message;
    }
}
