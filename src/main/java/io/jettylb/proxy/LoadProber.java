package io.jettylb.proxy;

import io.jettylb.balance.LoadProbes;
import io.jettylb.balance.LoadReport;
import io.jettylb.balance.LoadSource;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.UpstreamConfig;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks upstreams for their load by a client of its own, so that no saturation of the pool's client can delay an answer. Its
 * connections are kept: there are many questions, and an answer that fails to come is no loss. Thread-safe.
 */
final class LoadProber extends ContainerLifeCycle implements LoadProbes {

    private static final Logger LOG = LoggerFactory.getLogger(LoadProber.class);
    /** Bytes of content that an answer may have beside the field. */
    private static final int MAX_CONTENT = 16 * 1024;

    private final String path;
    private final LoadHeader header;
    private final Duration timeout;
    private final HttpClient client;
    private final Function<UpstreamConfig, Line> maker;
    /** By the upstream's id. */
    private volatile Map<String, Line> lines;

    /**
     * A prober.
     *
     * @param config the pool
     * @param source what to ask; has a path
     * @param server whose threads and timer are used
     * @param tls the pool's TLS; null if it has none
     */
    LoadProber(PoolConfig config, LoadSource source, Server server, UpstreamTls tls) {
        this.path = source.path();
        this.header = new LoadHeader(source.header());
        this.timeout = Duration.ofNanos(source.timeoutNanos());
        this.client = HttpProber.client("lb-load-" + config.name(), config, server, tls, timeout);
        client.setIdleTimeout(config.connections().idle().toMillis());
        client.setMaxConnectionsPerDestination(1);
        this.maker = upstream -> new Line(upstream, new UpstreamLink(config, upstream, tls));
        this.lines = Map.of();
        ask(config.upstreams());
        addBean(client);
    }

    /**
     * Names the upstreams that may be asked from now on; for one thread at a time.
     *
     * @param upstreams all of them
     */
    void ask(List<UpstreamConfig> upstreams) {
        Map<String, Line> before = lines;
        Map<String, Line> next = new HashMap<>();
        for (UpstreamConfig upstream : upstreams) {
            Line line = before.get(upstream.id());
            next.put(upstream.id(), line != null && line.upstream == upstream ? line : maker.apply(upstream));
        }
        lines = next;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        HttpProber.strip(client);
    }

    @Override
    public boolean probe(String upstream, Consumer<LoadReport> answer) {
        Line line = lines.get(upstream);
        return line != null && client.isRunning() && line.ask(answer);
    }

    /** The questions to one upstream, of which one at most is under way. */
    private final class Line {

        private final UpstreamConfig upstream;
        private final UpstreamLink link;
        private final AtomicBoolean busy = new AtomicBoolean();

        Line(UpstreamConfig upstream, UpstreamLink link) {
            this.upstream = upstream;
            this.link = link;
        }

        boolean ask(Consumer<LoadReport> answer) {
            if (!busy.compareAndSet(false, true)) {
                return false;
            }
            try {
                Request request = client.newRequest(URI.create(upstream.uri() + path))
                        .timeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
                link.prepareKept(request);
                request.send(new Answer(answer, busy));
                return true;
            } catch (RuntimeException failure) {
                // A request of a client must not fail because this one could not be sent.
                busy.set(false);
                LOG.debug("{}", upstream.id(), failure);
                return false;
            }
        }
    }

    private final class Answer implements Response.Listener {

        private final Consumer<LoadReport> answer;
        private final AtomicBoolean busy;
        private long length;

        Answer(Consumer<LoadReport> answer, AtomicBoolean busy) {
            this.answer = answer;
            this.busy = busy;
        }

        @Override
        public void onHeaders(Response response) {
            LoadReport report = header.read(response.getHeaders());
            if (report != null) {
                answer.accept(report);
            }
        }

        @Override
        public void onContent(Response response, ByteBuffer content) {
            length += content.remaining();
            if (length > MAX_CONTENT) {
                response.abort(new TimeoutException("more content than a probe reads"));
            }
        }

        @Override
        public void onComplete(Result result) {
            busy.set(false);
        }
    }
}
