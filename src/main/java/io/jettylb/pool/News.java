package io.jettylb.pool;

import java.time.Duration;

/**
 * Which ejections of an upstream the operator is told of: all, unless it comes and goes; then one in a minute, each with its
 * end. Guarded by the pool's lock.
 */
final class News {

    /** How many ejections in a row are news in any case. */
    private static final int ALWAYS = 3;

    private static final long PAUSE = Duration.ofMinutes(1).toNanos();

    private boolean told;
    private long toldAt;

    /** Whether to tell of an ejection, for the how-many-th time it may be. */
    boolean ejected(int times, long now) {
        told = times <= ALWAYS || now - toldAt >= PAUSE;
        toldAt = told ? now : toldAt;
        return told;
    }

    /** Whether to tell that it stays out: where the last news was that it is back. */
    boolean stays(long now) {
        boolean tell = !told && now - toldAt >= PAUSE;
        told |= tell;
        toldAt = tell ? now : toldAt;
        return tell;
    }

    /** Whether to tell that it is back. */
    boolean back() {
        return told;
    }
}
