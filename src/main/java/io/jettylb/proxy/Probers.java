package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.pool.Pool;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.eclipse.jetty.server.Server;

/** Makes the prober that a pool wants. */
final class Probers {

    private Probers() {}

    /**
     * A prober, to be started and stopped.
     *
     * @param config the pool, whose {@code probe} is not null
     * @param server whose threads and timer are used
     * @param tls the pool's TLS; null if it has none
     * @param pool knows the upstreams' state
     * @param nanoClock nanoseconds with an arbitrary start
     */
    static Prober of(PoolConfig config, Server server, UpstreamTls tls, Pool pool, LongSupplier nanoClock) {
        ProbeConfig rules = config.probe();
        Function<UpstreamConfig, String> state = rules.check().stateHeader() ? new UpstreamState(pool) : null;
        return switch (rules.check().type()) {
            case HTTP -> new HttpProber(config, server, tls, new HttpCheck(rules, state, nanoClock));
            case GRPC -> new HttpProber(config, server, tls, new GrpcCheck(rules, state));
            case TCP -> new ConnectProber(config, server, null);
            case TLS -> new ConnectProber(config, server, tls);
        };
    }
}
