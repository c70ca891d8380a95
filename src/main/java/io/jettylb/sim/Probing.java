package io.jettylb.sim;

import io.jettylb.config.ProbeConfig;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.ProbeState;
import io.jettylb.pool.Pool;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The probes of one balancer, in virtual time. Upstreams that never change are probed once: all further probes would
 * tell the same.
 */
final class Probing {

    private final VirtualTime time;
    private final Pool pool;
    private final ProbeConfig rules;
    private final RandomGenerator random;
    private final long until;
    private final Map<String, Watch> watches = new HashMap<>();

    Probing(VirtualTime time, Pool pool, ProbeConfig rules, RandomGenerator random, long until) {
        this.time = time;
        this.pool = pool;
        this.rules = rules;
        this.random = random;
        this.until = until;
    }

    void start(List<Upstream> upstreams) {
        for (Upstream upstream : upstreams) {
            if (upstream.constant()) {
                pool.probed(upstream.id(), ProbeResult.PASSED);
            } else {
                Watch watch = new Watch(upstream);
                watches.put(upstream.id(), watch);
                watch.probe();
            }
        }
    }

    /** A connection to it has failed: it is probed at once, but not more often than in the fast interval. */
    void suspect(String id) {
        Watch watch = watches.get(id);
        if (watch != null) {
            watch.suspect();
        }
    }

    private final class Watch {

        private final Upstream upstream;
        private int round;
        private boolean underWay;
        private long suspectedAt = Long.MIN_VALUE / 2;

        Watch(Upstream upstream) {
            this.upstream = upstream;
        }

        void probe() {
            round++;
            Condition condition = upstream.condition(time.getAsLong());
            if (condition.kind() == Condition.Kind.SILENT) {
                underWay = true;
                time.after(rules.timeout().toNanos(), () -> answered(ProbeResult.failed("timed out")));
            } else {
                answered(condition.passesProbes() ? ProbeResult.PASSED : ProbeResult.failed("refused"));
            }
        }

        private void answered(ProbeResult result) {
            underWay = false;
            ProbeState state = pool.probed(upstream.id(), result);
            long nanos = (state.settled() ? rules.interval() : rules.fastInterval()).toNanos();
            long delay = (long) (nanos * (1 + rules.jitter() * (2 * random.nextDouble() - 1)));
            if (time.getAsLong() + delay <= until) {
                int current = round;
                time.after(delay, () -> probeUnlessDone(current));
            }
        }

        private void probeUnlessDone(int expected) {
            if (round == expected) {
                probe();
            }
        }

        void suspect() {
            long now = time.getAsLong();
            if (!underWay && now - suspectedAt >= rules.fastInterval().toNanos()) {
                suspectedAt = now;
                probe();
            }
        }
    }
}
