package io.jettylb.pool;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Finds the upstream of an attempt: in which order is said in {@link Pool#acquire}. Thread-safe, without a lock. */
final class Choice {

    private final Pool pool;
    private final Members members;
    private final Snapshots snapshots;
    private final Shared shared;
    private final Supplier<RandomGenerator> random;

    Choice(Pool pool, Members members, Snapshots snapshots, Shared shared, Supplier<RandomGenerator> random) {
        this.pool = pool;
        this.members = members;
        this.snapshots = snapshots;
        this.shared = shared;
        this.random = random;
    }

    /** Whether it wants an upstream for which nobody waits but those who are bound to it, as it is. */
    boolean isAlone(Selection selection) {
        UpstreamNode node = selection.preferred() == null ? null : members.get(selection.preferred());
        return node != null && !selection.only() && node.standing() == Standing.BOUND;
    }

    /**
     * Begins an attempt at an upstream that has room.
     *
     * @return null if there is none; the request knows why
     */
    Lease take(Selection selection) {
        Snapshot current = snapshots.current();
        shared.watch(current);
        if (current.headcount().fails() && current.stale()) {
            current = snapshots.upToDate();
        }
        if (selection.beside() != null) {
            return beside(current, selection);
        }
        if (current.headcount().fails()) {
            return trialOnly(current, selection);
        }
        if (selection.preferred() != null) {
            Lease bound = preferred(selection, current.headcount().ignoresHealth());
            if (bound != null) {
                return bound;
            }
            if (selection.only()) {
                selection.refused(why(selection));
                return null;
            }
        }
        Lease lease = open(current, selection);
        if (lease == null && (current.stale() || anyOpen(selection, false))) {
            // Somebody may have come since, or is just coming: who is open is seen before all those who are.
            lease = open(snapshots.upToDate(), selection);
        }
        if (lease != null) {
            return lease;
        }
        UpstreamNode again = selection.takeForgiven();
        if (again != null && again.standing() != Standing.CLOSED) {
            if (again.begin()) {
                return lease(selection, again, null);
            }
            selection.stillForgiven(again);
        }
        selection.refused(why(selection));
        return null;
    }

    /** For an attempt that is no more than a chance: nobody is tried out, or burdened who should be spared. */
    private Lease beside(Snapshot current, Selection selection) {
        if (current.headcount().panics()) {
            return null;
        }
        int rank = selection.beside().tier();
        UpstreamNode node = current.take(selection, random, rank);
        return node == null ? null : lease(selection, node, null);
    }

    /** The pool panics and refuses all requests but those that it needs to find out who is back. */
    private Lease trialOnly(Snapshot current, Selection selection) {
        selection.refused(Refusal.PANIC);
        if (selection.preferred() != null) {
            UpstreamNode bound = members.get(selection.preferred());
            return bound != null && bound.standing() == Standing.EJECTED ? preferred(selection, false) : null;
        }
        return trial(current, selection);
    }

    /** An attempt at an ejected upstream whose trial is due; null if there is none. */
    private Lease trial(Snapshot current, Selection selection) {
        long now = pool.nanos();
        for (int i = 0; i < current.trials(); i++) {
            UpstreamNode node = current.ejected()[i];
            boolean due = node.standing() == Standing.EJECTED
                    && node.wanted()
                    && node.ejection().dueAt(now);
            TrialRight.Held trial = due && !selection.tried(node) ? node.claimTrial(now) : null;
            if (trial != null) {
                return lease(selection, node, trial);
            }
        }
        return null;
    }

    /** Nobody was found: whoever would have been right must have been full. */
    private Refusal why(Selection selection) {
        boolean panic = snapshots.latest().headcount().ignoresHealth();
        if (selection.only()) {
            UpstreamNode node = members.get(selection.preferred());
            boolean serves = node != null
                    && (node.standing() == Standing.OPEN
                            || node.standing() == Standing.BOUND
                            || panic && node.isHopeful());
            return serves && selection.wants(node) ? Refusal.FULL : Refusal.UNAVAILABLE;
        }
        return anyFull(selection, panic) ? Refusal.FULL : Refusal.UNAVAILABLE;
    }

    /** Whether an upstream would be right that was not taken: it must have been full. */
    private boolean anyFull(Selection selection, boolean panic) {
        for (UpstreamNode node : members.all()) {
            boolean right = node.standing() == Standing.OPEN || node.declines() || panic && node.isHopeful();
            if (right && selection.wants(node)) {
                return true;
            }
        }
        return false;
    }

    /** Whether an upstream that works could have been chosen, of those that are full, or of those that have room. */
    private boolean anyOpen(Selection selection, boolean full) {
        for (UpstreamNode node : members.all()) {
            if (node.standing() == Standing.OPEN && node.full() == full && selection.wants(node)) {
                return true;
            }
        }
        return false;
    }

    private Lease open(Snapshot current, Selection selection) {
        // One trial is enough for a request: where many upstreams are down, it would use up all its attempts.
        Lease trial = current.trials() == 0 || selection.wasTrial() ? null : trial(current, selection);
        if (trial != null) {
            return trial;
        }
        UpstreamNode node = current.take(selection, random, Integer.MAX_VALUE);
        if (node != null) {
            return lease(selection, node, null);
        }
        UpstreamNode[] lastResort = current.ejected();
        if (lastResort.length > 0 && anyOpen(selection, true)) {
            // Better wait for one that works, or fail at once, than load one that does not.
            return declining(selection);
        }
        // Not always the same first: that one would get everything.
        int first = lastResort.length > 1 ? random.get().nextInt(lastResort.length) : 0;
        for (int i = 0; i < lastResort.length; i++) {
            UpstreamNode ejected = lastResort[(first + i) % lastResort.length];
            if (ejected.standing() == Standing.EJECTED && ejected.wanted() && !selection.tried(ejected)) {
                TrialRight.Held claim = ejected.claimTrial(pool.nanos());
                if (claim != null || ejected.begin()) {
                    return lease(selection, ejected, claim);
                }
            }
        }
        return declining(selection);
    }

    private Lease declining(Selection selection) {
        UpstreamNode node = members.takeDeclining(selection);
        return node == null ? null : lease(selection, node, null);
    }

    /** A client that is bound makes no trial but that of its own upstream: any other would cost it its session. */
    private Lease preferred(Selection selection, boolean panic) {
        UpstreamNode node = members.get(selection.preferred());
        selection.passOver(false);
        if (node == null || !selection.takePreferred(node)) {
            return null;
        }
        return switch (node.standing()) {
            case OPEN, BOUND -> {
                if (node.begin()) {
                    yield lease(selection, node, null);
                }
                selection.passOver(true);
                if (selection.tried(node)) {
                    selection.stillForgiven(node);
                }
                yield null;
            }
            case EJECTED -> {
                if (panic && node.isHopeful() && node.begin()) {
                    yield lease(selection, node, null);
                }
                long now = pool.nanos();
                TrialRight.Held trial = node.ejection().dueAt(now) ? node.claimTrial(now) : null;
                yield trial == null ? null : lease(selection, node, trial);
            }
            case CLOSED -> panic && node.isHopeful() && node.begin() ? lease(selection, node, null) : null;
        };
    }

    private Lease lease(Selection selection, UpstreamNode node, TrialRight.Held trial) {
        selection.trying(node, trial != null);
        return new Lease(pool, node, trial);
    }
}
