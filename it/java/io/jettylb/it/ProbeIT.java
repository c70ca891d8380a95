package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Upstreams that fall ill and recover, as their probes see them. */
class ProbeIT {

    private static final String PROBE =
            "probe { interval = 200ms, fast-interval = 100ms, timeout = 10s, fall = 3, rise = 2 }";

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void anUnhealthyUpstreamLeavesByFallAndReturnsByRiseAndWithoutAnyTheFirstPassSuffices(JettyHome home)
            throws Exception {
        try (TestUpstream a = TestUpstream.start("a");
                TestUpstream b = TestUpstream.start("b");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.with(PROBE, "/api", a.configured(), b.configured()));
            base.start();
            base.server().await("tested/a up: 1 passed probe$");
            base.server().await("tested/b up: 1 passed probe$");
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertServedBy(client, "a", "b");

                b.health(503);
                base.server().await("WARN.* tested/b down: 3 failed probes, last: status 503$");
                assertServedBy(client, "a");

                b.health(200);
                base.server().await("INFO.* tested/b up: 2 passed probes$");
                assertServedBy(client, "a", "b");

                a.health(503);
                b.health(500);
                KeepAliveClient.Answer refused = await(client, answer -> answer.status() == 503);
                assertThat(refused.headers()).containsEntry("retry-after", "1");

                b.health(200);
                await(client, answer -> answer.status() == 200);
                assertServedBy(client, "b");
            }
            base.close();
            assertThat(transitions(base, "a"))
                    .containsExactly("up: 1 passed probe", "down: 3 failed probes, last: status 503");
            assertThat(transitions(base, "b"))
                    .containsExactly(
                            "up: 1 passed probe",
                            "down: 3 failed probes, last: status 503",
                            "up: 2 passed probes",
                            "down: 3 failed probes, last: status 500",
                            // The first probe after its recovery, a fast interval away at most.
                            "up: 1 passed probe");
        }
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void aRequestThatCannotConnectBringsTheNextProbeForward(JettyHome home) throws Exception {
        String probe = "probe { interval = 1h, fast-interval = 100ms, fall = 1, rise = 2 }";
        try (UpstreamProcess a = UpstreamProcess.start("a");
                UpstreamProcess b = UpstreamProcess.start("b");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.lbConf(Conf.with(probe, "/api", a.configured(), b.configured()));
            base.start();
            base.server().await("tested/a up: 1 passed probe$");
            base.server().await("tested/b up: 1 passed probe$");
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertServedBy(client, "a", "b");
                b.kill();
                assertServedBy(client, "a");
                base.server().await("tested/b down: 1 failed probe, last: connect failed: .*[Rr]efused");

                b.restart();
                base.server().await("tested/b up: 2 passed probes$");
                assertServedBy(client, "a", "b");
            }
        }
    }

    /** Every request is answered, and by these in turn. */
    private static void assertServedBy(KeepAliveClient client, String... ids) throws IOException {
        List<String> served = new java.util.ArrayList<>();
        for (int i = 0; i < 20; i++) {
            KeepAliveClient.Answer answer = client.get("/api/" + i);
            assertThat(answer.status()).isEqualTo(200);
            served.add(answer.headers().get("x-served-by"));
        }
        assertThat(served).contains(ids).isSubsetOf(ids);
    }

    private static KeepAliveClient.Answer await(KeepAliveClient client, Predicate<KeepAliveClient.Answer> wanted)
            throws IOException {
        long deadline = System.nanoTime() + RunningProcess.PATIENCE.toNanos();
        while (true) {
            KeepAliveClient.Answer answer = client.get("/api/await");
            if (wanted.test(answer)) {
                return answer;
            }
            assertThat(System.nanoTime()).as("time for another answer").isLessThan(deadline);
        }
    }

    /** What the log says of an upstream, without time and place. */
    private static List<String> transitions(JettyBase base, String id) {
        return Pattern.compile("tested/" + id + " (.*)")
                .matcher(base.server().output())
                .results()
                .map((MatchResult line) -> line.group(1))
                .toList();
    }
}
