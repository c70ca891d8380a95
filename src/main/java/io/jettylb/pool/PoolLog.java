package io.jettylb.pool;

import io.jettylb.config.BreakerConfig;
import io.jettylb.health.AdminState;
import io.jettylb.health.AgentState;
import io.jettylb.health.BreakerState;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What a pool tells the operator: transitions, each with its cause. */
final class PoolLog {

    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);
    private static final int MAX_REASON = 200;

    private final String pool;
    private volatile boolean panics;
    private volatile boolean strategyFails;

    PoolLog(String pool) {
        this.pool = pool;
    }

    void probed(UpstreamNode node, ProbeState before, ProbeState next, ProbeResult result) {
        if (next.up() && !before.up()) {
            int passes = before.proven() ? before.streak() + 1 : 1;
            LOG.info("{}/{} up: {} passed probe{}", pool, node.id(), passes, passes == 1 ? "" : "s");
        } else if (before.up() && !next.up()) {
            int failures = before.streak() + 1;
            String plural = failures == 1 ? "" : "s";
            LOG.warn("{}/{} down: {} failed probe{}, last: {}", pool, node.id(), failures, plural, result.cause());
        } else if (before.equals(ProbeState.UNKNOWN) && !next.up()) {
            // It was down before, but only now is there a cause to tell: without it, a wrong path would be a riddle.
            LOG.warn("{}/{} down: first probe failed: {}", pool, node.id(), result.cause());
        } else if (!result.passed() && LOG.isDebugEnabled()) {
            LOG.debug("{}/{} failed probe: {}", pool, node.id(), result.cause());
        }
    }

    void agent(UpstreamNode node, AgentState before, AgentState next, String answer) {
        if (before.mode() != next.mode()) {
            LOG.info("{}/{} its agent says {}", pool, node.id(), line(answer));
        } else if (before.down() != next.down()) {
            LOG.atLevel(next.down() ? Level.WARN : Level.INFO)
                    .log("{}/{} {}: its agent says {}", pool, node.id(), next.down() ? "down" : "up", line(answer));
        } else if (!before.equals(next) && LOG.isDebugEnabled()) {
            LOG.debug("{}/{} its agent says {}", pool, node.id(), line(answer));
        }
    }

    /** An upstream must not be able to fake lines in the log by what it answers. */
    private static String line(String answer) {
        String line = answer.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", "?");
        return line.length() > MAX_REASON ? line.substring(0, MAX_REASON) + "…" : line;
    }

    void back(UpstreamNode node, String why) {
        LOG.info("{}/{} back: {}", pool, node.id(), why);
    }

    void ejected(UpstreamNode node, long nanos, String cause) {
        LOG.warn("{}/{} ejected for {}: {}", pool, node.id(), time(nanos), cause);
    }

    void staysEjected(UpstreamNode node, long nanos, Failure failure, boolean news) {
        LOG.atLevel(news ? Level.WARN : Level.DEBUG)
                .log("{}/{} stays ejected for {}: {}", pool, node.id(), time(nanos), failure.words());
    }

    /** A time as operators write it: {@code 200 ms}, {@code 30 s}, {@code 2.3 s}. */
    static String time(long nanos) {
        long millis = nanos / 1_000_000;
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis >= 10_000 || millis % 1_000 == 0) {
            return Math.round(millis / 1_000.0) + " s";
        }
        return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }

    static String percent(double part) {
        return String.format(Locale.ROOT, "%.1f %%", part * 100);
    }

    /** Whether the operator was told of a panic and not yet of its end. */
    boolean panics() {
        return panics;
    }

    synchronized void panic(Headcount count) {
        if (count.panics() == panics) {
            return;
        }
        panics = count.panics();
        if (count.panics()) {
            String deed = count.fails() ? "requests get 503" : "health is ignored";
            LOG.warn("{} panics: {} of {} upstreams eligible, {}", pool, count.eligible(), count.all(), deed);
        } else {
            LOG.info("{} panics no longer: {} of {} upstreams eligible", pool, count.eligible(), count.all());
        }
    }

    /** Whether the operator was told of a strategy that fails, and not yet that it has recovered. */
    boolean strategyFails() {
        return strategyFails;
    }

    synchronized void strategy(IllegalStateException failure) {
        if (failure != null == strategyFails) {
            return;
        }
        strategyFails = failure != null;
        if (failure != null) {
            LOG.warn("{} one upstream after the other gets a request: {}", pool, failure.getMessage(), failure);
        } else {
            LOG.info("{} its strategy picks again", pool);
        }
    }

    void probeDrains(UpstreamNode node, boolean drains, ProbeResult result) {
        if (drains) {
            LOG.info("{}/{} draining: its probe says {}", pool, node.id(), result.cause());
        } else {
            LOG.info("{}/{} in service again: its probe passes", pool, node.id());
        }
    }

    void admin(UpstreamNode node, AdminState.Mode mode, int inFlight, Duration limit) {
        switch (mode) {
            case READY -> LOG.info("{}/{} ready", pool, node.id());
            case DRAIN -> draining(node, "draining", inFlight, limit);
            case MAINTENANCE -> draining(node, "in maintenance", inFlight, limit);
        }
    }

    void removed(UpstreamNode node, int inFlight, Duration limit) {
        draining(node, "removed, draining", inFlight, limit);
    }

    private void draining(UpstreamNode node, String what, int inFlight, Duration limit) {
        String length = limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
        LOG.info("{}/{} {}: {} in flight, deadline in {}", pool, node.id(), what, inFlight, length);
    }

    void deadline(UpstreamNode node, int inFlight) {
        LOG.info("{}/{} drain deadline: {} in flight are left to finish", pool, node.id(), inFlight);
    }

    void drained(UpstreamNode node) {
        LOG.info("{}/{} drained", pool, node.id());
    }

    void breaker(BreakerState.Mode before, BreakerState.Mode next, BreakerConfig rules) {
        if (next == BreakerState.Mode.OPEN && before == BreakerState.Mode.CLOSED) {
            LOG.warn(
                    "{} breaker open: at least {} % of the attempts in {} ms failed, requests get 503",
                    pool, Math.round(rules.failureRate() * 100), rules.window().toMillis());
        } else if (next == BreakerState.Mode.CLOSED) {
            LOG.info("{} breaker closed: {} trials succeeded", pool, rules.trials());
        } else if (LOG.isDebugEnabled()) {
            LOG.debug("{} breaker stays open: a trial failed", pool);
        }
    }

    void failed(String what, Throwable cause) {
        LOG.warn("{} {}", pool, what, cause);
    }

    void retriesRefused(int active, long refused) {
        LOG.warn("{} retry budget used up: {} under way, {} refused since the start", pool, active, refused);
    }

    void weight(UpstreamNode node, int before, int next) {
        LOG.info("{}/{} weight {}, was {}", pool, node.id(), next, before);
    }
}
