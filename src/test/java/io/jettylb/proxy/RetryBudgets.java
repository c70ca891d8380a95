package io.jettylb.proxy;

import io.jettylb.pool.RetryBudget;
import io.jettylb.testing.BalancedServer;

/** For tests of other packages: what is inside of a load balancer. */
public final class RetryBudgets {

    private RetryBudgets() {}

    /** The budget of the only pool. */
    public static RetryBudget of(BalancedServer server) {
        return server.loadBalancer().getBean(Pools.class).get("p").pool().retryBudget();
    }
}
