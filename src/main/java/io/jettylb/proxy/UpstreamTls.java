package io.jettylb.proxy;

import io.jettylb.config.HostPolicy;
import io.jettylb.config.KeyMaterial;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.TlsConfig;
import io.jettylb.config.UnusableKeysException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.AutoLock;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of one pool's upstreams: its certificates and keys, and how they are renewed while the server runs. What
 * connects with them, the pool's client and that of its probes, asks for the current ones for every new connection.
 * Thread-safe.
 */
final class UpstreamTls extends AbstractLifeCycle {

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamTls.class);

    /** A failure of one upstream that stays the same is said again after this. */
    private static final long SILENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private record Said(String text, long atNanos) {}

    private final String pool;
    private final TlsConfig tls;
    private final String serverName;
    private final Server server;
    private final LongSupplier nanoClock;
    private final Map<String, Said> said = new ConcurrentHashMap<>();
    private final AutoLock lock = new AutoLock();
    private volatile SecureTransport current;
    // Guarded by the lock.
    private byte[] seen;
    private Scheduler.Task timer;
    private boolean stopped = true;

    /**
     * Reads the files.
     *
     * @param config the pool, whose {@code tls} is not null
     * @param server whose timer and threads look for changed files
     * @param nanoClock nanoseconds with an arbitrary start
     * @throws IllegalStateException if the files cannot be used, although they could when the configuration was read
     */
    UpstreamTls(PoolConfig config, Server server, LongSupplier nanoClock) {
        this.pool = config.name();
        this.tls = config.tls();
        this.serverName = serverName(config.host(), config.tls().sni());
        this.server = server;
        this.nanoClock = nanoClock;
        try {
            seen = KeyMaterial.digest(tls);
            current = read();
        } catch (UnusableKeysException | GeneralSecurityException e) {
            throw new IllegalStateException("pools." + pool + ": " + e.getMessage(), e);
        }
        if (!tls.verify()) {
            LOG.warn(
                    "{}: tls.verify is off: anybody between here and an upstream can read and change everything", pool);
        }
    }

    /**
     * The name that is asked for and verified; null: the host of the upstream's URI. A pool that passes the client's own
     * {@code Host} on asks for the upstream's name, too: connections are shared by clients, and a client must not be
     * able to choose what a certificate is checked for, nor how many kinds of connections there are.
     */
    private static String serverName(HostPolicy host, HostPolicy sni) {
        HostPolicy policy = sni == null ? host : sni;
        if (policy.kind() != HostPolicy.Kind.NAME) {
            return null;
        }
        String name = policy.name();
        int colon = name.lastIndexOf(':');
        String bare = colon > name.lastIndexOf(']') ? name.substring(0, colon) : name;
        return bare.startsWith("[") ? bare.substring(1, bare.length() - 1) : bare;
    }

    private SecureTransport read() throws UnusableKeysException, GeneralSecurityException {
        KeyMaterial material = KeyMaterial.read(tls);
        KeyManager[] keys = null;
        if (material.own() != null) {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(material.own(), material.ownPassword());
            keys = factory.getKeyManagers();
            warnOfExpired(material.own());
        }
        TrustManager[] trusted = null;
        if (!tls.verify()) {
            trusted = SslContextFactory.TRUST_ALL_CERTS;
        } else if (material.trusted() != null) {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(material.trusted());
            trusted = factory.getTrustManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trusted, null);
        return new SecureTransport(Transport.TCP_IP, context, serverName);
    }

    /** No error: upstreams may not look at it, and a start must not depend on the day. */
    private void warnOfExpired(KeyStore own) throws GeneralSecurityException {
        for (String alias : Collections.list(own.aliases())) {
            if (own.isKeyEntry(alias) && own.getCertificate(alias) instanceof X509Certificate certificate) {
                try {
                    certificate.checkValidity();
                } catch (CertificateExpiredException | CertificateNotYetValidException e) {
                    LOG.warn("{}: our certificate for upstreams is not valid: {}", pool, e.getMessage());
                }
            }
        }
    }

    /** How to connect now. Another object after each change of the keys, so that old connections are not used again. */
    SecureTransport transport() {
        return current;
    }

    /** A factory of engines for one client, to be started and stopped by it. */
    SslContextFactory.Client newContextFactory() {
        SecureEngines engines = new SecureEngines(this::transport);
        engines.setSslContext(current.context());
        engines.setEndpointIdentificationAlgorithm(tls.verify() && tls.verifyHost() ? "HTTPS" : null);
        if (!tls.protocols().isEmpty()) {
            engines.setIncludeProtocols(tls.protocols().toArray(String[]::new));
            engines.setExcludeProtocols();
        }
        if (!tls.ciphers().isEmpty()) {
            engines.setIncludeCipherSuites(tls.ciphers().toArray(String[]::new));
            // Whoever names them means them.
            engines.setExcludeCipherSuites();
        }
        return engines;
    }

    /**
     * Says that a handshake failed: nobody else does where a pool has no other upstream to go to.
     *
     * @param upstream as logs call it
     * @param text why
     */
    void failed(String upstream, String text) {
        long now = nanoClock.getAsLong();
        Said before = said.get(upstream);
        boolean old = before == null || !before.text().equals(text) || now - before.atNanos() >= SILENCE_NANOS;
        if (old && said.put(upstream, new Said(text, now)) == before) {
            LOG.warn("{}: {}", upstream, text);
        }
    }

    @Override
    protected void doStart() {
        try (AutoLock ignored = lock.lock()) {
            stopped = false;
            scheduleLocked();
        }
    }

    @Override
    protected void doStop() {
        try (AutoLock ignored = lock.lock()) {
            stopped = true;
            if (timer != null) {
                timer.cancel();
                timer = null;
            }
        }
    }

    private void scheduleLocked() {
        if (!stopped && !tls.reloadInterval().isZero() && (tls.trust() != null || tls.identity() != null)) {
            timer = server.getScheduler()
                    .schedule(this::due, tls.reloadInterval().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void due() {
        try {
            // Files are read by a thread that may wait for them.
            server.getThreadPool().execute(this::check);
        } catch (RejectedExecutionException stopping) {
            LOG.debug("{}: keys not checked", pool, stopping);
            try (AutoLock ignored = lock.lock()) {
                scheduleLocked();
            }
        }
    }

    private void check() {
        try (AutoLock ignored = lock.lock()) {
            if (!stopped) {
                reloadLocked(false);
                scheduleLocked();
            }
        }
    }

    /**
     * Reads the files again, changed or not.
     *
     * @return what came of it, in one line
     */
    String reload() {
        try (AutoLock ignored = lock.lock()) {
            return reloadLocked(true);
        }
    }

    private String reloadLocked(boolean always) {
        byte[] found = KeyMaterial.digest(tls);
        if (!always && Arrays.equals(found, seen)) {
            return null;
        }
        seen = found;
        String result;
        try {
            current = read();
            result = pool + ": TLS certificates and keys reloaded";
            LOG.info(result);
        } catch (UnusableKeysException | GeneralSecurityException e) {
            result = pool + ": changed TLS files not used, the old ones stay in force: " + e.getMessage();
            LOG.warn(result);
        }
        return result;
    }
}
