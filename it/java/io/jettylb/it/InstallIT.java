package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.KeepAliveClient.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The two stock commands, and what they leave behind. */
class InstallIT {

    private static final String HOMES = "io.jettylb.it.JettyHome#all";

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource(HOMES)
    void bothRoutesLeadToTheSameBase(JettyHome home) throws Exception {
        try (JettyBase unzipped = JettyBase.empty(home, folder.resolve("unzipped"));
                JettyBase downloaded = JettyBase.empty(home, folder.resolve("downloaded"))) {
            unzipped.unzipModule();
            unzipped.addModules("lb");
            downloaded.downloadModule(folder.resolve("repository"));
            downloaded.addModules("lb");

            assertThat(downloaded.files("")).isEqualTo(unzipped.files(""));
            assertThat(downloaded.files("")).containsKeys("modules/lb.mod", "etc/lb.conf", "start.d/lb.ini");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void enablingTheModuleTwiceChangesNothingAndKeepsTheOwnersFile(JettyHome home) throws Exception {
        try (JettyBase base = JettyBase.empty(home, folder.resolve("base"))) {
            base.unzipModule();
            base.lbConf("# mine\n");
            base.addModules("lb");
            var once = base.files("");
            base.addModules("lb");

            assertThat(base.files("")).isEqualTo(once);
            assertThat(base.files("")).containsEntry("etc/lb.conf", "# mine\n");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void theTemplateBalancesNothingAndOpensNoProxy(JettyHome home) throws Exception {
        try (JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertThat(client.get("/").status()).isEqualTo(404);
                Answer connect = client.ask("CONNECT 127.0.0.1:" + base.port() + " HTTP/1.1\r\nHost: 127.0.0.1:"
                        + base.port() + "\r\n\r\n");
                assertThat(connect.status()).isBetween(400, 499);
            }
            assertThat(base.server().output()).doesNotContain("WARN").doesNotContain("Exception");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void itLivesWithTheModulesOfEveryEnvironment(JettyHome home) throws Exception {
        List<String> modules = new ArrayList<>(List.of("http", "http2c", "core-deploy", "graceful", "requestlog"));
        for (String environment : List.of("ee8", "ee9", "ee10", "ee11")) {
            if (home.has(environment)) {
                modules.add(environment + "-deploy");
            }
        }
        try (JettyBase base = JettyBase.empty(home, folder.resolve("base"))) {
            base.unzipModule();
            base.addModules(modules.toArray(String[]::new));
            base.addModules("lb");

            String version = JettyHome.property("lb.version");
            assertThat(base.command("--list-config"))
                    .contains("jetty-lb-" + version + ".jar", "jetty-lb-" + version + "-ee10.jar")
                    .contains("jetty-ee10-proxy-" + home.version() + ".jar")
                    .doesNotContain("WARN", "ERROR");
            assertThat(base.command("--dry-run")).contains("jetty-lb.xml", "jetty-lb-ee10.xml");
            base.start();
            assertThat(base.server().output()).doesNotContain("WARN");
        }
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void theFileMayLieElsewhere(JettyHome home) throws Exception {
        try (TestUpstream upstream = TestUpstream.start("elsewhere");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.write("conf/balanced.conf", Conf.of("/moved", upstream.configured()));
            base.start("jetty.lb.config=conf/balanced.conf");
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertThat(client.get("/moved/x").body()).isEqualTo("elsewhere GET /moved/x 0\n");
            }
        }
    }
}
