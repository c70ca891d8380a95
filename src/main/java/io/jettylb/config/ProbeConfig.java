package io.jettylb.config;

import java.time.Duration;
import java.util.List;

/**
 * How the upstreams of a pool are asked for their health.
 *
 * @param path the path that is requested, put behind the upstream's own base path; starts with a slash
 * @param interval from the end of a probe to the next one, while nothing changes
 * @param timeout how long a probe may take, connecting included
 * @param fall failed probes in a row until an upstream is down, 1 to 100
 * @param rise passed probes in a row until it is up again, 1 to 100
 * @param fastInterval the interval while results speak against the present state; at most {@code interval}
 * @param jitter by how much of itself each interval is lengthened or shortened at random, 0 to 1
 * @param expectStatus the statuses that pass, at least one range
 * @param downInterval the interval while the upstream is down and nothing speaks against it; null: the fast one
 * @param initial what is believed before the first answer
 * @param check what a probe does, and what passes besides the status
 */
public record ProbeConfig(
        String path,
        Duration interval,
        Duration timeout,
        int fall,
        int rise,
        Duration fastInterval,
        double jitter,
        List<StatusRange> expectStatus,
        Duration downInterval,
        InitialHealth initial,
        ProbeCheck check) {

    /**
     * Requests by GET that are judged by their status, of upstreams that are down before the first.
     *
     * @param path the path that is requested
     * @param interval from the end of a probe to the next one
     * @param timeout how long a probe may take
     * @param fall failed probes in a row until an upstream is down
     * @param rise passed probes in a row until it is up again
     * @param fastInterval the interval while the upstream is down or wavers
     * @param jitter the random part of each interval
     * @param expectStatus the statuses that pass
     */
    public ProbeConfig(
            String path,
            Duration interval,
            Duration timeout,
            int fall,
            int rise,
            Duration fastInterval,
            double jitter,
            List<StatusRange> expectStatus) {
        this(
                path,
                interval,
                timeout,
                fall,
                rise,
                fastInterval,
                jitter,
                expectStatus,
                null,
                InitialHealth.DOWN,
                ProbeCheck.PLAIN);
    }

    /**
     * The same with another beginning and other checks.
     *
     * @param down the interval while an upstream is down; null: the fast one
     * @param first what is believed before the first answer
     * @param other what a probe does
     * @return the rules
     */
    public ProbeConfig with(Duration down, InitialHealth first, ProbeCheck other) {
        return new ProbeConfig(
                path, interval, timeout, fall, rise, fastInterval, jitter, expectStatus, down, first, other);
    }

    /**
     * Whether probes of both kinds ask for the same, however often.
     *
     * @param other the other ones
     * @return true if what the one has found holds for the other
     */
    public boolean asksLike(ProbeConfig other) {
        return path.equals(other.path) && expectStatus.equals(other.expectStatus) && check.equals(other.check);
    }
}
