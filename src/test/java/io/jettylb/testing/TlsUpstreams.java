package io.jettylb.testing;

import io.jettylb.config.TlsConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Upstreams with TLS, whose authority a test trusts or not, and what they have seen of handshakes. */
public final class TlsUpstreams implements AutoCloseable {

    public static final Certificates AUTHORITY = new Certificates("authority");
    public static final Certificates STRANGERS = new Certificates("strangers");
    public static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final List<RawUpstream> upstreams = new ArrayList<>();
    private final List<Http2Upstream> servers = new ArrayList<>();
    private final BlockingQueue<String> names = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> clients = new LinkedBlockingQueue<>();

    /** One that answers on a socket with TLS. */
    public RawUpstream on(SSLServerSocket socket) {
        return add(new RawUpstream(
                exchange -> {
                    seen((ExtendedSSLSession) ((SSLSocket) exchange.socket()).getSession(), socket);
                    exchange.body();
                    exchange.send(OK);
                    return true;
                },
                (ServerSocket) socket));
    }

    /** One with a certificate of the trusted authority. */
    public RawUpstream certified(String... names) {
        return on(AUTHORITY.issue(names).serverSocket());
    }

    /** The same, which wants a certificate of the trusted authority from us. */
    public RawUpstream demanding(String... names) {
        return on(AUTHORITY.issue(names).serverSocket(AUTHORITY.root().certificate()));
    }

    /** One of Jetty's that offers protocols, the best one first: {@code h2}, {@code http/1.1}. */
    public Http2Upstream http2(Certificates.Issued certificate, List<String> protocols, Http2Upstream.Script script)
            throws Exception {
        Http2Upstream upstream = Http2Upstream.secure(certificate.context(), protocols, script);
        servers.add(upstream);
        return upstream;
    }

    /** A socket with a trusted certificate that offers protocols, the best one first. */
    public static SSLServerSocket speaking(String... protocols) {
        SSLServerSocket socket = AUTHORITY.issue("localhost").serverSocket();
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** Has it closed at the end. */
    public RawUpstream add(RawUpstream upstream) {
        upstreams.add(upstream);
        return upstream;
    }

    private void seen(ExtendedSSLSession session, SSLServerSocket socket) throws IOException {
        names.add(session.getRequestedServerNames().stream()
                .map(name -> ((SNIHostName) name).getAsciiName())
                .findFirst()
                .orElse("none"));
        if (socket.getNeedClientAuth()) {
            X509Certificate client = (X509Certificate) session.getPeerCertificates()[0];
            clients.add(client.getSubjectX500Principal().getName());
        }
    }

    /** The server name that the next request came under; {@code none} without one. */
    public String nextName() throws InterruptedException {
        return names.poll(10, TimeUnit.SECONDS);
    }

    /** Whose certificate came with the next request, for those that demand one. */
    public String nextClient() throws InterruptedException {
        return clients.poll(10, TimeUnit.SECONDS);
    }

    /** TLS that trusts the certificates of a file, with a certificate of our own or null; changes are not noticed. */
    public static TlsConfig tls(Path trust, TlsConfig.Identity identity) {
        TlsConfig.Trust trusted = trust == null ? null : new TlsConfig.Trust(trust, null);
        return new TlsConfig(trusted, identity, true, true, null, List.of(), List.of(), Duration.ZERO);
    }

    public static TlsConfig tls(Path trust) {
        return tls(trust, null);
    }

    @Override
    public void close() throws IOException {
        for (RawUpstream upstream : upstreams) {
            upstream.close();
        }
        for (Http2Upstream server : servers) {
            server.close();
        }
    }
}
