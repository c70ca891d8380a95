package io.jettylb.health;

import java.time.Duration;

/**
 * What the operator wants of an upstream. Immutable.
 *
 * @param mode which requests it may get
 * @param sinceNanos since when, on the pool's clock; meaningless while it is ready
 * @param untilNanos until when its bound clients are served and its tunnels stay open; meaningless while it is ready
 */
public record AdminState(Mode mode, long sinceNanos, long untilNanos) {

    /** Which requests an upstream may get. */
    public enum Mode {
        /** All. */
        READY,
        /** Those of clients that are bound to it, until the deadline. */
        DRAIN,
        /** None. */
        MAINTENANCE
    }

    /** In service. */
    public static final AdminState READY = new AdminState(Mode.READY, 0, 0);

    /**
     * Out of service, but not for bound clients before the deadline.
     *
     * @param nowNanos the pool's clock
     * @param deadline from now; zero: at once
     * @return the state
     */
    public static AdminState drain(long nowNanos, Duration deadline) {
        return new AdminState(Mode.DRAIN, nowNanos, nowNanos + deadline.toNanos());
    }

    /**
     * Out of service for everybody.
     *
     * @param nowNanos the pool's clock
     * @param deadline from now, for tunnels
     * @return the state
     */
    public static AdminState maintenance(long nowNanos, Duration deadline) {
        return new AdminState(Mode.MAINTENANCE, nowNanos, nowNanos + deadline.toNanos());
    }

    /**
     * Whether it may get any request.
     *
     * @return false if it is being taken out of service
     */
    public boolean ready() {
        return mode == Mode.READY;
    }

    /**
     * Whether the deadline has come.
     *
     * @param nowNanos the pool's clock
     * @return true if it is out of service and its time is over
     */
    public boolean overAt(long nowNanos) {
        return !ready() && nowNanos - untilNanos >= 0;
    }

    /**
     * Whether not even bound clients are served.
     *
     * @param nowNanos the pool's clock
     * @return true in maintenance, and after the deadline of a drain
     */
    public boolean closedAt(long nowNanos) {
        return mode == Mode.MAINTENANCE || overAt(nowNanos);
    }
}
