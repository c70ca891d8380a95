package io.jettylb.it;

import static io.jettylb.testing.TlsUpstreams.AUTHORITY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.KeepAliveClient.Answer;
import io.jettylb.testing.Certificates;
import io.jettylb.testing.Http2Upstream;
import io.jettylb.testing.TlsUpstreams;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Module {@code lb-http2}: HTTP/2 to upstreams. */
class Http2UpstreamIT {

    private static final String HOMES = "io.jettylb.it.JettyHome#all";
    private static final List<String> CLIENT = List.of("jetty-http2-client", "jetty-http2-client-transport");

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource(HOMES)
    void theModuleBringsHttp2ToUpstreams(JettyHome home) throws Exception {
        try (JettyBase base = JettyBase.empty(home, folder.resolve("base"));
                Http2Upstream upstream = Http2Upstream.answering((request, response, callback) ->
                        response.write(true, ByteBuffer.wrap("ok".getBytes(UTF_8)), callback))) {
            base.unzipModule();
            install(base);
            String configured = "\"http://127.0.0.1:" + upstream.port() + "\"";
            base.lbConf(Conf.with("protocol = h2c", "/api", configured));
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                Answer answer = client.get("/api/x");
                assertThat(answer.status()).isEqualTo(200);
            }
            assertThat(getOverHttp2(base)).isEqualTo("ok");
            assertThat(upstream.received())
                    .extracting(Http2Upstream.Received::line)
                    .containsExactly("GET /api/x HTTP/2.0", "GET /api/y HTTP/2.0");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void overTlsTheProtocolIsAgreedUpon(JettyHome home) throws Exception {
        try (JettyBase base = JettyBase.empty(home, folder.resolve("base"));
                TlsUpstreams upstreams = new TlsUpstreams()) {
            Http2Upstream.Script script = (request, response, callback) ->
                    response.write(true, ByteBuffer.wrap("ok".getBytes(UTF_8)), callback);
            Certificates.Issued certificate = AUTHORITY.issue("localhost");
            Http2Upstream newer = upstreams.http2(certificate, List.of("h2", "http/1.1"), script);
            Http2Upstream older = upstreams.http2(certificate, List.of("http/1.1"), script);
            base.unzipModule();
            install(base);
            AUTHORITY.writeTrust(base.resolve("etc/ca.pem"));
            base.lbConf("""
                    lb {
                      defaults.tls.trust-store = etc/ca.pem
                      pools {
                        required { protocol = h2, upstreams = ["%s"] }
                        chosen { protocol = auto, strategy = round-robin, upstreams = ["%s", "%s"] }
                      }
                      mounts { "/required" { pool = required }, "/chosen" { pool = chosen } }
                    }
                    """.formatted(
                            newer.secureUri("localhost"), newer.secureUri("localhost"), older.secureUri("localhost")));
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertThat(client.get("/required/x").status()).isEqualTo(200);
                assertThat(client.get("/chosen/y").status()).isEqualTo(200);
                assertThat(client.get("/chosen/y").status()).isEqualTo(200);
            }
            assertThat(newer.received())
                    .extracting(Http2Upstream.Received::line)
                    .containsExactly("GET /required/x HTTP/2.0", "GET /chosen/y HTTP/2.0");
            assertThat(older.received())
                    .extracting(Http2Upstream.Received::line)
                    .containsExactly("GET /chosen/y HTTP/1.1");
        }
    }

    private static String getOverHttp2(JettyBase base) throws Exception {
        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()));
        client.start();
        try {
            return client.GET(base.uri("/api/y")).getContentAsString();
        } finally {
            client.stop();
        }
    }

    /** As in a base of its owner's, but from a repository laid out for the occasion. */
    private void install(JettyBase base) throws Exception {
        Path repository = Files.createDirectories(folder.resolve("repository"));
        for (String artifact : CLIENT) {
            String oldest = JettyHome.property("lb.home.oldest");
            String newest = JettyHome.property("lb.home.newest");
            lay(repository, artifact, oldest, onClassPath(artifact));
            lay(
                    repository,
                    artifact,
                    newest,
                    Path.of(JettyHome.property("lb.homes"))
                            .resolveSibling("newest-jetty")
                            .resolve(artifact + "-" + newest + ".jar"));
        }
        // In jetty-home, but Jetty's module wants copies in the base.
        for (String version : List.of(JettyHome.property("lb.home.oldest"), JettyHome.property("lb.home.newest"))) {
            for (String artifact : List.of("jetty-alpn-client", "jetty-alpn-java-client")) {
                Path place = Files.createDirectories(repository
                        .resolve("org/eclipse/jetty")
                        .resolve(artifact)
                        .resolve(version));
                Path home = Path.of(JettyHome.property("lb.homes")).resolve("jetty-home-" + version);
                String jar = artifact + "-" + version + ".jar";
                Files.copy(home.resolve("lib").resolve(jar), place.resolve(jar));
            }
        }
        base.command("--add-modules=lb,lb-http2,http,http2c", "maven.local.repo=" + repository, "maven.offline=true");
    }

    private static Path onClassPath(String artifact) throws URISyntaxException {
        Class<?> member = artifact.endsWith("transport") ? HttpClientTransportOverHTTP2.class : HTTP2Client.class;
        return Path.of(
                member.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static void lay(Path repository, String artifact, String version, Path jar) throws IOException {
        Path place = Files.createDirectories(
                repository.resolve("org/eclipse/jetty/http2").resolve(artifact).resolve(version));
        Files.copy(jar, place.resolve(artifact + "-" + version + ".jar"));
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void withoutTheModuleItIsAskedFor(JettyHome home) throws Exception {
        try (JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.with("protocol = h2c", "/api", "\"http://127.0.0.1:1\""));
            try (RunningProcess server = base.launch()) {
                assertThat(server.awaitExit()).as(server::output).isEqualTo(78);
                assertThat(server.output())
                        .contains("lb.conf:8: pools.tested.protocol: h2c (expected: module lb-http2 to be enabled:"
                                + " java -jar $JETTY_HOME/start.jar --add-modules=lb-http2)")
                        .doesNotContain("\tat ");
            }
        }
    }
}
