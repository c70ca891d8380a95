package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A configuration that cannot be used stops the start, in words for its author. */
class BadConfigIT {

    private static final int EX_CONFIG = 78;
    private static final String HOMES = "io.jettylb.it.JettyHome#all";

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource(HOMES)
    void everyProblemIsReportedWithItsLine(JettyHome home) throws Exception {
        String output = outputOfStartWith(home, """
                lb {
                  mounts { "/api" { pool = nosuch } }
                  pools {
                    orders {
                      strategy = round-robbin
                      upstreams = [ "http://127.0.0.1:1" ]
                      timeouts { connect = 3 }
                    }
                  }
                }
                """);
        assertThat(output).containsPattern("(?m)^.*lb\\.conf:2:.*nosuch");
        assertThat(output).containsPattern("(?m)^.*lb\\.conf:5:.*round-robbin");
        assertThat(output).containsPattern("(?m)^.*lb\\.conf:7:.*connect");
    }

    @ParameterizedTest
    @MethodSource(HOMES)
    void aFileThatIsNoHoconIsReportedWithTheLine(JettyHome home) throws Exception {
        String output = outputOfStartWith(home, "lb {\n  mounts {\n    \"/api\" { pool = orders }\n");

        assertThat(output).contains("lb.conf");
    }

    private String outputOfStartWith(JettyHome home, String conf) throws Exception {
        try (JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(conf);
            try (RunningProcess server = base.launch()) {
                assertThat(server.awaitExit()).as(server::output).isEqualTo(EX_CONFIG);
                assertThat(server.output())
                        .doesNotContain("\tat ")
                        .doesNotContain("Exception")
                        .doesNotContain("Started ServerConnector");
                return server.output();
            }
        }
    }
}
