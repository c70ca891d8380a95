package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import io.jettylb.config.InitialHealth;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeCheck;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.ProbeExpectation;
import io.jettylb.config.ProbeRequest;
import io.jettylb.config.ProbeType;
import io.jettylb.config.StatusRange;
import io.jettylb.health.ProbeResult;
import io.jettylb.pool.Pool;
import io.jettylb.testing.Configs;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.LifeCycle;

/** Single probes over real connections. */
final class ProbeTrial implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Server server = new Server();

    ProbeTrial() throws Exception {
        server.start();
    }

    /** Rules with a generous timeout. */
    static ProbeConfig rules(ProbeCheck check) {
        return rules(check, PATIENCE);
    }

    static ProbeConfig rules(ProbeCheck check, Duration timeout) {
        Duration any = Duration.ofHours(1);
        return new ProbeConfig("/health", any, timeout, 1, 1, any, 0, List.of(new StatusRange(200, 299)))
                .with(null, InitialHealth.DOWN, check);
    }

    static ProbeCheck http(ProbeRequest request, ProbeExpectation expectation) {
        return new ProbeCheck(ProbeType.HTTP, null, 0, request, expectation, "", false);
    }

    static ProbeCheck grpc(String service, Map<String, String> headers) {
        ProbeRequest request = new ProbeRequest("GET", null, headers, null);
        return new ProbeCheck(ProbeType.GRPC, null, 0, request, ProbeExpectation.STATUS, service, false);
    }

    ProbeResult probe(URI upstream, ProbeCheck check) throws Exception {
        return probe(upstream, rules(check), pool -> pool);
    }

    ProbeResult probe(URI upstream, ProbeConfig rules, UnaryOperator<PoolConfig> changed) throws Exception {
        return probe(changed.apply(Configs.probed(Configs.pool(List.of(upstream)), rules)));
    }

    /** One probe of the first upstream. */
    ProbeResult probe(PoolConfig config) throws Exception {
        Random seeded = new Random(1);
        Pool pool = new Pool(
                config,
                Strategies.installed().create(config.strategy(), () -> seeded, System::nanoTime),
                System::nanoTime);
        UpstreamTls tls = config.tls() == null ? null : new UpstreamTls(config, server, System::nanoTime);
        Prober prober = Probers.of(config, server, tls, pool, System::nanoTime);
        LifeCycle.start(prober);
        try {
            CompletableFuture<ProbeResult> answer = new CompletableFuture<>();
            prober.probe(
                    config.upstreams().get(0),
                    result -> assertThat(answer.complete(result)).isTrue());
            return answer.get(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            LifeCycle.stop(prober);
        }
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
