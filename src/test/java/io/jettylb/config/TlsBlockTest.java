package io.jettylb.config;

import static io.jettylb.config.ConfigFixture.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.Certificates;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How upstreams are connected to: TLS and its files, sockets, and the PROXY protocol. */
class TlsBlockTest {

    private static final Certificates AUTHORITY = new Certificates("authority");
    private static final Certificates.Issued CLIENT = AUTHORITY.issue("client");
    private static final String SECURE = "upstreams = [\"https://h\"]";
    private static final String UNIX =
            "(expected: unix: with the absolute path of a socket, such as unix:/run/app.sock";

    /** Stores are made to be slow to open; to write them is as slow. */
    @TempDir
    static Path stores;

    @TempDir
    Path folder;

    private ConfigFixture files;

    @BeforeAll
    static void writeStores() throws Exception {
        AUTHORITY.writeTrust(stores.resolve("ca.pem"));
        AUTHORITY.writeTrustStore(stores.resolve("ca.p12"), "PKCS12");
        AUTHORITY.writeTrustStore(stores.resolve("ca.jks"), "JKS");
        Files.write(stores.resolve("ca.der"), AUTHORITY.root().certificate().getEncoded());
        CLIENT.writePem(stores.resolve("client.pem"));
        CLIENT.writeStore(stores.resolve("client.p12"), "PKCS12");
    }

    @BeforeEach
    void fixture() throws Exception {
        files = new ConfigFixture(folder);
        for (String store : List.of("ca.pem", "ca.p12", "ca.jks", "ca.der", "client.pem", "client.p12")) {
            Files.copy(stores.resolve(store), folder.resolve(store));
        }
        files.write("client.crt", CLIENT.pem());
        files.write("client.key", CLIENT.keyPem());
        files.write("other.key", AUTHORITY.issue("other").keyPem());
        files.write("old.key", CLIENT.keyPem().replace("PRIVATE KEY", "EC PRIVATE KEY"));
        files.write("text", "nothing of use");
        files.write("empty", "");
        Files.createDirectories(folder.resolve("etc"));
    }

    @Test
    void readsEveryKey() throws Exception {
        PoolConfig pool = files.pool(SECURE + """
                , tls {
                  trust-store = ca.p12, trust-store-password = changeit
                  key-store = client.p12, key-store-password = changeit, key-password = changeit
                  verify = true, verify-host = no, sni = "a.name"
                  protocols = [TLSv1.2, TLSv1.3], ciphers = [TLS_AES_128_GCM_SHA256], reload-interval = 0s
                }
                proxy-protocol = v2
                """);

        assertThat(pool.tls())
                .isEqualTo(new TlsConfig(
                        new TlsConfig.Trust(folder.resolve("ca.p12"), "changeit"),
                        new TlsConfig.Identity(folder.resolve("client.p12"), null, "changeit", "changeit"),
                        true,
                        false,
                        new HostPolicy(HostPolicy.Kind.NAME, "a.name"),
                        List.of("TLSv1.2", "TLSv1.3"),
                        List.of("TLS_AES_128_GCM_SHA256"),
                        Duration.ZERO));
        assertThat(pool.tls().toString()).doesNotContain("changeit");
        assertThat(pool.proxyProtocol()).isEqualTo(ProxyProtocol.V2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "trust-store = ca.pem",
                "trust-store = ca.der",
                "trust-store = ca.jks, trust-store-password = changeit",
                "key-store = client.pem",
                "certificate = client.crt, private-key = client.key",
                "certificate = client.pem, private-key = client.pem",
                "sni = upstream",
                "key-store = client.p12, key-store-password = changeit"
            })
    void takesFilesInManyForms(String written) throws Exception {
        assertThat(files.problems("lb.pools.p { " + SECURE + ", tls { " + written + " } }"))
                .isEmpty();
    }

    @Test
    void findsFilesFromTheJettyBaseWhereverItIsStartedFrom() throws Exception {
        Path file = files.write("etc/lb.conf", "lb.pools.p { " + SECURE + ", tls.trust-store = ca.pem }");

        assertThat(LbConfig.load(file, new TestCatalog())
                        .pools()
                        .get("p")
                        .tls()
                        .trust()
                        .file())
                .isEqualTo(folder.resolve("ca.pem"));
    }

    @Test
    void isOnForHttpsAndOffElsewhere() throws Exception {
        LbConfig config = files.load("lb.defaults.tls { trust-store = ca.pem }\nlb.pools { plain { " + GOOD
                + " }, secure { " + SECURE + " }, mixed { upstreams = [\"http://a\", \"https://b:8443/x\"] } }");

        assertThat(config.pools().get("plain").tls()).isNull();
        assertThat(config.pools().get("secure").tls().trust().file()).isEqualTo(folder.resolve("ca.pem"));
        assertThat(config.pools().get("mixed").tls().verify()).isTrue();
        assertThat(config.pools().get("secure").upstreams())
                .containsExactly(new UpstreamConfig("h:443", URI.create("https://h:443"), 1));
        assertThat(config.pools().get("mixed").upstreams().get(1).uri()).isEqualTo(URI.create("https://b:8443/x"));
    }

    @Test
    void takesUnixSockets() throws Exception {
        assertThat(files.pool("upstreams = [\"unix:/run/a.sock\", { uri = \"unix:/run/b.sock:/base/\", weight = 2 }]")
                        .upstreams())
                .containsExactly(
                        new UpstreamConfig(
                                "unix:/run/a.sock", URI.create("http://localhost:80"), 1, Path.of("/run/a.sock")),
                        new UpstreamConfig(
                                "unix:/run/b.sock", URI.create("http://localhost:80/base"), 2, Path.of("/run/b.sock")));
    }

    @ParameterizedTest
    @MethodSource({"ofTls", "ofKeys", "ofOthers"})
    void reportsWhatIsWrong(String line, String problem) throws Exception {
        String text = "lb.pools {\n  api {\n    upstreams = [\"https://h:1\"]\n    " + line + "\n  }\n}";

        assertThat(files.problems(text))
                .containsExactly("lb.conf:4: pools.api." + problem.replace("DIR", folder.toString()));
    }

    static Stream<Arguments> ofTls() {
        String readable = "(expected: a readable file of at most 4 MiB)";
        String trust = "(expected: certificates in PEM, PKCS12 or JKS)";
        String sni = "(expected: upstream, or a host name without a port)";
        return Stream.of(
                row("tls = true", "tls: true (expected: a block in braces)"),
                row("tls.trust-store = none.pem", "tls.trust-store: \"DIR/none.pem\", missing " + readable),
                row("tls.trust-store = etc", "tls.trust-store: \"DIR/etc\", not an ordinary file " + readable),
                row("tls.trust-store = text", "tls.trust-store: \"DIR/text\", not readable as certificates " + trust),
                row("tls.trust-store = empty", "tls.trust-store: \"DIR/empty\", no certificate in it " + trust),
                row(
                        "tls.trust-store = client.key",
                        "tls.trust-store: \"DIR/client.key\", no certificate in it " + trust),
                row(
                        "tls.trust-store = ca.p12",
                        "tls.trust-store: \"DIR/ca.p12\", no certificate in it (expected: trust-store-password)"),
                row(
                        "tls { trust-store = ca.p12, trust-store-password = hunter2 }",
                        "tls.trust-store: \"DIR/ca.p12\", does not open (expected: the right trust-store-password)"),
                row("tls.trust-store-password = x", "tls.trust-store: missing (expected: a file)"),
                row("tls.trust-store = []", "tls.trust-store: [] (expected: a file)"),
                row("tls.verify = maybe", "tls.verify: \"maybe\" (expected: true or false)"),
                row("tls.sni = client", "tls.sni: \"client\" " + sni),
                row("tls.sni = \"a.name:443\"", "tls.sni: \"a.name:443\" " + sni),
                row("tls.sni = \"10.0.0.1\"", "tls.sni: \"10.0.0.1\" " + sni),
                row(
                        "tls.protocols = [TLS1.3]",
                        "tls.protocols[0]: \"TLS1.3\" (expected: a name that this JDK knows, such as TLSv1.3; did you mean"
                                + " TLSv1.3?)"),
                row(
                        "tls.ciphers = HIGH",
                        "tls.ciphers: \"HIGH\" (expected: a list of the JDK's names such as [TLS_AES_128_GCM_SHA256])"),
                row(
                        "tls.reload-interval = 5",
                        "tls.reload-interval: 5 (expected: a duration with a unit, such as 5s)"));
    }

    static Stream<Arguments> ofKeys() {
        String own = "(expected: a certificate and its private key in PEM, PKCS12 or JKS)";
        return Stream.of(
                row("tls.key-store = text", "tls.key-store: \"DIR/text\", not readable as a key store " + own),
                row(
                        "tls.key-store = client.crt",
                        "tls.key-store: \"DIR/client.crt\", no private key in it (expected: an unencrypted PKCS#8 key,"
                                + " BEGIN PRIVATE KEY; openssl pkcs8 -topk8 -nodes makes one)"),
                row(
                        "tls { key-store = client.p12, key-store-password = hunter2 }",
                        "tls.key-store: \"DIR/client.p12\", does not open (expected: the right key-store-password)"),
                row(
                        "tls { key-store = client.p12, key-store-password = changeit, key-password = hunter2 }",
                        "tls.key-store: \"DIR/client.p12\", a key that does not open (expected: the right"
                                + " key-password)"),
                row(
                        "tls { key-store = ca.p12, key-store-password = changeit }",
                        "tls.key-store: \"DIR/ca.p12\", no private key in it " + own),
                row(
                        "tls { certificate = client.crt, private-key = other.key }",
                        "tls.private-key: \"DIR/other.key\", not the key of the certificate (expected: the private key of"
                                + " the first certificate)"),
                row(
                        "tls { certificate = client.crt, private-key = old.key }",
                        "tls.private-key: \"DIR/old.key\", a key in the form EC PRIVATE KEY (expected: an unencrypted"
                                + " PKCS#8 key, BEGIN PRIVATE KEY; openssl pkcs8 -topk8 -nodes makes one)"),
                row("tls.certificate = client.crt", "tls.private-key: missing (expected: a file)"),
                row("tls.private-key = client.key", "tls.certificate: missing (expected: a file)"),
                row(
                        "tls { key-store = client.pem, certificate = client.crt }",
                        "tls.certificate: beside key-store (expected: either key-store, or certificate and private-key)"));
    }

    static Stream<Arguments> ofOthers() {
        return Stream.of(
                row("proxy-protocol = v3", "proxy-protocol: \"v3\" (expected: off, v1 or v2)"),
                row("proxy-protocol = true", "proxy-protocol: true (expected: off, v1 or v2)"),
                row("upstreams = [\"unix:app.sock\"]", "upstreams[0]: \"unix:app.sock\" " + UNIX + ")"),
                row("upstreams = [\"unix://run/app\"]", "upstreams[0]: \"unix://run/app\" " + UNIX + ")"),
                row(
                        "upstreams = [\"unix:/run/app.sock:8080\"]",
                        "upstreams[0]: \"unix:/run/app.sock:8080\" " + UNIX + ", or unix:/run/app.sock:/base)"),
                row(
                        "upstreams = [\"unix:/run/app.sock:/a/../b\"]",
                        "upstreams[0]: \"unix:/run/app.sock:/a/../b\" (expected: a path without empty and dot segments)"),
                row(
                        "upstreams = [\"unix:/" + "x".repeat(107) + "\"]",
                        "upstreams[0]: \"unix:/" + "x".repeat(107) + "\" (expected: a path of at most 107 bytes)"));
    }

    @ParameterizedTest
    @CsvSource({
        "pool, ssl, tls",
        "pool, ca-file, tls.trust-store",
        "pool, proxy-ssl-certificate, tls.certificate",
        "pool, proxy_ssl_name, tls.sni",
        "pool, insecureSkipVerify, tls.verify",
        "pool, send-proxy, proxy-protocol = v1",
        "pool, send-proxy-v2, proxy-protocol = v2",
        "tls, ca-file, trust-store",
        "tls, truststore, trust-store",
        "tls, root-cas, trust-store",
        "tls, keystore, key-store",
        "tls, cert, certificate",
        "tls, key, private-key",
        "tls, server-name, sni",
        "tls, verifyhost, verify-host",
        "tls, insecure-skip-verify, verify",
        "tls, cipher_suites, ciphers"
    })
    void knowsTheWordsOfOthers(String block, String key, String meant) throws Exception {
        String body = block.equals("pool") ? key + " = 1" : "tls { " + key + " = 1 }";
        assertThat(files.problems("lb.pools.p { " + GOOD + ", " + body + " }"))
                .singleElement()
                .asString()
                .contains("unknown key")
                .endsWith("; did you mean " + meant + "?)");
    }

    private static Arguments row(String written, String problem) {
        return Arguments.of(written, problem);
    }
}
