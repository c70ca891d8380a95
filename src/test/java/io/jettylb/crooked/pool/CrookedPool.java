package io.jettylb.crooked.pool;

import io.jettylb.crooked.balance.CrookedUtil;

/** Half of a cycle. */
public final class CrookedPool {

    private final CrookedUtil strategy = new CrookedUtil();

    /**
     * The other half.
     *
     * @return it
     */
    public CrookedUtil strategy() {
        return strategy;
    }
}
