package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.ProbeResult;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Probes by connections that are made and closed: with TLS after its handshake, else at once. They are made by an HTTP
 * client, which finds addresses without blocking and knows all kinds of connections that pools have; it never gets to send
 * a request.
 */
final class ConnectProber extends ContainerLifeCycle implements Prober {

    private final ProbeConfig rules;
    private final boolean secure;
    private final HttpClient client;
    private final UpstreamTable<Request> targets;

    /**
     * A prober.
     *
     * @param config the pool, whose {@code probe} is not null
     * @param server whose threads and timer are used
     * @param tls the TLS of connections; null: they have none
     */
    ConnectProber(PoolConfig config, Server server, UpstreamTls tls) {
        this.rules = config.probe();
        this.secure = tls != null;
        this.client = UpstreamProtocols.plainClient(server, new ClientConnector(), tls, rules.timeout());
        client.setName("lb-probe-" + config.name());
        client.setConnectTimeout(rules.timeout().toMillis());
        client.setAddressResolutionTimeout(rules.timeout().toMillis());
        this.targets = new UpstreamTable<>(config.upstreams(), upstream -> target(config, upstream));
        addBean(client);
    }

    private Request target(PoolConfig config, UpstreamConfig upstream) {
        String origin = ProbeAddress.origin(upstream, secure ? "https" : "http", rules.check());
        Request target = client.newRequest(URI.create(origin));
        new UpstreamLink(config, upstream, null).prepareOwn(target);
        return target;
    }

    @Override
    public void retain(Set<UpstreamConfig> upstreams) {
        targets.retain(upstreams, gone -> {});
    }

    @Override
    public void probe(UpstreamConfig upstream, Consumer<ProbeResult> answer) {
        Probe probe = new Probe(answer);
        probe.begin();
        client.resolveDestination(targets.of(upstream)).newConnection(probe);
    }

    /** One probe. Whatever comes first is its result. */
    private final class Probe implements Promise<Connection> {

        private final Consumer<ProbeResult> answer;
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile Scheduler.Task timer;

        Probe(Consumer<ProbeResult> answer) {
            this.answer = answer;
        }

        /** The client has limits for each step; this is the one for all of them. */
        void begin() {
            timer = client.getScheduler().schedule(this::late, rules.timeout().toMillis(), TimeUnit.MILLISECONDS);
        }

        private void late() {
            end(ProbeResult.failed(
                    secure ? "no TLS handshake within " + rules.timeout().toMillis() + " ms" : "connect timed out"));
        }

        @Override
        public void succeeded(Connection connection) {
            connection.close();
            end(ProbeResult.PASSED);
        }

        @Override
        public void failed(Throwable failure) {
            Throwable readable = TlsFailure.readable(failure);
            if (readable instanceof TlsFailure) {
                end(ProbeResult.failed(ProbeCauses.line(readable.toString())));
            } else if (failure instanceof SocketTimeoutException || failure instanceof TimeoutException) {
                late();
            } else {
                end(ProbeResult.failed(ProbeCauses.line("connect failed: " + failure)));
            }
        }

        private void end(ProbeResult result) {
            if (over.compareAndSet(false, true)) {
                timer.cancel();
                answer.accept(result);
            }
        }
    }
}
