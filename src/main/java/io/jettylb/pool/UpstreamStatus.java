package io.jettylb.pool;

import io.jettylb.health.AdminState;
import java.time.Duration;
import java.util.Locale;

/**
 * What is known about an upstream at one moment.
 *
 * @param id its id
 * @param inFlight the attempts that it is serving
 * @param eligible whether it may get requests of any client
 * @param up what its probes and its agent say; true if it is not probed
 * @param ejections for the how-many-th time it is ejected, 0 if it is not
 * @param weight what it is set to, 0 to 1000
 * @param effectiveWeight what the strategy sees since the latest request that found a change due, 1 to 100,000; in proportion
 *     to that of the others in its tier only
 * @param mode the strictest of what the operator, its agent and its probes want
 * @param service what the operator wants of it
 * @param ejection why and until when it is ejected; null if it is not
 */
public record UpstreamStatus(
        String id,
        int inFlight,
        boolean eligible,
        boolean up,
        int ejections,
        int weight,
        int effectiveWeight,
        AdminState.Mode mode,
        Service service,
        EjectionStatus ejection) {

    /**
     * What the operator wants of an upstream, and how far that is.
     *
     * @param mode what was asked for; {@code DRAIN} if it was removed from the configuration
     * @param removed whether it was
     * @param since how long ago; zero if it is ready
     * @param left until the deadline; zero if that is over, or it is ready
     */
    public record Service(AdminState.Mode mode, boolean removed, Duration since, Duration left) {

        /** One that is in service. */
        public static final Service READY = new Service(AdminState.Mode.READY, false, Duration.ZERO, Duration.ZERO);
    }

    /**
     * The same to be read.
     *
     * @return one line, such as {@code b2: drain, 3 in flight, 12 s left}
     */
    public String line() {
        StringBuilder line = new StringBuilder(id).append(": ").append(word());
        line.append(", ").append(inFlight).append(" in flight");
        if (!service.left().isZero()) {
            line.append(", ").append(service.left().toSeconds()).append(" s left");
        }
        return line.append(", weight ").append(weight).toString();
    }

    private String word() {
        String health = !up ? "down" : ejections > 0 ? "ejected" : eligible ? "up" : "bound clients only";
        String wanted = service.removed() ? "removed" : mode.name().toLowerCase(Locale.ROOT);
        return mode == AdminState.Mode.READY ? health : up && ejections == 0 ? wanted : wanted + ", " + health;
    }
}
