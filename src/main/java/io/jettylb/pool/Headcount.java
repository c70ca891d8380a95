package io.jettylb.pool;

import io.jettylb.config.PanicConfig;

/**
 * How many upstreams of a pool may get requests, and whether these are too few.
 *
 * @param eligible how many may
 * @param all how many might, were it not for their health: those that are not drained and were healthy once
 * @param panic what is done because they are too few; null if they are not
 */
record Headcount(int eligible, int all, PanicConfig.Mode panic) {

    static final Headcount NOBODY = new Headcount(0, 0, null);

    boolean panics() {
        return panic != null;
    }

    boolean ignoresHealth() {
        return panic == PanicConfig.Mode.IGNORE_HEALTH;
    }

    boolean fails() {
        return panic == PanicConfig.Mode.FAIL;
    }
}
