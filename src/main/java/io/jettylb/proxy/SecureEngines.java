package io.jettylb.proxy;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.io.ssl.SslClientConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Makes an engine for each connection, with the keys and the name of the {@link SecureTransport} that it belongs to, or of
 * the current one if it belongs to none.
 */
final class SecureEngines extends SslContextFactory.Client implements SslClientConnectionFactory.SslEngineFactory {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]*[A-Za-z_-][A-Za-z0-9._-]*");

    private final Supplier<SecureTransport> current;

    SecureEngines(Supplier<SecureTransport> current) {
        this.current = current;
        setSNIProvider(SecureEngines::serverNames);
    }

    @Override
    public SSLEngine newSslEngine(String host, int port, Map<String, Object> context) {
        // Not the latest one: the keys may change between the choice of a connection and the making of it.
        SecureTransport transport =
                context.get(Transport.class.getName()) instanceof SecureTransport chosen ? chosen : current.get();
        String name = transport.serverName() == null ? host : transport.serverName();
        SSLEngine engine = transport.context().createSSLEngine(name, port);
        customize(engine);
        return engine;
    }

    @Override
    public SSLEngine newSSLEngine(String host, int port) {
        return newSslEngine(host, port, Map.of());
    }

    @Override
    protected void checkTrustAll() {
        // Said once for the pool, in words that show what it means.
    }

    @Override
    protected void checkEndPointIdentificationAlgorithm() {
        // The operator has switched it off.
    }

    /** The JDK leaves names without a dot out, but networks of containers are full of them. */
    private static List<SNIServerName> serverNames(SSLEngine engine, List<SNIServerName> names) {
        String host = engine.getPeerHost();
        return names.isEmpty() && host != null && NAME.matcher(host).matches() && !host.endsWith(".")
                ? List.of(new SNIHostName(host))
                : names;
    }
}
