package io.jettylb.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a pool speaks TLS with its {@code https} upstreams.
 *
 * @param trust the certificates that vouch for upstreams; null: those that the JDK trusts
 * @param identity what this side shows to upstreams that ask for a certificate; null: nothing
 * @param verify whether an upstream's certificate must be trusted at all
 * @param verifyHost whether it must be made out to the name that is sent as server name, or else to the URI's host
 * @param sni where the server name comes from; null: it follows the pool's {@code host}
 * @param protocols the versions of TLS, in the JDK's names; empty: the JDK's choice
 * @param ciphers the cipher suites, in the JDK's names; empty: the JDK's choice without the weak ones
 * @param reloadInterval how often the files are looked at for changes; zero: never
 */
public record TlsConfig(
        Trust trust,
        Identity identity,
        boolean verify,
        boolean verifyHost,
        HostPolicy sni,
        List<String> protocols,
        List<String> ciphers,
        Duration reloadInterval) {

    /**
     * A file of certificates: PEM, DER, PKCS12 or JKS.
     *
     * @param file where it is
     * @param password what opens it; null: it has none
     */
    public record Trust(Path file, String password) {
        @Override
        public String toString() {
            return "Trust[" + file + "]";
        }
    }

    /**
     * A certificate with its chain and its private key: both in one PEM, PKCS12 or JKS file, or in two PEM files.
     *
     * @param file the file with the certificate
     * @param keyFile the PEM file with the private key; null: it is in the same file
     * @param password what opens the file; null: it has none
     * @param keyPassword what opens the key in it; null: the same
     */
    public record Identity(Path file, Path keyFile, String password, String keyPassword) {
        @Override
        public String toString() {
            return "Identity[" + file + (keyFile == null ? "" : ", " + keyFile) + "]";
        }
    }
}
