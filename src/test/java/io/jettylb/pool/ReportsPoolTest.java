package io.jettylb.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.health.OrcaReport;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.UpstreamReport;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What upstreams say about themselves, in virtual time. */
class ReportsPoolTest {

    private static UpstreamReport share(double share) {
        return new UpstreamReport(share, -1, null, null);
    }

    private static UpstreamReport capacity(double capacity) {
        return new UpstreamReport(Double.NaN, -1, new OrcaReport(1, capacity, 0), null);
    }

    /** A response of an upstream with a report. */
    private static void respond(PoolFixture f, String id, UpstreamReport report) {
        Lease lease = f.pool.acquire(PoolFixture.boundTo(id));
        lease.answering(200);
        lease.reported(report);
        lease.complete(Outcome.SUCCESS, null);
    }

    private static void say(PoolFixture f, String id, boolean passed, String words) {
        UpstreamReport report = new UpstreamReport(Double.NaN, -1, null, words);
        ProbeResult result = passed ? ProbeResult.PASSED : ProbeResult.failed("status 503");
        f.pool.probed(id, result.with(report));
    }

    private static PoolFixture pool() {
        return new PoolFixture().reports().member(1).member(1).start();
    }

    private static PoolFixture probed() {
        PoolFixture f = new PoolFixture().reports().probed().member(1).member(1).start();
        f.probe("ab", true);
        return f;
    }

    @Test
    void aShareHoldsAndExpires() {
        PoolFixture f = pool();
        respond(f, "a", share(0.25));
        assertThat(f.weights()).isEqualTo("a25 b100");
        assertThat(f.counts(10)).isEqualTo(Map.of("a", 2, "b", 8));
        // A later one is seen within a second.
        respond(f, "a", share(0.5));
        assertThat(f.weights()).isEqualTo("a25 b100");
        f.pass(Duration.ofSeconds(1));
        f.next();
        assertThat(f.weights()).isEqualTo("a50 b100");
        f.pass(Duration.ofSeconds(178));
        f.next();
        assertThat(f.weights()).isEqualTo("a50 b100");
        f.pass(Duration.ofSeconds(1));
        f.next();
        assertThat(f.weights()).isEqualTo("a1 b1");
        f.clockReads = 0;
        f.next();
        assertThat(f.clockReads).isZero();
    }

    @Test
    void aShareOfNothingKeepsBoundClientsUntilItExpires() {
        PoolFixture f = pool();
        respond(f, "a", share(0));
        assertThat(f.counts(10)).isEqualTo(Map.of("b", 10));
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("a");
        f.pass(Duration.ofMinutes(3));
        assertThat(f.counts(10)).isEqualTo(Map.of("a", 5, "b", 5));
    }

    @Test
    void whereAllAskForNothingSomebodyServesAllTheSame() {
        PoolFixture f = pool();
        respond(f, "a", share(0));
        respond(f, "b", share(0));
        assertThat(f.next()).isNotNull();
        assertThat(f.tried()).hasSize(2);
    }

    @Test
    void capacitiesCountAfterTheBlackout() {
        PoolFixture f = pool();
        for (int second = 0; second < 10; second++) {
            respond(f, "a", capacity(300));
            respond(f, "b", capacity(100));
            assertThat(f.weights()).isEqualTo("a1 b1");
            f.pass(Duration.ofSeconds(1));
        }
        f.next();
        assertThat(f.weights()).isEqualTo("a150 b50");
        f.pass(Duration.ofMinutes(3));
        f.next();
        assertThat(f.weights()).isEqualTo("a1 b1");
    }

    @Test
    void capacitiesOfWhoCameBackAreMeasuredAnew() {
        PoolFixture f = probed();
        respond(f, "a", capacity(300));
        respond(f, "b", capacity(100));
        f.pass(Duration.ofSeconds(10));
        f.next();
        assertThat(f.weights()).isEqualTo("a150 b50");
        f.probe("aa", false);
        f.probe("aa", true);
        assertThat(f.weights()).isEqualTo("a100 b100");
    }

    @Test
    void aPoolThatDoesNotListenHearsNothing() {
        PoolFixture f = new PoolFixture().member(1).member(1).start();
        respond(f, "a", share(0.25));

        assertThat(f.weights()).isEqualTo("a1 b1");
    }

    @Test
    void agentsChangeTheWeight() {
        PoolFixture f = probed();
        say(f, "a", true, "75%");
        assertThat(f.weights()).isEqualTo("a75 b100");
        // A page that is no agent's line, and a silent one, change nothing.
        say(f, "a", true, "welcome");
        f.probe("a", true);
        assertThat(f.weights()).isEqualTo("a75 b100");
        f.pass(Duration.ofMinutes(3));
        f.next();
        assertThat(f.weights()).isEqualTo("a1 b1");
    }

    @Test
    void agentsDrainAndReturn() {
        PoolFixture f = probed();
        say(f, "a", true, "drain\n");
        assertThat(f.counts(4)).isEqualTo(Map.of("b", 4));
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("a");
        // Only the agent undoes it: neither time, nor silence, nor another fact.
        f.pass(Duration.ofHours(1));
        f.probe("a", true);
        f.pool.weight("a", 5);
        say(f, "a", true, "up");
        assertThat(f.counts(4)).isEqualTo(Map.of("b", 4));
        say(f, "a", true, "ready");
        assertThat(f.weights()).isEqualTo("a5 b1");
    }

    @Test
    void agentsInMaintenanceGetNothing() {
        PoolFixture f = probed();
        say(f, "a", true, "maint");
        assertThat(f.counts(4)).isEqualTo(Map.of("b", 4));
        assertThat(f.served(PoolFixture.boundTo("a"))).isEqualTo("b");
        assertThat(f.tried()).isEqualTo("b");
        say(f, "a", true, "ready");
        assertThat(f.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void agentsTakeThemselvesDownAndUpButProbesMustPassToo() {
        PoolFixture f = probed();
        say(f, "a", true, "down#out of disk");
        assertThat(f.counts(4)).isEqualTo(Map.of("b", 4));
        f.probe("aa", true);
        assertThat(f.counts(4)).isEqualTo(Map.of("b", 4));
        f.probe("aa", false);
        say(f, "a", false, "up");
        assertThat(f.counts(4)).isEqualTo(Map.of("b", 4));
        f.probe("aa", true);
        assertThat(f.counts(4)).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void agentsLimitRequestsUntilThatExpires() {
        PoolFixture f = probed();
        say(f, "a", true, "maxconn:1");
        say(f, "b", true, "maxconn:1");
        assertThat(f.hold()).isNotNull();
        assertThat(f.hold()).isNotNull();
        assertThat(f.hold()).isNull();
        f.pass(Duration.ofMinutes(3));
        assertThat(f.hold()).isNotNull();
    }

    @Test
    void whoComesBackFromMaintenanceStartsSlowly() {
        PoolFixture f = new PoolFixture()
                .reports()
                .probed()
                .slowStart(Duration.ofSeconds(30))
                .member(1)
                .member(1)
                .start();
        f.probe("ab", true);
        say(f, "a", true, "maint");
        say(f, "a", true, "ready");
        assertThat(f.weights()).isEqualTo("a10 b100");
    }
}
