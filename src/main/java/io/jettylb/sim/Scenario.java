package io.jettylb.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What happens to the upstreams during an experiment. "Some" of them are one in ten, and at least one. */
public enum Scenario {
    /** Nothing. */
    STEADY("steady", "all upstreams are alike and well"),
    /** Some answer late. */
    SLOW_NODE("slow-node", "some upstreams answer 200 ms later, without being any busier") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return some(index, upstreams) ? from(nanos, Condition.delayed(millis(200))) : GOOD;
        }
    },
    /** Some take much longer. */
    DEGRADED_NODE("degraded-node", "some upstreams need 50 times as long for everything") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return some(index, upstreams) ? from(nanos, Condition.slowed(50)) : GOOD;
        }
    },
    /** Some fail at once. */
    FAST_FAIL("fast-fail", "some upstreams answer everything but probes with 503, at once") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return some(index, upstreams) ? from(nanos, Condition.FAILING) : GOOD;
        }
    },
    /** Some are gone. */
    REFUSED("refused", "some upstreams refuse connections") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return some(index, upstreams) ? from(nanos, Condition.REFUSING) : GOOD;
        }
    },
    /** Some never answer. */
    BLACK_HOLE("black-hole", "some upstreams take requests and never answer") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return some(index, upstreams) ? from(nanos, Condition.SILENT) : GOOD;
        }
    },
    /** Some come late, and are slow at first. */
    COLD_START(
            "cold-start",
            "some upstreams join late and need 10 times as long at first, less with each of 500 requests") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return some(index, upstreams)
                    ? List.of(
                            new Phase(0, Condition.REFUSING), new Phase((long) (nanos * 0.3), Condition.cold(10, 500)))
                    : GOOD;
        }
    },
    /** Some come and go. */
    FLAPPING("flapping", "some upstreams refuse connections for 2 s out of 4 s") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            if (!some(index, upstreams)) {
                return GOOD;
            }
            List<Phase> phases = new ArrayList<>(GOOD);
            long half = Math.max(1, Math.min(millis(2_000), nanos / 30));
            for (long at = start(nanos); at < nanos; at += 2 * half) {
                phases.add(new Phase(at, Condition.REFUSING));
                phases.add(new Phase(at + half, Condition.GOOD));
            }
            return List.copyOf(phases);
        }
    },
    /** All are replaced, some at a time. */
    ROLLING_DEPLOY("rolling-deploy", "all upstreams are replaced, some at a time, and are cold for 200 requests") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            int batch = count(upstreams);
            int waves = (upstreams + batch - 1) / batch;
            long wave = (long) (nanos * 0.7) / waves;
            long from = start(nanos) + index / batch * wave;
            return List.of(
                    new Phase(0, Condition.GOOD),
                    new Phase(from, Condition.REFUSING),
                    new Phase(from + wave * 6 / 10, Condition.cold(3, 200)));
        }
    },
    /** Requests come in bursts. */
    BURSTY("bursty", "requests come in bursts of a second, at 2.2 times the rate"),
    /** Many balancers share the upstreams. */
    MANY_BALANCERS(
            "many-balancers",
            "many balancers (20 unless said otherwise) share the upstreams, knowing only their own requests"),
    /** The upstreams differ, and the weights do not say so. */
    HETEROGENEOUS("heterogeneous", "a third of the upstreams is 1.5 times as slow, another third 1.33 times as fast") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            double[] slowdowns = {1.5, 1, 0.75};
            return List.of(new Phase(0, Condition.slowed(slowdowns[index % slowdowns.length])));
        }
    },
    /** Clients differ in how much they ask, and an upstream leaves. */
    HASH_KEYS("hash-keys", "few of 100,000 keys are busy (Zipf, 0.8), and one upstream leaves") {
        @Override
        List<Phase> phases(int index, int upstreams, long nanos) {
            return index == 0
                    ? List.of(new Phase(0, Condition.GOOD), new Phase(leaveAt(nanos), Condition.REFUSING))
                    : GOOD;
        }
    };

    private static final List<Phase> GOOD = List.of(new Phase(0, Condition.GOOD));

    private final String label;
    private final String description;

    Scenario(String label, String description) {
        this.label = label;
        this.description = description;
    }

    /**
     * What users call it.
     *
     * @return lower-case words joined by hyphens
     */
    public String label() {
        return label;
    }

    /**
     * What happens.
     *
     * @return a line for users
     */
    public String description() {
        return description;
    }

    /**
     * Finds one.
     *
     * @param label what users call it
     * @return the scenario, if there is one of that name
     */
    public static Optional<Scenario> of(String label) {
        for (Scenario scenario : values()) {
            if (scenario.label.equals(label)) {
                return Optional.of(scenario);
            }
        }
        return Optional.empty();
    }

    /**
     * How many balancers there are unless somebody asks for another number.
     *
     * @return 1 or more
     */
    public int balancers() {
        return this == MANY_BALANCERS ? 20 : 1;
    }

    /** The life of an upstream; the first phase begins at 0. */
    List<Phase> phases(int index, int upstreams, long nanos) {
        return GOOD;
    }

    boolean bursty() {
        return this == BURSTY;
    }

    /** Whether keys are unevenly busy, and it is counted how many move. */
    boolean keyed() {
        return this == HASH_KEYS;
    }

    static int count(int upstreams) {
        return Math.max(1, upstreams / 10);
    }

    static boolean some(int index, int upstreams) {
        return index < count(upstreams);
    }

    /** When it begins: after the warm-up, so that the change is seen. */
    static long start(long nanos) {
        return nanos / 5;
    }

    static long leaveAt(long nanos) {
        return nanos / 2;
    }

    static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    static List<Phase> from(long nanos, Condition condition) {
        return List.of(new Phase(0, Condition.GOOD), new Phase(start(nanos), condition));
    }
}
