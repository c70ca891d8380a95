package io.jettylb.proxy;

import io.jettylb.config.PoolConfig;
import io.jettylb.config.ProbeConfig;
import io.jettylb.config.UpstreamConfig;
import io.jettylb.health.AgentState;
import io.jettylb.health.ProbeResult;
import io.jettylb.health.UpstreamReport;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProtocolHandlers;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.ContainerLifeCycle;

/**
 * Sends probes by a client of its own, so that no limit and no saturation of the pool's client can fail them. Each probe
 * has a connection of its own: a kept one may be closed by the upstream just when it is used again, and it would not
 * show whether the upstream still accepts connections.
 */
final class HttpProber extends ContainerLifeCycle implements Prober {

    /** Bytes of content that are read for the sake of the upstream, which might log a broken pipe otherwise. */
    static final int MAX_CONTENT = 64 * 1024;
    /** Bytes. */
    private static final int MAX_RESPONSE_HEAD = 64 * 1024;

    private final ProbeConfig rules;
    private final HttpDialogue dialogue;
    private final String pool;
    private final LoadReports reports;
    private final HttpClient client;
    private final UpstreamTable<UpstreamLink> links;

    /**
     * A prober.
     *
     * @param config the pool, whose {@code probe} is not null
     * @param server whose threads and timer are used
     * @param tls the pool's TLS; null if it has none
     * @param dialogue what is said
     */
    HttpProber(PoolConfig config, Server server, UpstreamTls tls, HttpDialogue dialogue) {
        this.rules = config.probe();
        this.dialogue = dialogue;
        this.pool = config.name();
        this.reports = LoadReports.of(config.shares().loadReport());
        this.client = client("lb-probe-" + config.name(), config, server, tls, rules.timeout());
        client.setDefaultRequestContentType(null);
        this.links = new UpstreamTable<>(config.upstreams(), upstream -> new UpstreamLink(config, upstream, tls));
        addBean(client);
    }

    /**
     * A client for requests of our own, which nobody waits for longer than the timeout.
     *
     * @param tls the pool's TLS; null if it has none
     */
    static HttpClient client(String name, PoolConfig config, Server server, UpstreamTls tls, Duration timeout) {
        HttpClient client = UpstreamProtocols.client(config, server, new ClientConnector(), tls, timeout);
        client.setName(name);
        client.setConnectTimeout(timeout.toMillis());
        client.setMaxResponseHeadersSize(MAX_RESPONSE_HEAD);
        client.setFollowRedirects(false);
        client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "jetty-lb-probe"));
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        return client;
    }

    /** Takes out what the client adds when it starts: a probe decodes nothing, follows nothing and has no password. */
    static void strip(HttpClient client) {
        client.getContentDecoderFactories().clear();
        ProtocolHandlers handlers = client.getProtocolHandlers();
        handlers.clear();
        handlers.put(new InterimResponses());
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        strip(client);
    }

    @Override
    public void retain(Set<UpstreamConfig> upstreams) {
        links.retain(upstreams, gone -> {});
    }

    @Override
    public void probe(UpstreamConfig upstream, Consumer<ProbeResult> answer) {
        Probe probe = new Probe(pool + "/" + upstream.id(), answer);
        Request request = client.newRequest(dialogue.uri(upstream))
                .headers(fields -> fields.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString()))
                .timeout(rules.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .onRequestBegin(probe::connected);
        dialogue.write(upstream, request);
        links.of(upstream).prepareOwn(request);
        request.send(probe);
    }

    /** One probe. Its events follow each other. */
    private final class Probe implements Response.Listener {

        private final String label;
        private final Consumer<ProbeResult> answer;
        private final StringBuilder words = new StringBuilder();
        private volatile boolean connected;
        private volatile boolean enough;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
        private long length;

        Probe(String label, Consumer<ProbeResult> answer) {
            this.label = label;
            this.answer = answer;
        }

        void connected(Request request) {
            connected = true;
        }

        @Override
        public void onContent(Response response, ByteBuffer content) {
            length += content.remaining();
            if (dialogue.readsContent()) {
                byte[] chunk = new byte[Math.min(content.remaining(), MAX_CONTENT - kept.size())];
                content.slice().get(chunk);
                kept.writeBytes(chunk);
            }
            if (reports != null && reports.agent()) {
                int end = Math.min(content.limit(), content.position() + AgentState.MAX_LENGTH - words.length());
                for (int i = content.position(); i < end; i++) {
                    words.append((char) (content.get(i) & 0xFF));
                }
            }
            if (length > MAX_CONTENT && !enough) {
                enough = true;
                response.abort(new TimeoutException("more content than a probe reads"));
            }
        }

        @Override
        public void onComplete(Result result) {
            Connection connection = result.getRequest().getConnection();
            if (connection != null) {
                // HTTP/2 has no field to ask for it.
                connection.close();
            }
            if (result.isFailed() && !enough) {
                answer.accept(ProbeResult.failed(cause(TlsFailure.readable(result.getFailure()))));
                return;
            }
            Response response = result.getResponse();
            if (!dialogue.takesTime()) {
                judge(response);
                return;
            }
            try {
                client.getExecutor().execute(() -> judge(response));
            } catch (RejectedExecutionException noThread) {
                answer.accept(ProbeResult.failed("no thread to judge the response: " + noThread));
            }
        }

        private void judge(Response response) {
            String wrong;
            try {
                wrong = dialogue.judge(response, kept.toByteArray(), enough);
            } catch (RuntimeException failure) {
                // Without an answer this would have been the last probe of the upstream.
                wrong = "not judged: " + failure;
            }
            ProbeResult found = result(response, wrong);
            answer.accept(reports == null ? found : found.with(report(response)));
        }

        private ProbeResult result(Response response, String wrong) {
            if (rules.check().drainOn404() && response.getStatus() == HttpStatus.NOT_FOUND_404) {
                // Whatever else is expected.
                return ProbeResult.draining(wrong == null ? "status 404" : ProbeCauses.line(wrong));
            }
            return wrong == null ? ProbeResult.PASSED : ProbeResult.failed(ProbeCauses.line(wrong));
        }

        private UpstreamReport report(Response response) {
            return reports.read(label, response.getHeaders(), words.isEmpty() ? null : words.toString());
        }

        private String cause(Throwable failure) {
            boolean late = failure instanceof TimeoutException || failure instanceof java.net.SocketTimeoutException;
            if (late) {
                return connected
                        ? "no complete response within " + rules.timeout().toMillis() + " ms"
                        : "connect timed out";
            }
            return ProbeCauses.line((connected ? "" : "connect failed: ") + failure);
        }
    }
}
