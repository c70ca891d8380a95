package io.jettylb.it;

import static io.jettylb.testing.TlsUpstreams.AUTHORITY;
import static io.jettylb.testing.TlsUpstreams.STRANGERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.testing.RawUpstream;
import io.jettylb.testing.TlsUpstreams;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Upstreams with TLS and an authority of their own, which want a certificate from us. */
class TlsUpstreamIT {

    private static final String HOMES = "io.jettylb.it.JettyHome#all";

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource(HOMES)
    void areBelievedByTheirAuthorityAndGetOurCertificateAlsoAfterAChange(JettyHome home) throws Exception {
        try (TlsUpstreams upstreams = new TlsUpstreams();
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            RawUpstream upstream = upstreams.demanding("localhost");
            AUTHORITY.writeTrust(base.resolve("etc/ca.pem"));
            AUTHORITY.issue("first").writeStore(base.resolve("etc/client.p12"), "PKCS12");
            base.lbConf(Conf.with(
                    "tls { trust-store = etc/ca.pem, key-store = etc/client.p12, key-store-password = changeit,"
                            + " reload-interval = 100ms }",
                    "/api",
                    '"' + upstream.secureUri("localhost").toString() + '"'));
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertThat(client.get("/api/x").status()).isEqualTo(200);
                assertThat(upstreams.nextName()).isEqualTo("localhost");
                assertThat(upstreams.nextClient()).isEqualTo("CN=first");

                Files.writeString(base.resolve("etc/client.p12"), "half a fi");
                base.server()
                        .await("WARN.* tested: changed TLS files not used, the old ones stay in force: .*key-store");
                assertThat(client.get("/api/x").status()).isEqualTo(200);
                assertThat(upstreams.nextClient()).isEqualTo("CN=first");

                AUTHORITY.issue("second").writeStore(base.resolve("etc/client.p12"), "PKCS12");
                base.server().await("INFO.* tested: TLS certificates and keys reloaded");
                assertThat(client.get("/api/x").status()).isEqualTo(200);
                assertThat(upstreams.nextClient()).isEqualTo("CN=second");

                STRANGERS.writeTrust(base.resolve("etc/ca.pem"));
                long deadline = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
                while (client.get("/api/x").status() == 200) {
                    assertThat(System.nanoTime()).as("time for the next look").isLessThan(deadline);
                }
                assertThat(client.get("/api/x").status()).isEqualTo(503);
                base.server().await("WARN.* tested/localhost:\\d+: TLS: the upstream's certificate is not trusted");
            }
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void withoutTheirFilesNothingStarts(JettyHome home) throws Exception {
        try (JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.with("tls.trust-store = etc/ca.pem", "/api", "\"https://localhost:1\""));
            try (RunningProcess server = base.launch()) {
                assertThat(server.awaitExit()).as(server::output).isEqualTo(78);
                assertThat(server.output())
                        .contains("lb.conf:8: pools.tested.tls.trust-store: \"" + base.resolve("etc/ca.pem")
                                + "\", missing (expected: a readable file of at most 4 MiB)")
                        .doesNotContain("Exception");
            }
        }
    }
}
