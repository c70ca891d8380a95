package io.jettylb.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** Reads how a pool speaks TLS, and tries whether the files are what they are said to be. */
final class TlsReader {

    private static final String FILE = "a file";
    private static final String PASSWORD = "a password";
    private static final String SNI = "upstream, or a host name without a port";
    private static final Pattern NAME = Pattern.compile("(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    private TlsReader() {}

    static TlsConfig read(Section tls, TlsConfig fallback) {
        tls.checkKeys(Vocabulary.TLS);
        SSLParameters supported = supported();
        return new TlsConfig(
                trust(tls, fallback.trust()),
                identity(tls, fallback.identity()),
                tls.bool("verify", fallback.verify()),
                tls.bool("verify-host", fallback.verifyHost()),
                sni(tls, fallback.sni()),
                names(tls, "protocols", "TLSv1.3", supported.getProtocols(), fallback.protocols()),
                names(tls, "ciphers", "TLS_AES_128_GCM_SHA256", supported.getCipherSuites(), fallback.ciphers()),
                tls.never("reload-interval", fallback.reloadInterval()));
    }

    private static TlsConfig.Trust trust(Section tls, TlsConfig.Trust fallback) {
        Optional<Setting> written = tls.setting("trust-store");
        String password = tls.text("trust-store-password", PASSWORD).orElse(null);
        if (written.isEmpty()) {
            if (password != null && fallback == null) {
                missing(tls, "trust-store");
            }
            return fallback == null || password == null ? fallback : new TlsConfig.Trust(fallback.file(), password);
        }
        Optional<Path> file = file(tls, written.get());
        if (file.isEmpty()) {
            return fallback;
        }
        TlsConfig.Trust trust = new TlsConfig.Trust(file.get(), password);
        tried(tls, () -> KeyMaterial.trusted(trust));
        return trust;
    }

    private static TlsConfig.Identity identity(Section tls, TlsConfig.Identity fallback) {
        Optional<Setting> store = tls.setting("key-store");
        Optional<Setting> certificate = tls.setting("certificate");
        Optional<Setting> key = tls.setting("private-key");
        String password = tls.text("key-store-password", PASSWORD).orElse(null);
        String keyPassword = tls.text("key-password", PASSWORD).orElse(null);
        if (store.isPresent() && (certificate.isPresent() || key.isPresent())) {
            Setting other = certificate.or(() -> key).get();
            tls.problems().add(other, "beside key-store", "either key-store, or certificate and private-key");
            return fallback;
        }
        if (store.isEmpty() && certificate.isEmpty() && key.isEmpty()) {
            if (fallback == null && (password != null || keyPassword != null)) {
                missing(tls, "key-store");
            }
            return fallback;
        }
        if (store.isEmpty() && certificate.isEmpty()) {
            missing(tls, "certificate");
            return fallback;
        }
        if (store.isEmpty() && key.isEmpty()) {
            missing(tls, "private-key");
            return fallback;
        }
        Optional<Path> file = file(tls, store.or(() -> certificate).get());
        Optional<Path> keyFile = key.flatMap(setting -> file(tls, setting));
        if (file.isEmpty() || key.isPresent() && keyFile.isEmpty()) {
            return fallback;
        }
        TlsConfig.Identity identity = new TlsConfig.Identity(file.get(), keyFile.orElse(null), password, keyPassword);
        tried(tls, () -> KeyMaterial.identity(identity, null));
        return identity;
    }

    private static void missing(Section tls, String key) {
        tls.problems().missing(tls.place(), Display.child(tls.path(), key), FILE);
    }

    /** Something that reads a file. */
    private interface Trial {
        void run() throws UnusableKeysException;
    }

    private static void tried(Section tls, Trial trial) {
        try {
            trial.run();
        } catch (UnusableKeysException e) {
            tls.setting(e.key()).ifPresent(setting -> tls.problems().add(setting, e.actual(), e.expected()));
        }
    }

    private static Optional<Path> file(Section tls, Setting setting) {
        return tls.text(setting, FILE).flatMap(text -> {
            try {
                return Optional.of(tls.base().resolve(text).normalize());
            } catch (InvalidPathException e) {
                tls.problems().add(setting, FILE);
                return Optional.empty();
            }
        });
    }

    private static HostPolicy sni(Section tls, HostPolicy fallback) {
        Optional<Setting> setting = tls.setting("sni");
        Optional<String> text = setting.flatMap(s -> tls.text(s, SNI));
        if (text.isEmpty()) {
            return fallback;
        }
        switch (text.get()) {
            case "client" -> {
                // Connections are shared by clients, and a client must not choose what is verified.
                tls.problems().add(setting.get(), SNI);
                return fallback;
            }
            case "upstream" -> {
                return new HostPolicy(HostPolicy.Kind.UPSTREAM, null);
            }
            default -> {
                if (!NAME.matcher(text.get()).matches() || text.get().contains("..")) {
                    tls.problems().add(setting.get(), SNI);
                    return fallback;
                }
                return new HostPolicy(HostPolicy.Kind.NAME, text.get());
            }
        }
    }

    private static List<String> names(
            Section tls, String key, String example, String[] supported, List<String> fallback) {
        String expected = "a list of the JDK's names such as [" + example + "]";
        Optional<List<Setting>> members = tls.list(key, expected);
        if (members.isEmpty()) {
            return fallback;
        }
        List<String> known = List.of(supported);
        List<String> names = new ArrayList<>();
        for (Setting member : members.get()) {
            Optional<String> name = tls.text(member, expected);
            if (name.isPresent() && !known.contains(name.get())) {
                String meant = Suggestion.nearest(name.get(), known)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("");
                tls.problems().add(member, "a name that this JDK knows, such as " + example + meant);
            }
            name.ifPresent(names::add);
        }
        return List.copyOf(names);
    }

    private static SSLParameters supported() {
        try {
            return SSLContext.getDefault().getSupportedSSLParameters();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }
}
