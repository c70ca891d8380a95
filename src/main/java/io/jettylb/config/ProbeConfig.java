package io.jettylb.config;

import java.time.Duration;
import java.util.List;

/**
 * How the upstreams of a pool are asked for their health.
 *
 * @param path the path that is requested with GET, put behind the upstream's own base path; starts with a slash
 * @param interval from the end of a probe to the next one, while nothing changes
 * @param timeout how long a probe may take, connecting included
 * @param fall failed probes in a row until an upstream is down, 1 to 100
 * @param rise passed probes in a row until it is up again, 1 to 100
 * @param fastInterval the interval while the upstream is down, or up with a failed probe; at most {@code interval}
 * @param jitter by how much of itself each interval is lengthened or shortened at random, 0 to 1
 * @param expectStatus the statuses that pass, at least one range
 */
public record ProbeConfig(
        String path,
        Duration interval,
        Duration timeout,
        int fall,
        int rise,
        Duration fastInterval,
        double jitter,
        List<StatusRange> expectStatus) {}
