package io.jettylb.pool;

import io.jettylb.health.Ejection;
import io.jettylb.health.EjectionRules;

/** Learns from the attempts of requests which upstreams to leave out: passive detection. Thread-safe. */
final class Ejections {

    private final Shared shared;
    private final EjectionRules rules;

    Ejections(Shared shared) {
        this.shared = shared;
        this.rules = EjectionRules.CONNECT_FAILURE;
    }

    /** A trial got an answer: the upstream is back. */
    void trialSucceeded(UpstreamNode node) {
        boolean back = false;
        shared.lock().lock();
        try {
            if (node.ejection().active()) {
                long now = shared.now();
                node.ejectionLocked(Ejection.NONE);
                shared.changedLocked(node, now);
                back = true;
            }
        } finally {
            shared.lock().unlock();
        }
        if (back) {
            shared.log().back(node);
        }
    }

    void completed(Lease lease, Outcome outcome, Throwable cause) {
        try {
            if (outcome == Outcome.CONNECT_FAILED) {
                connectFailed(lease, cause);
            }
        } finally {
            lease.releaseTrial();
        }
    }

    private void connectFailed(Lease lease, Throwable cause) {
        UpstreamNode node = lease.node();
        Ejection next = null;
        boolean first = false;
        shared.lock().lock();
        try {
            Ejection before = node.ejection();
            first = !before.active();
            long now = shared.now();
            // Attempts that were under way when the upstream was ejected say nothing new, and neither does a trial
            // before its time: they must not make the ejection longer.
            boolean counts = first ? mayEject(node) : lease.trial() && before.dueAt(now);
            if (counts) {
                next = before.next(rules, now);
                node.ejectionLocked(next);
                shared.changedLocked(node, now);
            }
        } finally {
            shared.lock().unlock();
        }
        if (next != null) {
            shared.log().ejected(node, next, first, cause);
        }
    }

    private boolean mayEject(UpstreamNode node) {
        return node.standing() == Standing.BOUND
                || node.standing() == Standing.OPEN && shared.members().open() > 1;
    }
}
