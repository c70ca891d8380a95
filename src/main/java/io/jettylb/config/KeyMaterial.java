package io.jettylb.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.List;

/**
 * The certificates and keys of a {@code tls} block, as read from its files. Immutable.
 *
 * <p>Reading needs the JDK only, so that a configuration can be checked where there is no server.
 */
public final class KeyMaterial {

    private static final int MAX_BYTES = 4 * 1024 * 1024;
    private static final String READABLE = "a readable file of at most 4 MiB";
    private static final String TRUST = "certificates in PEM, PKCS12 or JKS";
    private static final String IDENTITY = "a certificate and its private key in PEM, PKCS12 or JKS";
    private static final String PKCS8 =
            "an unencrypted PKCS#8 key, BEGIN PRIVATE KEY; openssl pkcs8 -topk8 -nodes makes one";
    /** Guards nothing: it opens a key that is in memory already. */
    private static final char[] IN_MEMORY = "memory".toCharArray();

    private final KeyStore trusted;
    private final KeyStore own;
    private final char[] ownPassword;

    private KeyMaterial(KeyStore trusted, KeyStore own, char[] ownPassword) {
        this.trusted = trusted;
        this.own = own;
        this.ownPassword = ownPassword;
    }

    /**
     * Reads the files.
     *
     * @param tls which
     * @return everything that they hold
     * @throws UnusableKeysException if a file cannot be used
     */
    public static KeyMaterial read(TlsConfig tls) throws UnusableKeysException {
        KeyStore trusted = tls.trust() == null ? null : trusted(tls.trust());
        if (tls.identity() == null) {
            return new KeyMaterial(trusted, null, null);
        }
        return identity(tls.identity(), trusted);
    }

    /**
     * The certificates that vouch for upstreams.
     *
     * @return null: those that the JDK trusts
     */
    public KeyStore trusted() {
        return trusted;
    }

    /**
     * The certificate and private key of this side.
     *
     * @return null: none
     */
    public KeyStore own() {
        return own;
    }

    /**
     * What opens the private key.
     *
     * @return a copy; null if there is no key
     */
    public char[] ownPassword() {
        return ownPassword == null ? null : ownPassword.clone();
    }

    /**
     * A digest of all files of a block, to notice changes.
     *
     * @param tls which
     * @return equal for equal contents; a file that cannot be read counts as empty
     */
    public static byte[] digest(TlsConfig tls) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (tls.trust() != null) {
                digest.update(contentOrNothing(tls.trust().file()));
            }
            if (tls.identity() != null) {
                digest.update((byte) 0);
                digest.update(contentOrNothing(tls.identity().file()));
                if (tls.identity().keyFile() != null) {
                    digest.update((byte) 0);
                    digest.update(contentOrNothing(tls.identity().keyFile()));
                }
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] contentOrNothing(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MAX_BYTES);
        } catch (IOException unreadable) {
            // Whoever uses the content reads it again and says what is wrong.
            return new byte[0];
        }
    }

    static KeyStore trusted(TlsConfig.Trust trust) throws UnusableKeysException {
        String key = "trust-store";
        byte[] content = content(key, trust.file());
        KeyStore store;
        try {
            if (Pem.looksLike(content)) {
                store = storeOf(Pem.parse(content).certificates());
            } else if (isStore(content)) {
                store = open(key, trust.file(), content, trust.password());
            } else {
                store = storeOf(CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(content)));
            }
            if (store.size() == 0) {
                boolean locked = isStore(content) && trust.password() == null;
                throw unusable(key, trust.file(), "no certificate in it", locked ? "trust-store-password" : TRUST);
            }
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(key, trust.file(), "not readable as certificates", TRUST);
        }
    }

    static KeyMaterial identity(TlsConfig.Identity identity, KeyStore trusted) throws UnusableKeysException {
        String key = identity.keyFile() == null ? "key-store" : "certificate";
        byte[] content = content(key, identity.file());
        if (identity.keyFile() == null && !Pem.looksLike(content)) {
            KeyStore store;
            try {
                store = open(key, identity.file(), content, identity.password());
            } catch (GeneralSecurityException | IOException e) {
                throw unusable(key, identity.file(), "not readable as a key store", IDENTITY);
            }
            String password = identity.keyPassword() == null ? identity.password() : identity.keyPassword();
            char[] chars = password == null ? new char[0] : password.toCharArray();
            checkKey(store, chars, identity.file());
            return new KeyMaterial(trusted, store, chars);
        }
        return new KeyMaterial(trusted, pemIdentity(identity, key, content), IN_MEMORY);
    }

    private static KeyStore pemIdentity(TlsConfig.Identity identity, String key, byte[] content)
            throws UnusableKeysException {
        boolean one = identity.keyFile() == null;
        Path keyFile = one ? identity.file() : identity.keyFile();
        String keyKey = one ? key : "private-key";
        byte[] keyContent = one ? content : content(keyKey, keyFile);
        List<Certificate> chain;
        try {
            chain = Pem.parse(content).certificates();
        } catch (GeneralSecurityException e) {
            throw unusable(key, identity.file(), "not readable as certificates", IDENTITY);
        }
        if (chain.isEmpty()) {
            throw unusable(key, identity.file(), "no certificate in it", one ? IDENTITY : "certificates in PEM");
        }
        try {
            Pem pem = Pem.parse(keyContent);
            if (!"PRIVATE KEY".equals(pem.keyLabel())) {
                String found = pem.keyLabel() == null ? "no private key in it" : "a key in the form " + pem.keyLabel();
                throw unusable(keyKey, keyFile, found, PKCS8);
            }
            PrivateKey privateKey = pem.key(chain.get(0).getPublicKey());
            if (!Pem.belongTogether(privateKey, chain.get(0).getPublicKey())) {
                throw mismatch(keyKey, keyFile);
            }
            KeyStore store = empty();
            store.setKeyEntry("own", privateKey, IN_MEMORY, chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw mismatch(keyKey, keyFile);
        }
    }

    private static UnusableKeysException mismatch(String key, Path file) {
        return unusable(key, file, "not the key of the certificate", "the private key of the first certificate");
    }

    private static void checkKey(KeyStore store, char[] password, Path file) throws UnusableKeysException {
        try {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    Key found = store.getKey(alias, password);
                    if (found instanceof PrivateKey) {
                        return;
                    }
                }
            }
        } catch (GeneralSecurityException e) {
            throw unusable("key-store", file, "a key that does not open", "the right key-password");
        }
        throw unusable("key-store", file, "no private key in it", IDENTITY);
    }

    /** PKCS12 begins with a sequence that begins with a version, JKS and JCEKS with marks of their own. */
    private static boolean isStore(byte[] content) {
        if (content.length < 8) {
            return false;
        }
        int mark = (content[0] & 0xFF) << 24 | (content[1] & 0xFF) << 16 | (content[2] & 0xFF) << 8 | content[3] & 0xFF;
        if (mark == 0xFEEDFEED || mark == 0xCECECECE) {
            return true;
        }
        int length = content[1] & 0xFF;
        int body = 2 + (length > 0x80 ? length - 0x80 : 0);
        return content[0] == 0x30 && body + 2 < content.length && content[body] == 2 && content[body + 1] == 1;
    }

    private static KeyStore open(String key, Path file, byte[] content, String password)
            throws GeneralSecurityException, IOException, UnusableKeysException {
        String type = content.length > 0 && (content[0] & 0xFF) == 0xCE ? "JCEKS" : "PKCS12";
        // The JDK's PKCS12 reads JKS as well.
        KeyStore store = KeyStore.getInstance((content.length > 0 && (content[0] & 0xFF) == 0xFE) ? "JKS" : type);
        try {
            store.load(new ByteArrayInputStream(content), password == null ? null : password.toCharArray());
            return store;
        } catch (IOException e) {
            if (e.getCause() instanceof UnrecoverableKeyException) {
                throw unusable(key, file, "does not open", "the right " + key + "-password");
            }
            throw e;
        }
    }

    private static KeyStore storeOf(Iterable<? extends Certificate> certificates)
            throws GeneralSecurityException, IOException {
        KeyStore store = empty();
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("trusted-" + store.size(), certificate);
        }
        return store;
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static byte[] content(String key, Path file) throws UnusableKeysException {
        if (!Files.exists(file)) {
            throw unusable(key, file, "missing", READABLE);
        }
        if (!Files.isRegularFile(file)) {
            throw unusable(key, file, "not an ordinary file", READABLE);
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw unusable(key, file, "too large", READABLE);
            }
            return content;
        } catch (IOException e) {
            throw unusable(key, file, "unreadable, " + e.getClass().getSimpleName(), READABLE);
        }
    }

    private static UnusableKeysException unusable(String key, Path file, String what, String expected) {
        return new UnusableKeysException(key, Display.quoted(file.toString()) + ", " + what, expected);
    }
}
