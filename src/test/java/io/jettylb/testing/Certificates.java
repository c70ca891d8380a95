package io.jettylb.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority of a test's own, and what it issues. */
public final class Certificates {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Issued root;

    /**
     * A certificate with its key.
     *
     * @param certificate the certificate
     * @param keys the pair that it certifies
     * @param issuer who has signed it; null: itself
     */
    public record Issued(X509Certificate certificate, KeyPair keys, X509Certificate issuer) {

        /** The certificate as PEM, with a comment as other tools write it. */
        public String pem() {
            return "subject=" + certificate.getSubjectX500Principal() + "\n" + Certificates.pem(certificate);
        }

        public String keyPem() {
            return Certificates.pem("PRIVATE KEY", keys.getPrivate().getEncoded());
        }

        public Path writePem(Path file) {
            return write(file, pem() + keyPem());
        }

        /** A key store of the type with the password {@code changeit}. */
        public Path writeStore(Path file, String type) {
            try {
                KeyStore store = KeyStore.getInstance(type);
                store.load(null, null);
                store.setKeyEntry("own", keys.getPrivate(), PASSWORD, new Certificate[] {certificate, issuer});
                return write(file, store);
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** What a server needs to show this certificate, and to ask for those of some authorities. */
        public SSLContext context(X509Certificate... clientAuthorities) {
            try {
                KeyStore own = KeyStore.getInstance("PKCS12");
                own.load(null, null);
                own.setKeyEntry("own", keys.getPrivate(), PASSWORD, new Certificate[] {certificate});
                KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
                keyManagers.init(own, PASSWORD);
                TrustManager[] trusted = null;
                if (clientAuthorities.length > 0) {
                    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
                    trust.init(storeOf(List.of(clientAuthorities)));
                    trusted = trust.getTrustManagers();
                }
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(keyManagers.getKeyManagers(), trusted, null);
                return context;
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** A server's socket on a free loopback port that shows this certificate. */
        public SSLServerSocket serverSocket(X509Certificate... clientAuthorities) {
            try {
                SSLServerSocket socket = (SSLServerSocket) context(clientAuthorities)
                        .getServerSocketFactory()
                        .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
                socket.setNeedClientAuth(clientAuthorities.length > 0);
                return socket;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public Certificates(String name) {
        KeyPair keys = keys();
        this.root = new Issued(sign(name, keys, name, keys, 365, List.of(), true), keys, null);
    }

    public Issued root() {
        return root;
    }

    /** The authority's own certificate as a PEM file. */
    public Path writeTrust(Path file) {
        return write(file, root.pem());
    }

    /** The authority's own certificate in a store of the type with the password {@code changeit}. */
    public Path writeTrustStore(Path file, String type) {
        try {
            KeyStore store = KeyStore.getInstance(type);
            store.load(null, null);
            store.setCertificateEntry("root", root.certificate());
            return write(file, store);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For these host names and addresses. */
    public Issued issue(String... names) {
        return issue(30, names);
    }

    public Issued issueExpired(String... names) {
        return issue(-1, names);
    }

    private Issued issue(int days, String... names) {
        KeyPair keys = keys();
        X509Certificate certificate = sign(names[0], keys, issuer(), root.keys(), days, List.of(names), false);
        return new Issued(certificate, keys, root.certificate());
    }

    private String issuer() {
        return root.certificate().getSubjectX500Principal().getName().substring("CN=".length());
    }

    public static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String pem(String label, byte[] content) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate sign(
            String subject, KeyPair keys, String issuer, KeyPair issuerKeys, int days, List<String> names, boolean ca) {
        Instant now = Instant.now();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + issuer),
                new BigInteger(64, new SecureRandom()),
                Date.from(now.minus(60, ChronoUnit.DAYS)),
                Date.from(now.plus(days, ChronoUnit.DAYS)),
                new X500Name("CN=" + subject),
                keys.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
            if (!names.isEmpty()) {
                GeneralName[] alternatives = names.stream()
                        .map(name -> new GeneralName(
                                name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, name))
                        .toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
        } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore storeOf(List<X509Certificate> certificates) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (X509Certificate certificate : certificates) {
            store.setCertificateEntry("c" + store.size(), certificate);
        }
        return store;
    }

    private static Path write(Path file, KeyStore store) throws GeneralSecurityException, IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, PASSWORD);
        return Files.write(file, bytes.toByteArray());
    }

    static Path write(Path file, String text) {
        try {
            return Files.write(file, text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
